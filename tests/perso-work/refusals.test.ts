/** What is not done: no try spent blindly, nothing written on foreign cards, nothing run twice, nothing secret told. */
import { toHex } from '../../src/bytes/index.js';
import type { SimbootError } from '../../src/errors/index.js';
import { type Job, KEY_MISMATCH_CODES, type Step } from '../../src/perso/index.js';
import {
  AUTHENTICATE,
  Bench,
  BOOTSTRAP,
  FILES,
  Journal,
  OTHER,
  PINS,
  ROTATE,
  testJob,
  VALUES,
  workOn,
} from './support.js';

const SCP03: Job['keys'] = {
  adm: { value: '12345678', reference: 0x0a },
  scp03: { keySet: 'factory', diversification: 'none', level: 0x33, through: 'keys' },
};

async function write(bench: Bench, job: Job, journal = new Journal(), values = VALUES): Promise<string> {
  const work = workOn(job, values);
  return bench.with(async (channel) => {
    const content = await work.survey(channel, journal, journal.progress);
    await work.write(channel, journal, journal.progress);
    return content;
  });
}

const survey = (bench: Bench, job: Job, values = VALUES, progress?: number) =>
  bench.with((channel) => workOn(job, values).survey(channel, new Journal(), progress));
const verify = (bench: Bench, job: Job, values = VALUES) =>
  bench.with((channel) => workOn(job, values).verify(channel, new Journal()));

function tries(bench: Bench): Record<string, number> {
  return Object.fromEntries(['PIN1', 'PUK1', 'ADM1'].map((name) => [name, bench.card.pin(name)!.tries]));
}

test('a card of another record is foreign, by its document and by its ICCID, and is not written', async () => {
  for (const steps of [[BOOTSTRAP], [FILES[0]!], [BOOTSTRAP, ...FILES]] satisfies Step[][]) {
    const bench = new Bench();
    const job = testJob({ steps });
    await write(bench, job);
    const cannotBeRead = steps.some((step) => step.kind === 'file' && step.writeOnly);
    expect(await survey(bench, job)).toBe(cannotBeRead ? 'partial' : 'complete');
    const before = JSON.stringify(bench.card.snapshot());
    expect(await survey(bench, job, OTHER)).toBe('foreign');
    await expect(write(bench, job, new Journal(), OTHER)).rejects.toMatchObject({ code: 'CARD_TAKEN' });
    expect(JSON.stringify(bench.card.snapshot())).toBe(before);
  }
});

test('a survey writes nothing and presents nothing', async () => {
  const bench = new Bench();
  const before = JSON.stringify(bench.card.snapshot());
  const from = bench.card.exchangeCount;
  const job = testJob({ steps: [BOOTSTRAP, ...FILES, ...PINS, ROTATE], keys: SCP03 });
  expect(await survey(bench, job)).toBe('blank');
  // The bootstrap comes before: a card without it is not the one that was written to.
  expect(await survey(bench, job, VALUES, 2 * 7)).toBe('blank');
  expect(await survey(bench, job, VALUES, -1)).toBe('blank');
  const seen = bench.card.exchanges.slice(from - bench.card.exchangeCount);
  const instructions = new Set(seen.map(({ command }) => toHex(command.subarray(1, 2))));
  for (const changing of ['d6', 'dc', '20', '24', '26', '28', 'd8', '82', 'e0']) {
    expect(instructions).not.toContain(changing);
  }
  expect(JSON.stringify(bench.card.snapshot())).toBe(before);
});

test('a card with another ADM spends one try, on the first step that needs it, and says so by a code of the stop rule', async () => {
  const bench = new Bench();
  const job = testJob({ steps: FILES, keys: { adm: { value: '00000000', reference: 0x0a } } });
  const error = await write(bench, job).catch((cause: unknown) => cause as SimbootError);
  expect(error).toMatchObject({ code: 'SECURITY_PIN_WRONG' });
  expect(KEY_MISMATCH_CODES).toContain((error as SimbootError).code);
  expect(tries(bench)).toMatchObject({ ADM1: 9 });
  expect(bench.card.file('3F00/2FE2')!.content.every((octet) => octet === 0xff)).toBe(true);
});

