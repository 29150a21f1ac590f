/** Puts the rooms together: what the command line and programs start. */

export * from './bsf/index.js';
export { plainTrace } from './channels.js';
export { runDemo } from './demo/run.js';
export type { DemoOptions, DemoStep, ShownExchange } from './demo/step.js';
export * from './device/index.js';
export * from './push/index.js';
export {
  type ListedReader,
  listReaders,
  type OpenReaderOptions,
  openReader,
  type ReaderList,
} from './readers.js';
export * from './server/index.js';
export {
  listSimulatedCards,
  type SimulatedCardList,
  serveSimulatedCard,
  type VirtualReaderOptions,
  type VirtualReaderReport,
} from './sim.js';
