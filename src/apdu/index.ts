/** Command and response APDUs, status words, the ports to card and reader, and the processor that hides T=0. */
export { CLA_2G, channelOfCla, claForChannel } from './cla.js';
export { type CommandApdu, decodeCommand, encodeCommand, encodeForT0, type Protocol } from './command.js';
export { type ChannelObserver, ObservedChannel, observe } from './observed.js';
export type { CardChannel, CardEmulator, EmulatorAnswer } from './ports.js';
export { ApduProcessor, type CommandProcessor, type SendOptions } from './processor.js';
export { decodeResponse, encodeResponse, type ResponseApdu } from './response.js';
export { explainStatus, isDone, type StatusMeaning, SW, SW_2G, statusError } from './status.js';
