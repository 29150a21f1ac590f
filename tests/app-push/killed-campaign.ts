/**
 * A campaign whose process is killed in the middle, again and again, over a store that survives: what must hold of it at
 * the end, however many devices it has.
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { allPushes } from '../../src/app/index.js';
import type { ServerStore } from '../../src/dm/index.js';
import { queuedPush } from '../../src/gba/index.js';
import { openPushStore, openServerStore, type PushStores } from '../../src/store/index.js';
import { Child } from '../support/childProgram.js';
import { comeWith } from './devices.js';

/** Devices that the campaign has in work at once. */
const PARALLEL = 64;
/** What the process may take, however many devices the campaign has. */
const MOST_MEMORY = 400 << 20;
const KEY = '22'.repeat(32);
const key = Uint8Array.from(Buffer.from(KEY, 'hex'));
const ueId = (n: number) => `device${String(n).padStart(6, '0')}@ims.example`;
export const server = { srvId: 'dms1', srvUri: 'https://dm.example.com/dm', name: 'Operator' };

/** The devices of a campaign. */
export function devicesOf(count: number) {
  return Array.from({ length: count }, (_, n) => ({
    ueId: ueId(n),
    ueIdType: 'PRIVATE' as const,
    address: `sms:${n}`,
    gba: 'GBA_ME' as const,
  }));
}

/** A source of keys, and a bearer that says which document each message opens to. */
export const ENDS = `
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
let many = 0;
const told = (n, hash) => {
  process.stdout.write(n + ' ' + hash + '\\n');
  if (++many % 500 === 0) process.stdout.write('memory ' + process.memoryUsage.rss() + '\\n');
};
const hash = (octets) => createHash('sha256').update(octets).digest('hex');
const ends = endsOf({ ...room('gba'), ...room('bootstrap'), random, hash, told });
const options = { campaignId: 'c', pushes, accounts, server: ${JSON.stringify(server)}, ...ends, random,
  clock: () => new Date(), parallel: ${PARALLEL}, policy: { leaseMs: 2000, firstWaitMs: 86400000 } };
const signal = new AbortController().signal;
for (let left = 1; left > 0; ) {
  const { counts } = await app.runPush({ ...options, signal, wait: false });
  left = counts.queued + counts.requested;
  if (left > 0) await new Promise((done) => setTimeout(done, 100));
}
await pushes.close();
await accounts.close();
`;

export const sha256 = (octets: Uint8Array) => createHash('sha256').update(octets).digest('hex');

/** What processes told: hashes of the documents that each device got, and the most memory that one had. */
class Told {
  readonly hashes = new Map<number, string[]>();
  memory = 0;

  take(stdout: string): void {
    for (const line of stdout.split('\n').slice(0, -1)) {
      const [what, value] = line.split(' ') as [string, string];
      if (what === 'memory') this.memory = Math.max(this.memory, Number(value));
      else this.hashes.set(Number(what), [...(this.hashes.get(Number(what)) ?? []), value]);
    }
  }
}

function start(address: string): Child {
  const rooms = readdirSync('src', { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? entry.name : [],
  );
  return new Child(RUNNER, { STORE: address, KEY }, [...rooms.filter((room) => room !== 'app'), 'app']);
}

/** Kills a process with SIGKILL when it has pushed to so many devices. */
async function killAfter(child: Child, pushes: number): Promise<void> {
  let lines = 0;
  await new Promise<void>((enough) => {
    child.process.stdout!.on('data', (chunk: Buffer) => {
      for (const octet of chunk) if (octet === 0x0a) lines++;
      if (lines >= pushes) enough();
    });
    void child.finished.then(() => enough());
  });
  child.process.kill('SIGKILL');
}

/** Some of those that got their push come while nobody sends. @returns how many */
async function someCome(devices: Iterable<number>, pushes: PushStores, accounts: ServerStore) {
  let came = 0;
  for (const n of [...devices].slice(0, 50)) {
    const { accountId, document, state } = (await pushes.push('c', ueId(n)))!;
    if (state !== 'sent') continue;
    await comeWith(accounts, accountId!, document!, Date.now());
    came++;
  }
  return came;
}

/**
 * Carries a campaign out over a store at `address`; its process is killed when a third and when two thirds are pushed.
 * At the end nobody is forgotten, nobody got two documents, and the server knows each device by what it got.
 *
 * @returns milliseconds that all processes took, and the most memory of one in octets
 */
export async function killedCampaign(address: string, count: number) {
  const pushes = await openPushStore(address, { key });
  const accounts = await openServerStore(address, { key });
  const told = new Told();
  try {
    await pushes.putPushes(
      devicesOf(count).map((device) => queuedPush({ campaignId: 'c', ...device }, Date.now())),
    );
    let came = 0;
    let time = 0;
    for (const isKilled of [true, true, false]) {
      const child = start(address);
      if (isKilled) await killAfter(child, count / 3);
      const { stdout, stderr, code, time: took } = await child.finished;
      expect(stderr).toBe('');
      expect(code).toBe(isKilled ? null : 0);
      told.take(stdout);
      time += took;
      if (isKilled) expect(told.hashes.size).toBeLessThan(count);
      if (came === 0) came = await someCome(told.hashes.keys(), pushes, accounts);
    }
    expect(came).toBeGreaterThan(0);
    expect(await pushes.pushCounts('c')).toMatchObject({
      sent: count - came,
      bootstrapped: came,
      queued: 0,
      requested: 0,
      failed: 0,
    });
    expectOneDocumentEach(told, count);
    await expectKept(told, pushes, accounts);
    expect(told.memory).toBeGreaterThan(0);
    expect(told.memory).toBeLessThan(MOST_MEMORY);
    return { time, memory: told.memory };
  } finally {
    await pushes.close();
    await accounts.close();
  }
}

/** Those that were in work when a process died got theirs twice, the same. */
function expectOneDocumentEach({ hashes }: Told, count: number): void {
  expect(hashes.size).toBe(count);
  const several = [...hashes.values()].filter((each) => each.length > 1);
  expect(several.filter((each) => new Set(each).size > 1)).toEqual([]);
  expect(several.length).toBeLessThanOrEqual(2 * PARALLEL);
}

/** What the store has is what was pushed, and the server knows nothing else of a device. */
async function expectKept({ hashes }: Told, pushes: PushStores, accounts: ServerStore): Promise<void> {
  const wrong: string[] = [];
  for await (const { ueId: id, document, state, attempts } of allPushes({ campaignId: 'c', pushes })) {
    const [first] = hashes.get(Number(id.slice(6, 12))) ?? [];
    const account = await accounts.account(`dms1/${id}`);
    const identities = (account?.credentials ?? []).flatMap((each) =>
      each.kind === 'identity-secret' ? [Buffer.from(each.identity).toString('base64')] : [],
    );
    const right =
      identities.length === 1 &&
      attempts <= 3 &&
      (state === 'sent'
        ? first === sha256(document!) && Buffer.from(document!).includes(identities[0]!)
        : document === undefined);
    if (!right) wrong.push(id);
  }
  expect(wrong).toEqual([]);
}
