/**
 * The power fails at any instant of a real line: real work on simulated cards, one of them torn while it is written. The
 * store comes back as the disk had it, every card as it was at the latest instant that this leaves possible; the line
 * then runs to its end, and the cards are judged.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJournal, type LineStore, reconcile, verifyJournal } from '../../src/perso/index.js';
import { openLineStore } from '../../src/store/index.js';
import { writeOrder } from '../campaign/input.js';
import { removeChildPrograms } from '../support/childProgram.js';
import { repeatable } from '../support/fuzz.js';
import { judge, type OrderedRecord } from '../support/line/judge.js';
import { BATCH, jobOf, STATION, type Told, World } from '../support/line/power/world.js';
import {
  afterEveryPowerLoss,
  missingRecorderParts,
  type PowerLoss,
  type Recording,
  recordWrites,
  removeRecorder,
} from '../support/powerLoss.js';

const KEY = '22'.repeat(32);
const key = Uint8Array.from(Buffer.from(KEY, 'hex'));
const RECORDS = 6;
const CARDS = 8;
/** In the middle of the bootstrap document. */
const TEAR = { card: 2, exchange: 45, moment: { octets: 20 } } as const;
/** Of the power losses that leave writes after the last sync on the disk, whole or in part. */
const SAMPLED = Number(process.env.SIMBOOT_POWER_LOSSES ?? 60);
const SEED = 20261122;
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
  'simulator',
  '../tests/support/line/power',
  'store',
];

/** Images of cards are written outside the directory that is recorded: only that they are there is marked. */
const LINE = `
const { World } = require('./tests/support/line/power/world.js');
const fs = require('node:fs');
const images = fs.openSync(process.env.IMAGES, 'a');
let kept = 0;
const witness = {
  keep: (image) => { fs.writeSync(images, image + '\\n'); return kept++; },
  tell: (told) => mark(JSON.stringify(told)),
};
const opened = await store.openLineStore('sqlite:' + process.env.DIRECTORY + '/line.db', { key: Uint8Array.from(Buffer.from(process.env.KEY, 'hex')) });
const world = new World(${CARDS}, witness, ${JSON.stringify(TEAR)});
const result = await world.run(opened, process.env.JOB);
await opened.close();
console.log(result.outcome, result.statistics.ambiguous);
process.exit(0);
`;

async function loadOrder(
  store: LineStore,
  jobFile: string,
  records: readonly OrderedRecord[],
): Promise<void> {
  const { name, version, hash } = await jobOf(jobFile);
  const about = { jobName: name, jobVersion: version, jobHash: hash, inputHash: '0'.repeat(64) };
  await store.createBatch({ batchId: BATCH, ...about, createdAt: 0 });
  await store.addRecords(
    BATCH,
    records.map(({ number, ...fields }) => ({
      number,
      row: number,
      unique: { iccid: fields.iccid, imsi: fields.imsi },
      fields,
    })),
  );
  await store.openBatch(BATCH);
}

/** Every prefix of the synced writes, and some of the states in which more than that is on the disk. */
function sampler({ operations }: Recording): (loss: PowerLoss) => boolean {
  const writes = operations.filter(({ kind, file }) => kind !== 'S' && file !== 'marks').length;
  const random = repeatable(SEED);
  const among = Math.max(1, Math.ceil((2 * writes) / SAMPLED));
  return ({ name }) => name.endsWith('nothing unsynced') || random(among) === 0;
}

async function textOf(pages: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const page of pages) text += page;
  return text;
}

async function expectJudged(
  store: LineStore,
  world: World,
  records: readonly OrderedRecord[],
): Promise<void> {
  const text = await textOf(exportJournal(store, STATION));
  const chunks = (async function* () {
    yield Buffer.from(text);
  })();
  const chain = await verifyJournal([{ name: STATION, chunks }]);
  if (!chain.ok) throw new Error(`the journal: ${JSON.stringify(chain.findings)}`);
  const { problems } = await reconcile(store, BATCH, RECORDS, CARDS);
  if (problems.length > 0) throw new Error(`reconciliation: ${problems.join('; ')}`);
  const done = await store.records(BATCH, { states: ['released'] }, { after: 0, limit: 100 });
  const outputs = done.map(({ fields, drawn, cardId }) => ({
    iccid: fields.iccid!,
    pin1: drawn!.pin1!,
    psk: drawn!.psk!,
    card: cardId!,
  }));
  const verdict = await judge({ records, outputs, cards: world.dump(), journals: [text] });
  if (verdict.problems.length > 0) throw new Error(`the judge: ${verdict.problems.join('; ')}`);
  if (verdict.compared !== RECORDS) throw new Error(`not released: ${verdict.unfinished.join('; ')}`);
}

/** Records and drawn keys that stand on a card: they stay, whatever happens. */
function onCards(world: World): { readonly record: number; readonly psk: string }[] {
  return world.drawn
    .map(({ record, values }) => ({ record, psk: values.psk! }))
    .filter(({ psk }) => {
      const written = Buffer.from(Buffer.from(psk, 'hex').toString('base64')).toString('hex');
      return world.cards.some(({ image }) => image.includes(written));
    });
}

const missing = missingRecorderParts();
const suite = missing === undefined || process.env.CI !== undefined ? describe : describe.skip;
suite(missing === undefined ? 'power loss of a line' : `power loss of a line [not run: ${missing}]`, () => {
  const parent = mkdtempSync(join(tmpdir(), 'simboot-power-line-'));
  afterAll(() => {
    rmSync(parent, { recursive: true, force: true });
    removeChildPrograms();
    removeRecorder();
  });

  test('after every prefix of its synced writes, every record ends on exactly one card', async () => {
    const directory = join(parent, 'store');
    mkdirSync(directory);
    const records = writeOrder(parent, 1, RECORDS);
    const jobFile = join(parent, 'job.yaml');
    const base = await openLineStore(`sqlite:${join(directory, 'line.db')}`, { key });
    await loadOrder(base, jobFile, records);
    await base.close();
    const imageFile = join(parent, 'images');
    const recording = await recordWrites(directory, LINE, ROOMS, { KEY, JOB: jobFile, IMAGES: imageFile });
    expect(recording.result).toMatchObject({ code: 0, stderr: '', stdout: 'done 1\n' });
    const images = readFileSync(imageFile, 'utf8').split('\n');
    let unfinished = 0;
    let kept = 0;
    const losses = await afterEveryPowerLoss(
      recording,
      async (image, { marks }) => {
        const world = new World(CARDS, { tell: () => undefined, keep: () => 0 });
        world.replay(
          marks.map((mark) => JSON.parse(mark) as Told),
          images,
        );
        const written = onCards(world);
        const store = await openLineStore(`sqlite:${join(image, 'line.db')}`, { key });
        try {
          if ((await store.counts(BATCH)).records.released < RECORDS) unfinished++;
          const { outcome, reason } = await world.run(store, jobFile);
          if (outcome !== 'done') throw new Error(`the line ended: ${outcome}, ${reason?.message}`);
          for (const { record, psk } of written) {
            kept++;
            const { drawn } = (await store.record(BATCH, record))!;
            if (drawn?.psk !== psk) throw new Error(`record ${record}: a key on a card was drawn anew`);
          }
          await expectJudged(store, world, records);
        } finally {
          await store.close();
        }
      },
      sampler(recording),
    );
    expect(losses).toBeGreaterThan(50);
    expect(unfinished).toBeGreaterThan(40);
    expect(kept).toBeGreaterThan(100);
  }, 120_000);
});
