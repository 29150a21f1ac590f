/** Campaigns of ten thousand devices whose process is killed in the middle: nobody forgotten, nobody with two keys. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allPushes, Campaign, type CampaignOptions, runPush } from '../../src/app/index.js';
import { unprotectBootstrap } from '../../src/bootstrap/index.js';
import { memoryStore } from '../../src/dm/index.js';
import { dmKeys, memoryPushes, nafId, queuedPush, SIM_GPI, UA_SIMULATOR } from '../../src/gba/index.js';
import { openPushStore, openServerStore } from '../../src/store/index.js';
import { Child, removeChildPrograms } from '../support/childProgram.js';
import { comeWith } from './devices.js';

const DEVICES = 10_000;
const PARALLEL = 64;
const KEY = '22'.repeat(32);
const key = Uint8Array.from(Buffer.from(KEY, 'hex'));
const ueId = (n: number) => `device${String(n).padStart(5, '0')}@ims.example`;
const server = { srvId: 'dms1', srvUri: 'https://dm.example.com/dm', name: 'Operator' };
const devices = Array.from({ length: DEVICES }, (_, n) => ({
  ueId: ueId(n),
  ueIdType: 'PRIVATE' as const,
  address: `sms:${n}`,
  gba: 'GBA_ME' as const,
}));

afterAll(() => removeChildPrograms());

/** A source of keys, and a bearer that says which document each message opens to. */
const ENDS = `
function endsOf({ SIM_GPI, dmKeys, nafId, UA_SIMULATOR, unprotectBootstrap, hash, random, told }) {
  const keys = new Map();
  const id = nafId('dm.example.com', UA_SIMULATOR);
  return {
    naf: { fqdn: 'dm.example.com', uaId: UA_SIMULATOR },
    async source({ ptId, requestedLifeTime }) {
      const key = random(32);
      keys.set(ptId, key);
      const expires = new Date(Math.floor(requestedLifeTime.getTime() / 1000) * 1000);
      const info = { gba: 'me', rand: random(16), autn: random(16), nafId: id, pTid: ptId, expires };
      return { meKeyMaterial: key, gbaPushInfo: SIM_GPI.encode(info, key), keyExpiryTime: expires };
    },
    async bearer(address, { pushInfo, message }) {
      const info = SIM_GPI.decode(pushInfo);
      const association = { ...info, keys: dmKeys(keys.get(info.pTid)) };
      keys.delete(info.pTid);
      const store = { find: () => association, use() {} };
      const { document } = unprotectBootstrap(message, store, new Date());
      told(Number(address.slice(4)), hash(document));
    },
  };
}
`;

const RUNNER = `
${ENDS}
const { createHash, randomBytes } = require('node:crypto');
const room = (name) => require('./src/' + name + '/index.js');
const key = Uint8Array.from(Buffer.from(process.env.KEY, 'hex'));
const random = (octets) => Uint8Array.from(randomBytes(octets));
const pushes = await room('store').openPushStore(process.env.STORE, { key });
const accounts = await room('store').openServerStore(process.env.STORE, { key });
const ends = endsOf({ ...room('gba'), ...room('bootstrap'), random,
  hash: (octets) => createHash('sha256').update(octets).digest('hex'),
  told: (n, hash) => process.stdout.write(n + ' ' + hash + '\\n') });
const options = { campaignId: 'c', pushes, accounts, server: ${JSON.stringify(server)}, ...ends, random,
  clock: () => new Date(), parallel: ${PARALLEL}, policy: { leaseMs: 2000, firstWaitMs: 3600000 } };
const signal = new AbortController().signal;
for (let left = 1; left > 0; ) {
  const { counts } = await app.runPush({ ...options, signal, wait: false });
  left = counts.queued + counts.requested;
  if (left > 0) await new Promise((done) => setTimeout(done, 100));
}
await pushes.close();
await accounts.close();
`;

const sha256 = (octets: Uint8Array) => createHash('sha256').update(octets).digest('hex');

/** Hashes of the documents that each device got. */
function pushed(stdouts: readonly string[]): Map<number, string[]> {
  const all = new Map<number, string[]>();
  for (const line of stdouts.flatMap((text) => text.split('\n').slice(0, -1))) {
    const [n, hash] = line.split(' ');
    all.set(Number(n), [...(all.get(Number(n)) ?? []), hash!]);
  }
  return all;
}

