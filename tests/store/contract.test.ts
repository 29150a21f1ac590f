/** The same contract for every store: SQLite in a file, PostgreSQL, and (tests/dm-server) memory. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openServerStore } from '../../src/store/index.js';
import { requirePostgres } from '../support/postgres.js';
import { serverStoreContract } from '../support/serverStoreContract.js';

const KEY = Uint8Array.from(randomBytes(32));

describe('SQLite', () => {
  const directory = mkdtempSync(join(tmpdir(), 'simboot-store-'));
  let files = 0;
  afterAll(() => rmSync(directory, { recursive: true }));
  serverStoreContract('sqlite', () => openServerStore(`sqlite:${join(directory, `${++files}.db`)}`));
});

requirePostgres('PostgreSQL', (postgres) => {
  serverStoreContract('postgres', () => openServerStore(postgres.database(), { key: KEY }));
});
