/** A batch on a line, put together. */
export { type LineServer, type LineServerOptions, serveLine } from './api/index.js';
export { type AuditCardsOptions, auditCards } from './audit-cards.js';
export { type KeepCheckpointsOptions, keepCheckpoints } from './checkpoints.js';
export {
  type DryRunOptions,
  type DryRunReport,
  type DryRunStep,
  dryRun,
  type SimulatedJob,
} from './dry-run/index.js';
export { farmHandler, type HookOptions, hookHandler, manualHandler } from './handlers/index.js';
export { keySetsOfJob } from './key-sets.js';
export { outputFolder } from './output-folder.js';
export { type LineReaders, openLineReaders, type SimulatedStock } from './readers.js';
export { type RunLineOptions, runLineBatch } from './run-line.js';
export {
  type BatchStatus,
  type LineStatus,
  lineStatus,
  type RecordInNeed,
  type StationStatus,
  type StatusOptions,
} from './status.js';