test('SQLite: SIGKILL in the middle, twice; then it goes on', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'simboot-campaign-'));
  const address = `sqlite:${join(directory, 'server.db')}`;
  const rooms = readdirSync('src', { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? entry.name : [],
  );
  const inOrder = [...rooms.filter((room) => room !== 'app'), 'app'];
  try {
    const pushes = await openPushStore(address, { key });
    await pushes.putPushes(devices.map((device) => queuedPush({ campaignId: 'c', ...device }, Date.now())));
    const outputs: string[] = [];
    const accounts = await openServerStore(address, { key });
    let came = 0;
    for (const [round, milliseconds] of [900, 1500, undefined].entries()) {
      const child = new Child(RUNNER, { STORE: address, KEY }, inOrder);
      if (milliseconds !== undefined) {
        await child.says('\n');
        await new Promise((done) => setTimeout(done, milliseconds));
        child.process.kill('SIGKILL');
      }
      const { stdout, stderr, code } = await child.finished;
      expect(stderr).toBe('');
      if (milliseconds === undefined) expect(code).toBe(0);
      outputs.push(stdout);
      if (milliseconds !== undefined) expect(pushed(outputs).size).toBeLessThan(DEVICES); // it was in the middle
      if (round > 0) continue;
      // Some of those that got their push come while nobody sends.
      for (const n of [...pushed(outputs).keys()].slice(0, 50)) {
        const { accountId, document, state } = (await pushes.push('c', ueId(n)))!;
        if (state !== 'sent') continue;
        await comeWith(accounts, accountId!, document!, Date.now());
        came++;
      }
    }
    const all = pushed(outputs);
    expect(all.size).toBe(DEVICES);
    const several = [...all.values()].filter((hashes) => hashes.length > 1);
    for (const hashes of several) expect(new Set(hashes).size).toBe(1);
    expect(several.length).toBeLessThanOrEqual(2 * PARALLEL);
    expect(came).toBeGreaterThan(0);
    expect(await pushes.pushCounts('c')).toMatchObject({
      sent: DEVICES - came,
      bootstrapped: came,
      queued: 0,
    });
    for await (const { ueId: id, document, state, attempts } of allPushes({ campaignId: 'c', pushes })) {
      expect(attempts).toBeLessThanOrEqual(3);
      if (state === 'sent') expect(all.get(Number(id.slice(6, 11)))![0]).toBe(sha256(document!));
      else expect(document).toBeUndefined();
    }
    await pushes.close();
    await accounts.close();
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 120_000);

test('memory: stopped in the middle, then another one goes on', async () => {
  const pushes = memoryPushes();
  const accounts = memoryStore();
  const all = new Map<number, string[]>();
  let stop = new AbortController();
  const random = (octets: number) => crypto.getRandomValues(new Uint8Array(octets));
  const make = new Function(`${ENDS}; return endsOf;`)() as (
    tools: object,
  ) => Pick<CampaignOptions, 'naf' | 'source' | 'bearer'>;
  const ends = make({
    SIM_GPI,
    dmKeys,
    nafId,
    UA_SIMULATOR,
    unprotectBootstrap,
    random,
    hash: sha256,
    told(n: number, hash: string) {
      all.set(n, [...(all.get(n) ?? []), hash]);
      if (all.size === 3000) stop.abort();
    },
  });
  let now = Date.now();
  const options = { campaignId: 'c', pushes, accounts, server, ...ends, random, clock: () => new Date(now) };
  const policy = { leaseMs: 1, firstWaitMs: 1e9 };
  const first = await runPush({ ...options, policy, devices, wait: false, signal: stop.signal });
  expect(first.counts.sent).toBeGreaterThanOrEqual(2980);
  expect(first.done).toBe(false);
  stop = new AbortController();
  now += 10;
  const campaign = new Campaign({ ...options, policy });
  await campaign.run(stop.signal, { wait: false });
  expect(all.size).toBe(DEVICES);
  expect([...all.values()].every((hashes) => new Set(hashes).size === 1)).toBe(true);
  expect(await pushes.pushCounts('c')).toMatchObject({ sent: DEVICES });
}, 60_000);
