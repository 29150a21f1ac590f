/** Readers by the words of the command line: PC/SC, simulated ones, a simulated card behind a virtual reader. */
export { plainTrace } from './channels.js';
export {
  type ListedReader,
  listReaders,
  type OpenReaderOptions,
  openReader,
  type ReaderList,
} from './readers.js';
export {
  listSimulatedCards,
  type SimulatedCardList,
  serveSimulatedCard,
  type VirtualReaderOptions,
  type VirtualReaderReport,
} from './simulated.js';
