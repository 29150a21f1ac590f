/** Journals and checkpoints as files. */
export { appendCheckpoints, makeCheckpointKeyFiles, openCheckpointKey } from './checkpoint-files.js';
export { exportJournals, journalFile } from './journal-files.js';
