/** Batches on simulated cards. */
export { type DryRunOptions, type DryRunReport, type DryRunStep, dryRun } from './dry-run.js';
export type { SimulatedJob } from './simulated-job.js';
