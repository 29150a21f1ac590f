/** Puts the rooms together: what the command line and programs start. */
export { type DemoOptions, runDemo } from './demo/demo.js';
export type { DemoStep, ShownExchange } from './demo/step.js';
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
} from './sim.js';
