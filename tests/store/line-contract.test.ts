/** The same contract for every store of lines. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLineStore } from '../../src/store/index.js';
import { lineStoreContract } from '../support/lineStoreContract.js';
import { requirePostgres } from '../support/postgres.js';

const KEY = Uint8Array.from(randomBytes(32));
const directory = mkdtempSync(join(tmpdir(), 'simboot-line-'));
let files = 0;
const fresh = () => `sqlite:${join(directory, `${++files}.db`)}`;
afterAll(() => rmSync(directory, { recursive: true }));

lineStoreContract('memory', () => openLineStore('memory'));
lineStoreContract('SQLite', () => openLineStore(fresh()));
requirePostgres('PostgreSQL', (postgres) => {
  lineStoreContract('PostgreSQL', () => openLineStore(postgres.database(), { key: KEY }));
});
