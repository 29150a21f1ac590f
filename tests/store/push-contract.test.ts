/** The same contract for every store of subscribers and campaigns; what is secret is not readable in the file. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queuedPush } from '../../src/gba/index.js';
import { openPushStore, openServerStore } from '../../src/store/index.js';
import { requirePostgres } from '../support/postgres.js';
import { pushStoreContract } from '../support/pushStoreContract.js';

const KEY = Uint8Array.from(randomBytes(32));
const directory = mkdtempSync(join(tmpdir(), 'simboot-push-'));
let files = 0;
const fresh = () => `sqlite:${join(directory, `${++files}.db`)}`;
afterAll(() => rmSync(directory, { recursive: true }));

pushStoreContract('memory', () => openPushStore('memory'));
pushStoreContract('SQLite', () => openPushStore(fresh()));
requirePostgres('PostgreSQL', (postgres) => {
  pushStoreContract('PostgreSQL', () => openPushStore(postgres.database(), { key: KEY }));
});

test('the store of the server and the one of campaigns are one file, open at once', async () => {
  const address = fresh();
  const server = await openServerStore(address);
  const pushes = await openPushStore(address);
  const secret = Uint8Array.from(randomBytes(32));
  const push = queuedPush(
    { campaignId: 'c1', ueId: 'a', ueIdType: 'PRIVATE', address: 'udp:192.0.2.1:2948', gba: 'GBA_ME' },
    0,
  );
  await Promise.all([
    pushes.putPushes([{ ...push, document: secret }]),
    pushes.putSubscribers([
      {
        impi: 'a',
        publicIds: [],
        keys: { algorithm: 'milenage', k: secret.slice(0, 16), opc: secret.slice(16) },
        amf: new Uint8Array(2),
        sqn: new Uint8Array(6),
        gbaU: false,
      },
    ]),
    server.putAccount({ accountId: 'x', srvId: 'dms1', credentials: [], createdAt: 0 }),
  ]);
  await pushes.close();
  await server.close();
  const parts = readdirSync(directory).filter(
    (name) => name.startsWith(`${files}.db`) && !name.endsWith('.key'),
  );
  const stored = Buffer.concat(parts.map((name) => readFileSync(join(directory, name))));
  expect(stored.length).toBeGreaterThan(0);
  for (const octets of [secret, secret.slice(0, 16)]) {
    expect(stored.includes(Buffer.from(octets))).toBe(false);
    expect(stored.includes(Buffer.from(octets).toString('base64').slice(0, 20))).toBe(false);
  }
  const again = await openPushStore(address);
  expect((await again.push('c1', 'a'))?.document).toEqual(secret);
  await again.close();
});
