/** Journals: the canonical form, the chain, what verification finds, and verification by foreign programs alone. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendCheckpoints, openCheckpointKey } from '../../src/app/index.js';
import {
  Checkpointer,
  canonicalJson,
  checkpointLine,
  checkpointPrivateKey,
  checkpointPublicKey,
  entryLine,
  exportJournal,
  type JournalEvent,
  type JournalReport,
  type JournalSource,
  makeCheckpointKeys,
  memoryLineStore,
  nextEntries,
  parseEntryLine,
  type SignedCheckpoint,
  signCheckpoint,
  verifyJournal,
} from '../../src/perso/index.js';
import { openLineStore } from '../../src/store/index.js';
import { simboot } from '../cli/harness.js';

const AT = 1_790_000_000_000;
const ZEROS = '0'.repeat(64);
const directory = mkdtempSync(join(tmpdir(), 'simboot-journal-'));
afterAll(() => rmSync(directory, { recursive: true }));

function source(lines: string | readonly string[], name = 'file'): JournalSource {
  const octets = Buffer.from(typeof lines === 'string' ? lines : lines.join(''));
  return {
    name,
    // Chunks that end anywhere.
    chunks: (async function* () {
      for (let at = 0; at < octets.length; at += 37) yield octets.subarray(at, at + 37);
    })(),
  };
}

/** Lines of a chain. */
function chain(events: readonly JournalEvent[], station = 's1', at = AT): string[] {
  return nextEntries(station, { seq: 0, hash: ZEROS, at: 0 }, at, events).map(entryLine);
}

const record = (type: string, number: number, cardId?: string): JournalEvent => ({
  type: `record.${type}`,
  batchId: 'b',
  record: number,
  ...(cardId === undefined ? {} : { cardId }),
});
const GOOD = [
  { type: 'station.opened', data: { epoch: 1 } },
  record('reserved', 1, 'c1'),
  record('writing', 1, 'c1'),
  record('verified', 1, 'c1'),
  record('released', 1, 'c1'),
];
const codes = ({ findings }: JournalReport): string[] => findings.map(({ code }) => code);
const found = async (lines: readonly string[], more: Parameters<typeof verifyJournal>[1] = {}) =>
  codes(await verifyJournal([source(lines)], more));

test('canonical JSON as RFC 8785 writes it', () => {
  // RFC 8785 §3.2.2 and §3.2.3: numbers, escapes, and the order of names.
  const value = {
    numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27, -0],
    string: '\u20ac$\u000f\nA\'B"\\"/',
    b: null,
    a: true,
  };
  expect(canonicalJson(value)).toBe(
    '{"a":true,"b":null,"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27,0],"string":"€$\\u000f\\nA\'B\\"\\\\\\"/"}',
  );
  expect(
    canonicalJson({ '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 }),
  ).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"\ud83d\ude00":5,"\ufb33":3}');
  expect(() => canonicalJson([Number.NaN])).toThrow(expect.objectContaining({ code: 'DATA_JOURNAL' }));
  expect(() => canonicalJson('\ud800')).toThrow(expect.objectContaining({ code: 'DATA_JOURNAL' }));
});

test('an entry, octet by octet', () => {
  const [first, second] = nextEntries('hälle', { seq: 0, hash: ZEROS, at: 0 }, 5, [
    { type: 't', slot: 'r', batchId: 'b' },
    { type: 'u' },
  ]);
  const text = `{"at":5,"event":{"batchId":"b","slot":"r","type":"t"},"previous":"${ZEROS}","seq":1,"station":"hälle"}`;
  const hash = createHash('sha256').update(text, 'utf8').digest('hex');
  expect(entryLine(first!)).toBe(`{"hash":"${hash}",${text.slice(1)}\n`);
  expect(second).toMatchObject({ seq: 2, previous: hash });
  expect(parseEntryLine(Buffer.from(entryLine(first!).trimEnd()))).toEqual(first);
});

