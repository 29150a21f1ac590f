/**
 * The power fails at any instant of a small line: what was acknowledged is there, nothing is half there, no card has octets
 * of a record that the store does not know as `writing`, and the chain of the journal is whole.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJournal, type LineStore, type RecordState, verifyJournal } from '../../src/perso/index.js';
import { openLineStore } from '../../src/store/index.js';
import { removeChildPrograms } from '../support/childProgram.js';
import { openTestBatch } from '../support/lineStoreContract.js';
import {
  afterEveryPowerLoss,
  missingRecorderParts,
  powerLosses,
  recordWrites,
  removeRecorder,
} from '../support/powerLoss.js';

const KEY = '22'.repeat(32);
const key = Uint8Array.from(Buffer.from(KEY, 'hex'));
const RECORDS = 9;
const ROOMS = [
  'errors',
  'bytes',
  'yaml',
  'crypto',
  'apdu',
  'transport',
  'card',
  'globalplatform',
  'pkcs15',
  'gba',
  'mo',
  'dm',
  'bootstrap',
  'perso',
  'store',
];

/**
 * Three slots at once. Marks: `ack RECORD REVISION STATE` when a step was acknowledged, `card CARD RECORD` when the first
 * octet goes to a card. The store is closed and opened in between, so that a checkpoint of the WAL is among the writes.
 */
const LINE = `
const key = Uint8Array.from(Buffer.from(process.env.KEY, 'hex'));
const finish = async (station, slot) => {
  const cardId = 'card-' + slot;
  const told = (record) => { mark(['ack', record.number, record.revision, record.state].join(' ')); return record; };
  const step = async ({ batchId, number, revision }, state, change, card) => told(await station.apply({
    record: { batchId, number, revision, state, ...change },
    ...(card === undefined ? {} : { card: { cardId, batchId, record: number, state: card, changedAt: 1 } }),
    events: [{ type: 'record.' + state, batchId, record: number, cardId, slot }],
  }));
  let record = told(await station.claim('b1', { kind: 'next' }, { slot, cardId }));
  record = await step(record, 'writing', { drawn: { KI: 'drawn-' + record.number } });
  mark('card ' + cardId + ' ' + record.number);
  await new Promise((resolve) => setTimeout(resolve, 1));
  if (slot === 'torn') return step(record, 'quarantined', {});
  record = await step(record, 'verified', { evidence: 'e' });
  return step(record, 'released', {}, 'good');
};
for (const slots of [['a', 'b', 'c'], ['d', 'torn', 'e']]) {
  const opened = await store.openLineStore('sqlite:' + process.env.DIRECTORY + '/line.db', { key });
  const station = await opened.openStation('s1', { leaseMs: 1000 });
  await Promise.all(slots.map((slot) => finish(station, slot)));
  await station.close();
  await opened.close();
}
const opened = await store.openLineStore('sqlite:' + process.env.DIRECTORY + '/line.db', { key });
const station = await opened.openStation('s1', { leaseMs: 1000 });
await finish(station, 'f');
process.exit(0);
`;

const ORDER: readonly RecordState[] = ['free', 'reserved', 'writing', 'verified', 'released'];

/** What the world saw must be what the store says. */
async function expectKept(store: LineStore, marks: readonly string[]): Promise<void> {
  for (const mark of marks) {
    const [kind, first, second, state] = mark.split(' ');
    if (kind === 'ack') {
      const record = (await store.record('b1', Number(first)))!;
      if (record.revision < Number(second)) throw new Error(`lost: ${mark}; it is ${JSON.stringify(record)}`);
      if (record.revision === Number(second) && record.state !== state)
        throw new Error(`another state: ${mark}`);
      if (
        state !== 'quarantined' &&
        ORDER.indexOf(record.state) >= 0 &&
        ORDER.indexOf(record.state) < ORDER.indexOf(state as RecordState)
      )
        throw new Error(`went back: ${mark}; it is ${record.state}`);
    } else {
      const record = (await store.record('b1', Number(second)))!;
      if (
        ['free', 'reserved'].includes(record.state) ||
        record.cardId !== first ||
        record.drawn?.KI !== `drawn-${second}`
      )
        throw new Error(`a card was written that the store does not know: ${mark}`);
    }
  }
}

