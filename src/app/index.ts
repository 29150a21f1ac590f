/** Puts the rooms together: what the command line and programs start. */
export {
  listProfiles,
  type ProfileSummary,
  SIM_OPTIONS,
  type SimOption,
  serveSimulatedCard,
  type VirtualReaderOptions,
  type VirtualReaderReport,
} from './sim.js';