test('a whole chain has no findings', async () => {
  const report = await verifyJournal([source(chain(GOOD))]);
  expect(report).toMatchObject({
    ok: true,
    records: 1,
    findings: [],
    stations: [{ station: 's1', entries: 5 }],
  });
});

test('whatever is done to a chain is found', async () => {
  const lines = chain(GOOD);
  const [a, b, c, d, e] = lines as [string, string, string, string, string];
  expect(await found([a, b, d, e])).toEqual(['GAP', 'ORDER_OF_STATES']);
  expect(await found([b, c, d, e])).toEqual(['GAP']);
  expect(await found([a, c, b, d, e])).toContain('ORDER');
  expect(await found([a, b, b, c, d, e])).toEqual(['ORDER']);
  expect(await found([a, b.replace('"c1"', '"c2"'), c, d, e])).toEqual(['CHANGED']);
  // Changed with a hash that fits: the next entry names another one.
  const [, forged] = chain([GOOD[0]!, record('reserved', 1, 'c2')]);
  expect(await found([a, forged!, c, d, e])).toEqual(['BROKEN']);
  expect(await found([a, b, c, d, e.slice(0, 90)])).toEqual(['TORN', 'FORM']);
  expect(await found([a, b, c, d, e.trimEnd()])).toEqual(['TORN']);
  expect(await found([a, b.replace('"batchId"', ' "batchId"'), c, d, e])).toEqual([
    'FORM',
    'GAP',
    'ORDER_OF_STATES',
  ]);
  expect(await found([a, b.replace('"seq":2', '"seq":2,"seq":2'), c])).toEqual([
    'FORM',
    'GAP',
    'ORDER_OF_STATES',
  ]);
  expect(await found([a, b, 'x'.repeat(1_100_000)])).toContain('FORM');
});

test('a clock that was set back is told, and refutes nothing', async () => {
  const head = { seq: 0, hash: ZEROS, at: 0 };
  const first = nextEntries('s1', head, AT, GOOD.slice(0, 2));
  const rest = nextEntries('s1', first[1]!, AT - 1000, GOOD.slice(2));
  const report = await verifyJournal([source([...first, ...rest].map(entryLine))]);
  expect(report.ok).toBe(true);
  expect(report.findings).toMatchObject([{ code: 'CLOCK_BACK', severity: 'warning', seq: 3, line: 3 }]);
});

test('what must never happen to a record or a card', async () => {
  const of = (...events: JournalEvent[]) => found(chain([...GOOD, ...events]));
  expect(await of(record('reserved', 1))).toEqual(['ORDER_OF_STATES']);
  expect(await of(record('reserved', 2, 'c1'), record('writing', 2, 'c1'))).toEqual(['TWO_RECORDS']);
  expect(await of(record('quarantined', 1), record('writing', 1, 'c2'))).toEqual([
    'ORDER_OF_STATES',
    'TWO_CARDS',
  ]);
  const remake = { type: 'remake.approved', batchId: 'b', record: 1 };
  const again = [record('reserved', 1, 'c2'), record('writing', 1, 'c2'), record('verified', 1, 'c2')];
  expect(await of(remake, ...again)).toEqual([]);
  expect(await of(remake, record('reserved', 1), record('freed', 1), ...again)).toEqual([]);
  expect(await of(record('verified', 9, 'c9'))).toEqual(['ORDER_OF_STATES']);
});

test('several stations: a record goes on where the other died', async () => {
  const one = chain([record('reserved', 1, 'c'), record('writing', 1, 'c')], 's1', AT);
  const two = chain(
    [record('quarantined', 1, 'c'), record('resumed', 1, 'c'), record('verified', 1, 'c')],
    's2',
    AT + 9,
  );
  expect(codes(await verifyJournal([source(two, 'two'), source(one, 'one')]))).toEqual([]);
  expect(codes(await verifyJournal([source(two)]))).toEqual(['ORDER_OF_STATES']);
  // One station in two files, in any order.
  expect(codes(await verifyJournal([source(one[1]!, 'b'), source(one[0]!, 'a')]))).toEqual([]);
});

