/** The journal of a station: entries in a chain, signed checkpoints, export, and verification without the store. */
export { canonicalJson } from './canonical.js';
export {
  type Checkpoint,
  checkpointLine,
  checkpointPrivateKey,
  checkpointPublicKey,
  isCheckpointOf,
  makeCheckpointKeys,
  parseCheckpointLine,
  type SignedCheckpoint,
  signCheckpoint,
} from './checkpoint.js';
export { Checkpointer, type CheckpointerOptions } from './checkpointer.js';
export {
  CHAIN_START,
  type ChainHead,
  EMPTY_CHAIN,
  entryHash,
  entryLine,
  eventOf,
  eventText,
  nextEntries,
  parseEntryLine,
} from './entry.js';
export { exportJournal } from './export.js';
export {
  type JournalFinding,
  type JournalFindingCode,
  type JournalReport,
  type JournalSource,
  type JournalVerifyOptions,
  verifyJournal,
} from './verify.js';