test('a card with other keys than those of the job spends no try', async () => {
  const bench = new Bench();
  const keys: Job['keys'] = { ...SCP03, scp03: { ...SCP03.scp03!, diversification: 'kdf3' } };
  const error = (await write(bench, testJob({ steps: [ROTATE], keys })).catch(
    (cause) => cause,
  )) as SimbootError;
  expect(error).toMatchObject({ code: 'SECURITY_KEY_MISMATCH', details: { live: 'neither' } });
  expect(KEY_MISMATCH_CODES).toContain(error.code);
  expect(bench.card.keyCounters(0x30)).toMatchObject({ failures: 0 });
});

test('after an interruption the new value of a PIN is tried first, and only with three tries left', async () => {
  const job = testJob({ steps: [PINS[1]!] });
  const changed = new Bench();
  await write(changed, job);
  const journal = new Journal();
  journal.progress = 0;
  const from = changed.card.exchangeCount;
  await write(changed, job, journal);
  const sent = changed.card.exchanges.slice(from - changed.card.exchangeCount);
  expect(sent.filter(({ command }) => command[1] === 0x20 && command.length > 5)).toHaveLength(1);
  expect(tries(changed)).toMatchObject({ PUK1: 10 });

  const unchanged = new Bench();
  await write(unchanged, job, journal);
  expect(tries(unchanged)).toMatchObject({ PUK1: 10 });
  expect((await verify(unchanged, job)).differences).toEqual([]);

  const spent = new Bench();
  await spendTries(spent, 0x0e, 8);
  expect(tries(spent)).toMatchObject({ PUK1: 2 });
  await expect(write(spent, job, journal)).rejects.toMatchObject({ code: 'SECURITY_LAST_TRY' });
  expect(tries(spent)).toMatchObject({ PUK1: 2 });
});

async function spendTries(bench: Bench, key: number, count: number): Promise<void> {
  await bench.with(async (channel) => {
    for (let i = 0; i < count; i++) {
      await channel.transmit(Uint8Array.from([0x00, 0x20, 0x00, key, 8, ...new Array(8).fill(0x39)]));
    }
  });
}

test('the last try is never spent, interrupted or not', async () => {
  const bench = new Bench();
  await spendTries(bench, 0x0a, 9);
  const error = (await write(bench, testJob({ steps: FILES })).catch((cause) => cause)) as SimbootError;
  expect(error).toMatchObject({ code: 'SECURITY_LAST_TRY' });
  expect(tries(bench)).toMatchObject({ ADM1: 1 });
});

const ONCE: Step = {
  kind: 'apdu',
  name: 'once',
  commands: [{ command: '00A40004023F00', status: ['9000', '61..'] }],
  verify: [],
  repeatable: false,
};

test('a script that must not be run twice is refused before anything, and passed where it is known to be done', async () => {
  const bench = new Bench();
  const job = testJob({ steps: [ONCE, ...FILES] });
  const journal = new Journal();
  journal.progress = 0;
  const from = bench.card.exchangeCount;
  const work = workOn(job);
  await expect(bench.with((channel) => work.write(channel, journal, 0))).rejects.toMatchObject({
    code: 'CARD_NOT_REPEATABLE',
    details: { step: 'once' },
  });
  expect(bench.card.exchangeCount).toBe(from);
  const later = testJob({ steps: [ONCE, PINS[1]!] });
  journal.progress = 2;
  await write(bench, later, journal);
  expect((await verify(bench, later)).differences).toEqual([]);
});

