/** A line in a process of its own, killed again and again; its cards are in another one, and are the truth. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSwappedBcd, fromHex } from '../../src/bytes/index.js';
import { FarmReaderService, type RunningFarm, serveFarm } from '../../src/readers/index.js';
import { openLineStore } from '../../src/store/index.js';
import { Child, removeChildPrograms } from '../support/childProgram.js';
import { fileOf } from '../support/line/judge.js';

const folder = mkdtempSync(join(tmpdir(), 'simboot-killed-'));
const KEY = '11'.repeat(32);
const SLOTS = 3;
/** Lines of events after which each process is killed. */
const KILLS = [12, 55, 31, 80];
let farm: RunningFarm;

/** What `batch run` does, without the command line around it. */
const RUNNER = `
const { readFileSync, createReadStream } = require('node:fs');
const { randomBytes } = require('node:crypto');
const perso = require('./src/perso/index.js');
const { openLineStore } = require('./src/store/index.js');
const { FOLDER, FARM, KEY } = process.env;
const at = 'docs/examples/line/';
const job = await perso.parseJob(readFileSync(at + 'uicc.yaml'), { fileName: 'uicc.yaml', readFile: async (name) => readFileSync(at + name) });
const store = await openLineStore('sqlite:' + FOLDER + '/line.db', { key: Buffer.from(KEY, 'hex') });
const clock = { now: () => new Date() };
const input = () => createReadStream(at + 'cards.csv');
const checked = await perso.checkRecords(job, input(), { keys: new Map(), clock, store, batchId: 'killed' });
await perso.loadBatch(store, job, input(), { batchId: 'killed', checked, file: 'cards.csv', createdAt: Date.now() });
const readers = await app.openLineReaders([FARM], { cards: 0 });
const random = (octets) => Uint8Array.from(randomBytes(octets));
const result = await app.runLineBatch({
  job, store, batchId: 'killed', station: 's1', leaseMs: 60000, random, readers,
  worker: perso.cardWorker(job, { random, clock }),
  transportKeys: new Map(), handler: app.farmHandler(readers.farm),
  clock: () => Date.now(), monotonic: () => performance.now(),
  signal: new AbortController().signal, attended: false, seekQuarantined: true,
  onRunning: async (line) => line.subscribe((event) => console.log(event.type)),
});
console.log('ended ' + result.outcome);
await readers.close();
await store.close();
`;

beforeAll(async () => {
  farm = await serveFarm({ socket: join(folder, 'farm.sock'), slots: SLOTS, cards: 40, speed: 0 });
});
afterAll(async () => {
  await farm.close();
  removeChildPrograms();
  rmSync(folder, { recursive: true });
});

function child(): Child {
  const rooms = readdirSync('src', { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() && entry.name !== 'app' ? [entry.name] : [],
  );
  return new Child(RUNNER, { FOLDER: folder, FARM: farm.address, KEY }, [...rooms, 'app']);
}

async function killAfter(process_: Child, lines: number): Promise<void> {
  let seen = 0;
  await new Promise<void>((enough) => {
    process_.process.stdout!.on('data', (chunk: Buffer) => {
      for (const octet of chunk) if (octet === 0x0a) seen++;
      if (seen >= lines) enough();
    });
    void process_.finished.then(() => enough());
  });
  process_.process.kill('SIGKILL');
  await process_.finished;
}

test('run, SIGKILL, resume: every record on exactly one card, and the journal whole', async () => {
  for (const lines of KILLS) await killAfter(child(), lines);
  const last = await child().finished;
  expect([last.stderr, last.stdout]).toEqual(['', expect.stringContaining('ended done')]);

  const store = await openLineStore(`sqlite:${join(folder, 'line.db')}`, { key: Buffer.from(KEY, 'hex') });
  const records = await store.records('killed', {}, { after: 0, limit: 100 });
  const done = records.filter(({ state }) => state === 'released');
  // Killed between the mark and the very first command that changes the card: it cannot be told from a clone.
  const waiting = records.filter(({ state }) => state !== 'released');
  expect(waiting.map(({ state, reason }) => [state, reason?.code])).toEqual(
    waiting.map(() => ['quarantined', 'BLANK_AGAIN']),
  );
  expect(waiting.length).toBeLessThanOrEqual(KILLS.length);
  const client = new FarmReaderService(farm.address);
  const onCards = new Map<string, string>();
  let touched = 0;
  for await (const { cplc, place, image, updates } of client.dump()) {
    if (updates > 0) touched++;
    if (place !== 'good') continue;
    const iccid = fileOf(image, [0x2fe2]);
    onCards.set(decodeSwappedBcd(fromHex(iccid ?? '')), cplc.toLowerCase());
  }
  expect(touched).toBe(done.length);
  expect(onCards).toEqual(new Map(done.map(({ unique, cardId }) => [unique.iccid, cardId?.toLowerCase()])));

  const entries = await store.journal('s1', { after: 0, limit: 10_000 });
  expect(entries.filter(({ event }) => event.type === 'station.opened')).toHaveLength(KILLS.length + 1);
  await client.close();
  await store.close();
}, 120_000);
