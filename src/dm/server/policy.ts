/** Bounds of a server that was told nothing else. */
import type { ServerPolicy } from './types.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Values for each bound; the addresses are those of a server on this machine. */
export const DEFAULT_SERVER_POLICY: ServerPolicy = {
  anonymous: false,
  maxRounds: 64,
  sessionMs: 60 * MINUTE,
  maxCommands: 32,
  maxPackageOctets: 4 * 1024 * 1024,
  maxUploadOctets: 16 * 1024 * 1024,
  repositoryMs: 60 * MINUTE,
  questionMs: DAY,
  execMs: 7 * DAY,
  cache: true,
  srvId: 'simboot',
  repositoryUrl: 'http://127.0.0.1/repository',
  uiUrl: 'http://127.0.0.1/ui',
  dmUrl: 'http://127.0.0.1/dm',
};