test('a critical step begins when it is durable that it may have begun, and not before', async () => {
  const bench = new Bench();
  const job = testJob({ steps: [PINS[1]!] });
  const work = workOn(job);
  const journal = new Journal();
  const full = new Error('the disk is full');
  journal.beforeCritical = () => Promise.reject(full);
  await expect(bench.with((channel) => work.write(channel, journal))).rejects.toBe(full);
  const sent = bench.card.exchanges.map(({ command }) => command[1]);
  expect(sent).not.toContain(0x24);
});

test('differences tell place and number of octets, never content', async () => {
  const bench = new Bench();
  const job = testJob({ steps: [BOOTSTRAP, ...FILES, PINS[1]!], checks: AUTHENTICATE });
  await write(bench, job);
  const values = { ...OTHER, k: 'ab'.repeat(16), puk: '99887766' };
  const { differences } = await verify(bench, job, values);
  const steps = differences.map(({ step }) => step);
  expect(new Set(steps)).toEqual(new Set(['bootstrap', 'iccid', 'imsi', 'puk1', 'authenticate']));
  const text = JSON.stringify(differences).toLowerCase();
  for (const secret of [...Object.values(VALUES), ...Object.values(values)].filter(
    (value) => value.length > 7,
  )) {
    expect(text).not.toContain(secret.toLowerCase());
  }
});

test('the evidence is the same for the same card, and another one for other octets', async () => {
  const job = testJob({ steps: [BOOTSTRAP, ...FILES] });
  const evidences = new Set<string>();
  for (const values of [VALUES, VALUES, OTHER]) {
    const bench = new Bench();
    await write(bench, job, new Journal(), values);
    evidences.add((await verify(bench, job, values)).evidence);
    evidences.add((await verify(bench, job, values)).evidence);
  }
  expect(evidences.size).toBe(2);
});

test('an authentication asks for resynchronisation where the card is ahead, and goes on from there', async () => {
  const bench = new Bench();
  const job = testJob({ steps: [FILES[4]!], checks: AUTHENTICATE });
  await write(bench, job);
  for (let round = 0; round < 3; round++) expect((await verify(bench, job)).differences).toEqual([]);
});

test('work that is broken off sends nothing more', async () => {
  const bench = new Bench();
  const job = testJob({ steps: FILES });
  const journal = new Journal();
  const work = workOn(job);
  await bench.with(async (channel) => {
    await work.survey(channel, journal);
    journal.abort();
    const from = bench.card.exchangeCount;
    await expect(work.write(channel, journal)).rejects.toMatchObject({ code: 'READER_CLOSED' });
    expect(bench.card.exchangeCount).toBe(from);
  });
});

test.each([
  [{ iccid: '12' }, 'DATA_FILE_VALUE'],
  [{ psk: 'zz' }, 'DATA_DESCRIPTION'],
  [{ pin: 'abc' }, 'DATA_FILE_VALUE'],
  [{ k: '00' }, 'DATA_FILE_VALUE'],
  [{ 'keys:keys': '00' }, 'DATA_FILE_VALUE'],
])('a record with %j is refused before any card', (wrong, code) => {
  const job = testJob({ steps: [BOOTSTRAP, ...FILES, ...PINS, ROTATE], keys: SCP03, checks: AUTHENTICATE });
  let error: unknown;
  try {
    workOn(job, { ...VALUES, ...wrong } as typeof VALUES);
  } catch (cause) {
    error = cause;
  }
  expect(error).toMatchObject({ code, kind: 'data' });
  for (const value of Object.values(wrong)) expect((error as Error).message).not.toContain(`"${value}"`);
});

test('a key set that the line does not have is told when the worker is made', () => {
  const keys: Job['keys'] = { scp03: { ...SCP03.scp03!, keySet: 'unknown' } };
  expect(() => workOn(testJob({ steps: [], keys }))).toThrow(
    expect.objectContaining({ code: 'USAGE_KEY_SET' }),
  );
});
