/** Channels to cards: PC/SC, simulated readers in this process, a simulated card behind pcscd, and the recorder. */

export { GuardedChannel } from './channel.js';
export { packagesToInstall } from './pcsc/binding.js';
export { PcscChannel } from './pcsc/channel.js';
export { PcscReaderService } from './pcsc/service.js';
export {
  type ConnectOptions,
  type ReaderChannel,
  type ReaderEvent,
  type ReaderService,
  type ReaderStatus,
  readerEvents,
  type ShareMode,
} from './service.js';
export { EmulatorChannel, type PaceHook } from './sim/channel.js';
export { type EmulatorReaderOptions, EmulatorReaderService } from './sim/service.js';
export type { AnnotatedExchange, Shown } from './trace/annotate.js';
export { openTrace } from './trace/open.js';
export { PcapTrace } from './trace/pcap.js';
export { Recorder, type RecorderClock, type RecorderOptions } from './trace/recorder.js';
export type { AtrEvent, ExchangeEvent, TraceSink, TraceWrite } from './trace/sink.js';
export { TextTrace } from './trace/text.js';
export { serveVpcd, VPCD_PORT, type VpcdOptions, type VpcdState } from './vpcd/server.js';
