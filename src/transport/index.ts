/** Channels to cards: PC/SC, simulated readers in this process, a simulated card behind pcscd, and the recorder. */

export { packagesToInstall } from './pcsc/binding.js';
export { PcscChannel } from './pcsc/channel.js';
export { PcscReaderService } from './pcsc/service.js';
export type {
  ConnectOptions,
  ReaderChannel,
  ReaderEvent,
  ReaderService,
  ReaderStatus,
  ShareMode,
} from './service.js';
export { EmulatorChannel, type PaceHook } from './sim/channel.js';
export { type EmulatorReaderOptions, EmulatorReaderService } from './sim/service.js';
export { serveVpcd, VPCD_PORT, type VpcdOptions, type VpcdState } from './vpcd/server.js';