/** Every record and its card agree, and the journal tells the same story. */
async function expectWhole(store: LineStore): Promise<void> {
  const lines: string[] = [];
  for await (const page of exportJournal(store, 's1')) lines.push(page);
  const chunks = (async function* () {
    yield Buffer.from(lines.join(''));
  })();
  const report = await verifyJournal([{ name: 's1', chunks }]);
  if (!report.ok) throw new Error(`the journal: ${JSON.stringify(report.findings)}`);
  const told = new Map<number, string>();
  for (const { event } of (await store.journal('s1', { after: 0, limit: 1000 })).filter(
    ({ event: { record } }) => record,
  ))
    told.set(event.record!, event.type.slice('record.'.length));
  const cards = new Set<string>();
  for (const record of await store.records('b1', {}, { after: 0, limit: 100 })) {
    if ((told.get(record.number) ?? 'free') !== record.state)
      throw new Error(
        `record ${record.number} is ${record.state}, the journal says ${told.get(record.number)}`,
      );
    if (record.cardId === undefined) continue;
    if (cards.has(record.cardId)) throw new Error(`card ${record.cardId} has two records`);
    cards.add(record.cardId);
    const card = await store.card(record.cardId);
    if (card?.record !== record.number || card.state !== (record.state === 'released' ? 'good' : 'bound'))
      throw new Error(`card ${record.cardId} does not agree with record ${record.number}`);
  }
}

const missing = missingRecorderParts();
const suite = missing === undefined || process.env.CI !== undefined ? describe : describe.skip;
suite(missing === undefined ? 'power loss' : `power loss [not run: ${missing}]`, () => {
  const parent = mkdtempSync(join(tmpdir(), 'simboot-line-power-'));
  afterAll(() => {
    rmSync(parent, { recursive: true, force: true });
    removeChildPrograms();
    removeRecorder();
  });

  test('a line on SQLite, after every prefix of its writes', async () => {
    const directory = join(parent, 'line');
    mkdirSync(directory);
    const base = await openLineStore(`sqlite:${join(directory, 'line.db')}`, { key });
    await openTestBatch(base, RECORDS);
    await base.close();
    const recording = await recordWrites(directory, LINE, ROOMS, { KEY });
    expect(recording.result).toMatchObject({ code: 0, stderr: '' });
    const kinds = new Map<string, number>();
    for (const { kind } of recording.operations) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    expect(kinds.get('W')).toBeGreaterThan(100);
    expect(kinds.get('S')).toBeGreaterThan(5);
    let most = 0;
    const losses = await afterEveryPowerLoss(recording, async (image, { marks }) => {
      const store = await openLineStore(`sqlite:${join(image, 'line.db')}`, { key });
      try {
        await expectKept(store, marks);
        await expectWhole(store);
        // The recovery: another process is the station, and its chain goes on.
        const station = await store.openStation('s1', { leaseMs: 1000 });
        await station.claim('b1', { kind: 'next' }, { slot: 'r', cardId: 'after' });
        await expectWhole(store);
      } finally {
        await store.close();
      }
      most = Math.max(most, marks.length);
    });
    expect(losses).toBeGreaterThan(200);
    // Every card of every slot, and every acknowledgement.
    expect(most).toBe(6 * 5 + 4);
  }, 120_000);

  test('a program that acknowledges before it syncs is found out', async () => {
    const directory = join(parent, 'careless');
    mkdirSync(directory);
    const script = `const fs = require('node:fs');
      const file = fs.openSync(process.env.DIRECTORY + '/file', 'w');
      fs.writeSync(file, 'one'); fs.fsyncSync(file); mark('one');
      fs.writeSync(file, 'two'); mark('two'); fs.fsyncSync(file);
      fs.ftruncateSync(file, 1); fs.fsyncSync(file); fs.unlinkSync(process.env.DIRECTORY + '/file');`;
    const recording = await recordWrites(directory, script, ['errors']);
    expect(recording.result).toMatchObject({ code: 0, stderr: '' });
    const seen = [...powerLosses(recording)].map(
      ({ marks, files }) => `${marks.join('+')}:${files.get('file')?.toString() ?? '-'}`,
    );
    expect(seen).toContain('one+two:one');
    expect(seen).toContain('one+two:onetwo');
    expect(seen).toContain('one:one');
    expect(seen).toContain('one+two:o');
    expect(seen.at(-3)).toBe('one+two:o');
    expect(seen.at(-2)).toBe('one+two:-');
  }, 30_000);
});
