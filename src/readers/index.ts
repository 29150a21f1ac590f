/** Readers by the words of the command line: PC/SC, simulated ones, a simulated card behind a virtual reader. */
export { plainTrace } from './channels.js';
export { FarmReaderService } from './farm/client.js';
export type { FarmFault, FarmFaultKind } from './farm/faults.js';
export { type FarmReaders, LocalFarm, type LocalFarmOptions } from './farm/local.js';
export { type RunningFarm, type ServeFarmOptions, serveFarm } from './farm/serve.js';
export type {
  FarmCardDump,
  FarmCardView,
  FarmLogEntry,
  FarmMove,
  FarmPlace,
  FarmStatus,
} from './farm/types.js';
export {
  type ListedReader,
  listReaders,
  type OpenReaderOptions,
  openReader,
  openReaderService,
  type ReaderList,
} from './readers.js';
export {
  listSimulatedCards,
  type SimulatedCardList,
  serveSimulatedCard,
  type VirtualReaderOptions,
  type VirtualReaderReport,
} from './simulated.js';