describe('checkpoints', () => {
  const { privateKey, publicKey } = makeCheckpointKeys();
  const key = checkpointPrivateKey(privateKey);
  const lines = chain(GOOD);
  const entries = lines.map((line) => parseEntryLine(Buffer.from(line.trimEnd())));
  const countsOf = (seq: number): Record<string, number> =>
    Object.fromEntries(GOOD.slice(0, seq).map(({ type }) => [type, 1]));
  const checkpoint = (seq: number, changes: Partial<SignedCheckpoint> = {}): string =>
    checkpointLine(
      signCheckpoint(
        { station: 's1', seq, hash: entries[seq - 1]!.hash, at: AT, counts: countsOf(seq), ...changes },
        key,
      ),
    );
  const held = async (journal: readonly string[], checkpoints: readonly string[], pem = publicKey) =>
    verifyJournal([source(journal)], {
      checkpoints: [source(checkpoints, 'kept')],
      publicKey: checkpointPublicKey(pem),
    });

  test('a chain that agrees', async () => {
    const report = await held(lines, [checkpoint(2), checkpoint(5)]);
    expect(report).toMatchObject({ ok: true, findings: [], stations: [{ checkpoints: 2, signedUpTo: 5 }] });
  });

  test('a cut end, another chain, another key, another station', async () => {
    expect(codes(await held(lines.slice(0, 3), [checkpoint(2), checkpoint(5)]))).toEqual(['CUT']);
    const other = chain([GOOD[0]!, record('reserved', 2, 'c1')]);
    expect(codes(await held(other, [checkpoint(2)]))).toEqual(['CHECKPOINT']);
    expect(codes(await held(lines, [checkpoint(5, { counts: countsOf(4) })]))).toEqual(['CHECKPOINT']);
    expect(codes(await held(lines, [checkpoint(5)], makeCheckpointKeys().publicKey))).toEqual(['SIGNATURE']);
    expect(codes(await held(lines, [checkpoint(5).replace(`"at":${AT}`, `"at":${AT + 1}`)]))).toEqual([
      'SIGNATURE',
    ]);
    expect(codes(await held(lines, [checkpoint(5, { station: 's2' })]))).toEqual(['NO_STATION']);
    expect(codes(await held(lines, ['{}\n']))).toEqual(['FORM']);
    expect(() => checkpointPublicKey('no key')).toThrow(
      expect.objectContaining({ code: 'SECURITY_CHECKPOINT_KEY' }),
    );
  });

  test('a running station writes them when they are due, and after a restart counts from the beginning', async () => {
    let now = AT;
    const store = memoryLineStore({ clock: () => now });
    const kept: SignedCheckpoint[] = [];
    let full = false;
    const keep = async (signed: SignedCheckpoint) => {
      if (full) throw new Error('no room');
      kept.push(signed);
    };
    const options = { store, key, keep, everyEntries: 3, everyMs: 1000, clock: () => now };
    const station = await store.openStation('s1', { leaseMs: 1 });
    const checkpointer = new Checkpointer({ ...options, station });
    expect(await checkpointer.offer()).toMatchObject({ seq: 1 });
    expect(await checkpointer.offer()).toBeUndefined();
    await station.apply({ events: [{ type: 'a' }, { type: 'a' }] });
    expect(await checkpointer.offer()).toBeUndefined();
    await station.apply({ events: [{ type: 'b' }] });
    full = true;
    await expect(checkpointer.offer()).rejects.toThrow('no room');
    full = false;
    expect(await checkpointer.offer()).toMatchObject({ seq: 4, counts: { 'station.opened': 1, a: 2, b: 1 } });
    await station.apply({ events: [{ type: 'b' }] });
    now += 1000;
    expect(await checkpointer.offer()).toMatchObject({ seq: 5 });
    expect(await checkpointer.write()).toBeUndefined();
    const again = await store.openStation('s1', { leaseMs: 1 });
    const second = new Checkpointer({ ...options, station: again });
    expect(await second.write()).toMatchObject({ seq: 6, counts: { 'station.opened': 2, a: 2, b: 2 } });
    const journal: string[] = [];
    for await (const page of exportJournal(store, 's1')) journal.push(page);
    const report = await held(journal, kept.map(checkpointLine));
    expect(report).toMatchObject({ ok: true, stations: [{ entries: 6, checkpoints: 4, signedUpTo: 6 }] });
  });

  test('sha256sum and openssl alone, as docs/journal.md tells', async () => {
    const folder = join(directory, 'audit');
    execFileSync('mkdir', [folder]);
    const keyFile = join(folder, 'hall-2.key');
    const notes: string[] = [];
    const own = await openCheckpointKey(keyFile, (note) => notes.push(note));
    expect(notes).toHaveLength(1);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    writeFileSync(join(folder, 'hall-2.ndjson'), lines.join(''));
    const keep = appendCheckpoints(join(folder, 'kept.ndjson'));
    await keep(
      signCheckpoint({ station: 's1', seq: 5, hash: entries[4]!.hash, at: AT, counts: countsOf(5) }, own),
    );
    const scripts = [...readFileSync('docs/journal.md', 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].map(
      ([, text]) => text!,
    );
    const shell = (script: string) => execFileSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8' });
    expect(scripts).toHaveLength(2);
    expect(shell(scripts[0]!)).toBe('');
    expect(shell(scripts[1]!)).toContain('Signature Verified Successfully');
    expect(shell(`grep -c '^{"hash":"${entries[4]!.hash}"' hall-2.ndjson`)).toBe('1\n');
    writeFileSync(join(folder, 'hall-2.ndjson'), lines.join('').replace('"c1"', '"c2"'));
    expect(shell(scripts[0]!)).toMatch(/^changed: .*\n$/);
    writeFileSync(join(folder, 'hall-2.ndjson'), [...lines.slice(0, 2), ...lines.slice(3)].join(''));
    expect(shell(scripts[0]!)).toMatch(/^broken: .*\n$/);
    writeFileSync(join(folder, 'kept.ndjson'), checkpoint(5));
    expect(() => shell(`set -e\n${scripts[1]}`)).toThrow();
  });
});

test('the command line: export, verify, key; 6 where something is wrong', async () => {
  const state = join(directory, 'line');
  execFileSync('mkdir', [state]);
  const store = await openLineStore(`sqlite:${join(state, 'line.db')}`);
  for (const name of ['hall 1', '../hall']) {
    const station = await store.openStation(name, { leaseMs: 1 });
    await station.close();
  }
  await store.close();
  const exported = await simboot(['journal', 'export', '--state', state, '--output', state]);
  expect(exported).toMatchObject({ code: 0 });
  const file = join(state, 'hall%201.ndjson');
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3);
  expect(await simboot(['journal', 'export', 'hall-9', '--state', state])).toMatchObject({ code: 2 });
  expect(await simboot(['journal', 'key', join(state, 'k')])).toMatchObject({ code: 0 });
  expect(await simboot(['journal', 'key', join(state, 'k')])).toMatchObject({ code: 2 });
  const files = [file, join(state, '%2E.%2Fhall.ndjson')];
  const whole = await simboot(['journal', 'verify', ...files, '--json']);
  expect(whole.code).toBe(0);
  expect(whole.json()).toMatchObject({ ok: true, stations: [{ entries: 2 }, { entries: 2 }] });
  const key = checkpointPrivateKey(readFileSync(join(state, 'k'), 'utf8'));
  const beyond = { station: 'hall 1', seq: 3, hash: ZEROS, at: 1, counts: {} };
  writeFileSync(join(state, 'kept'), checkpointLine(signCheckpoint(beyond, key)));
  const cut = await simboot([
    'journal',
    'verify',
    file,
    '--checkpoint',
    join(state, 'kept'),
    '--key',
    join(state, 'k.pub'),
  ]);
  expect(cut.code).toBe(6);
  expect(cut.stdout).toContain('CUT');
  expect(await simboot(['journal', 'verify', join(state, 'none')])).toMatchObject({ code: 2 });
});
