/** `batch run`, `resume`, `status` and the dry run, with the example job on simulated readers in this process. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliResult, simboot } from '../cli/harness.js';

const JOB = 'docs/examples/line/uicc.yaml';
const folder = mkdtempSync(join(tmpdir(), 'simboot-batch-'));
afterAll(() => rmSync(folder, { recursive: true }));

const io = {
  random: (length: number) => Uint8Array.from(randomBytes(length)),
  clock: { now: () => new Date(), monotonic: () => performance.now() },
};
const run = (line: string): Promise<CliResult> => simboot(line, io);

interface Ended {
  outcome: string;
  records: Record<string, number>;
  cards: Record<string, number>;
  statistics: { good: number; bad: number };
  found?: { needs: { record: number }[] };
}

describe('dry run', () => {
  interface Dry {
    tried: number;
    good: number;
    bad: number;
    recordsDone: number;
    exchangesPerCard: number;
    steps: { step: string; p50: number }[];
    slowest: { step: string };
    reasons: { code: string; cards: number }[];
    model: { perCard: number; handling: number; cardsPerHour: number; hours: number };
  }

  test('the first cards, and what the model says of the batch', async () => {
    const one = await run(`batch run ${JOB} --dry-run --cards 2 --slots 16 --handling 4 --json`);
    expect(one.code).toBe(0);
    const { model, ...dry } = one.json<Dry>();
    expect(dry).toMatchObject({ tried: 2, good: 2, bad: 0, recordsDone: 2, records: 20, outcome: 'done' });
    const card = dry.steps.reduce((sum, { p50 }) => sum + p50, 0);
    expect(Math.abs(model.perCard - model.handling - card)).toBeLessThan(0.1 * card);
    expect(model.cardsPerHour).toBe(Math.round((16 * 3_600_000) / model.perCard));
    expect(model.hours).toBeCloseTo((20 * model.perCard) / 16 / 3_600_000, 2);
    expect(dry.steps.map(({ step }) => step)).toEqual(
      expect.arrayContaining(['identify', 'iccid', 'bootstrap', 'verify']),
    );
    const half = (await run(`batch run ${JOB} --dry-run --cards 2 --slots 8 --json`)).json<Dry>();
    expect(half.model.hours).toBeCloseTo(2 * model.hours, 2);
  });

  test('faults on request: a torn card is finished, a dead one is replaced, and it is told', async () => {
    const one = await run(
      `batch run ${JOB} --dry-run --cards 3 --fault 1=tear@70:after --fault 2=dead --json`,
    );
    expect(one.code).toBe(5);
    const dry = one.json<Dry>();
    expect(dry).toMatchObject({ good: 3, bad: 1, recordsDone: 3 });
    expect(dry.reasons.map(({ code }) => code)).toContain('READER_CARD_MUTE');
    const text = await run(`batch run ${JOB} --dry-run --cards 1`);
    expect(text.stdout).toMatch(/slowest step: +\w+, \d+\.\d\d s/);
    expect(text.stdout).toMatch(/with 1 slot: +\d+ cards\/h/);
  });

  test('nothing is kept, and a wrong input is refused before the first card', async () => {
    const state = join(folder, 'dry');
    await run(`batch run ${JOB} --dry-run --cards 1 --state ${state}`);
    expect(existsSync(state)).toBe(false);
    const lines = readFileSync('docs/examples/line/cards.csv', 'utf8').split('\n').slice(0, 3);
    const bad = join(folder, 'bad.csv');
    writeFileSync(bad, [lines[0], lines[1], lines[1], ''].join('\n'));
    for (const more of ['--dry-run', `--state ${state} --readers sim:uicc-line`]) {
      const refused = await run(`batch run ${JOB} --records ${bad} ${more} --json`);
      expect(refused.code).toBe(2);
      expect(refused.json<{ error: { code: string; message: string } }>().error).toMatchObject({
        code: 'DATA_RECORDS',
        message: expect.stringContaining('row 3'),
      });
    }
  });
});

describe('a batch', () => {
  const state = join(folder, 'line');

  test('runs to its end, tells each card in a line, and seals its journal', async () => {
    const kept = join(folder, 'kept.ndjson');
    const done = await run(
      `batch run ${JOB} --state ${state} --batch spring --station s1 --readers sim:uicc-line*2 --plain --checkpoints ${kept}`,
    );
    expect(done.code).toBe(0);
    expect(done.stdout.match(/: good, record \d+,/g)).toHaveLength(20);
    expect(done.stdout).toContain('batch spring: done, 20 of 20 records done');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: codes of a terminal begin with ESC
    expect(done.stdout).not.toMatch(/\u001b/);
    const journal = join(folder, 'journal');
    mkdirSync(journal);
    expect((await run(`journal export --state ${state} --output ${journal}`)).code).toBe(0);
    const verified = await run(
      `journal verify ${join(journal, 's1.ndjson')} --checkpoint ${kept} --key ${join(state, 'checkpoint.key.pub')}`,
    );
    expect([verified.code, verified.stderr]).toEqual([0, '']);
  });

  test('done again does nothing; another job or input under its name is refused', async () => {
    const again = await run(
      `batch run ${JOB} --state ${state} --batch spring --station s1 --readers sim:uicc-line --json`,
    );
    expect(again.code).toBe(0);
    expect(again.json<Ended>()).toMatchObject({
      outcome: 'done',
      records: { released: 20 },
      statistics: { good: 0 },
    });
    const other = join(folder, 'other.yaml');
    writeFileSync(other, readFileSync(JOB, 'utf8').replace('spn: Example', 'spn: Other'));
    writeFileSync(join(folder, 'bootstrap.yaml'), readFileSync('docs/examples/line/bootstrap.yaml'));
    const resumed = await run(`batch resume ${other} --state ${state} --readers sim:uicc-line --json`);
    expect([resumed.code, resumed.json<{ error: { code: string } }>().error.code]).toEqual([
      2,
      'USAGE_BATCH_JOB',
    ]);
  });

  test('status', async () => {
    const status = await run(`batch status --state ${state} --json`);
    expect(status.json()).toMatchObject({
      batches: [
        { batch: 'spring', state: 'open', records: { released: 20 }, cards: { good: 20 }, needs: [] },
      ],
      stations: [{ station: 's1' }],
    });
    expect((await run(`batch status spring --state ${state}`)).stdout).toContain('records: 20 released');
    expect((await run(`batch status summer --state ${state}`)).code).toBe(2);
    expect((await run(`batch status --state ${join(folder, 'none')}`)).code).toBe(2);
  });

  test('events: a line of JSON each, the end last', async () => {
    const done = await run(
      `batch run ${JOB} --state ${join(folder, 'events')} --readers sim:uicc-line*4 --events`,
    );
    const events = done.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect(events.filter(({ type }) => type === 'card')).toHaveLength(20);
    expect(events.at(-1)).toMatchObject({ type: 'end', outcome: 'done', records: { released: 20 } });
  });

  test('by hook commands of the job: blanks end, and what is left is told', async () => {
    const hooked = join(folder, 'hooked.yaml');
    const job = readFileSync(JOB, 'utf8');
    writeFileSync(hooked, `${job}\nhooks: { get: "sh -c 'exit 3'", good: "true", bad: "true" }\n`);
    writeFileSync(join(folder, 'cards.csv'), readFileSync('docs/examples/line/cards.csv'));
    writeFileSync(join(folder, 'bootstrap.yaml'), readFileSync('docs/examples/line/bootstrap.yaml'));
    const done = await run(
      `batch run ${hooked} --state ${join(folder, 'hooks')} --readers sim:uicc-line --auto --json`,
    );
    expect(done.json<Ended>()).toMatchObject({
      outcome: 'done',
      records: { free: 20 },
      statistics: { good: 0 },
    });
  });

  test.each([
    ['--events --json', 'USAGE_ARGUMENT'],
    ['--token env:T --json', 'USAGE_ARGUMENT'],
    ['--listen 0.0.0.0:0 --json', 'SECURITY_LINE_ACCESS'],
    ['--readers sim:nothing --json', 'USAGE_PROFILE_UNKNOWN'],
    ['--auto --json', 'USAGE_HOOK'],
  ])('refused before the first card: %s', async (options, code) => {
    const refused = await run(
      `batch run ${JOB} --state ${join(folder, 'refused')} ${options.includes('--readers') ? '' : '--readers sim:uicc-line '}${options}`,
    );
    expect(refused.json<{ error: { code: string } }>().error.code).toBe(code);
  });
});
