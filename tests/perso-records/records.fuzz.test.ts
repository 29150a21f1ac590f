/** Damaged inputs: every reader tells findings, whatever comes, and never fails. */
import { concat, encodeUtf8, fromHex } from '../../src/bytes/index.js';
import { MemoryKey } from '../../src/crypto/index.js';
import { SecurityError } from '../../src/errors/index.js';
import {
  type Column,
  fieldChecker,
  type Job,
  openRecords,
  unwrapCell,
  wrapCell,
} from '../../src/perso/index.js';
import { repeatable } from '../support/fuzz.js';
import { jobOf } from './support.js';

const COUNT = 100_000;
const columns = {
  iccid: { type: 'iccid', prefixes: '89' },
  imsi: { type: 'imsi', optional: true },
  ki: { type: 'hex', length: { min: 1, max: 16 }, optional: true },
  note: { type: 'text', pattern: '[a-z ]*', optional: true },
};

/** Characters that formats turn on. */
const TELLING = [
  '"',
  ',',
  '\n',
  '\r',
  '\r\n',
  '\u0000',
  ':',
  ' ',
  '{',
  '}',
  '\\',
  '\ufeff',
  'ä',
  '9',
  '*',
  '""',
];

function damaged(seed: string, random: (below: number) => number): Uint8Array {
  let text = seed;
  for (let times = 1 + random(4); times > 0; times--) {
    const at = random(text.length + 1);
    const until = Math.min(text.length, at + random(12));
    const kind = random(4);
    if (kind === 0) text = text.slice(0, at) + text.slice(until);
    else if (kind === 1) text = text.slice(0, at) + TELLING[random(TELLING.length)] + text.slice(at);
    else if (kind === 2) text = text.slice(0, at) + text.slice(at, until) + text.slice(at);
    else text = text.slice(0, at) + TELLING[random(TELLING.length)] + text.slice(until);
  }
  const octets = encodeUtf8(text);
  if (random(8) === 0 && octets.length > 0) octets[random(octets.length)] = random(256);
  return octets;
}

async function* inTwo(octets: Uint8Array, at: number): AsyncIterable<Uint8Array> {
  yield octets.subarray(0, at);
  yield octets.subarray(at);
}

const wrong = (octets: Uint8Array): Error => new Error(`input ${Buffer.from(octets).toString('hex')}`);

/** Reads so many damaged inputs, some of them in one file, and checks what comes out of them. */
async function readDamaged(
  job: Job,
  seed: string,
  inFile: number,
): Promise<{ rows: number; findings: number }> {
  const random = repeatable(7);
  const checker = fieldChecker(job.records.columns);
  let [rows, findings] = [0, 0];
  for (let round = 0; round < COUNT; round += inFile) {
    const octets = concat(...Array.from({ length: inFile }, () => damaged(seed, random)));
    for await (const page of openRecords(job.records, inTwo(octets, random(octets.length + 1)))) {
      rows += page.rows.length;
      findings += page.findings.length;
      if (page.findings.some(({ row }) => row > octets.length + 1)) throw wrong(octets);
      const [first] = page.rows;
      if (round % 50 === 0 && first !== undefined) {
        checker.check(
          page.rows,
          page.rows.map(({ cells }) => cells),
          () => findings++,
        );
      }
      if (first !== undefined && first.cells.length !== 4) throw wrong(octets);
    }
  }
  return { rows, findings };
}

test.each([
  [
    'csv',
    { columns },
    'iccid,imsi,ki,note\n8988211000000000011,26201,00,"a ""b"" c"\r\n8988211000000000029,,0011,x\n',
  ],
  [
    'var',
    { columns, format: 'var', dialect: { quantity: 'Quantity', transportKey: 'Key' } },
    '* x\nQuantity: 2\nKey: 0\nVar_In: iccid/imsi/ki/note\n8988211000000000011 1 00 x\n8988211000000000029 2 0011 y\n',
  ],
  [
    'jsonl',
    { columns, format: 'jsonl' },
    '{"iccid":"8988211000000000011","imsi":"26201","ki":"00"}\n{"iccid":"8988211000000000029","note":"\\u00e4"}\n',
  ],
])(
  '%s',
  async (_, records, seed) => {
    // a parser of CSV is made for each file, and that takes longer than a damaged row
    const inFile = 'format' in records ? 1 : 20;
    const { rows, findings } = await readDamaged(await jobOf(records), seed, inFile);
    expect(rows).toBeGreaterThan(COUNT / 4);
    expect(findings).toBeGreaterThan(COUNT / 4);
  },
  60_000,
);

test('cells under transport keys', async () => {
  const key = new MemoryKey(fromHex('2b7e151628aed2a6abf7158809cf4f3c'));
  const random = repeatable(11);
  const kinds: Column['transport'][] = [
    { key: 't', cipher: 'aes-gcm' },
    { key: 't', cipher: 'aes-cbc', padding: 'pkcs7' },
    { key: 't', cipher: 'aes-ecb', padding: 'iso7816' },
  ];
  const columnOf = (transport: Column['transport']) =>
    ({
      name: 'x',
      header: 'x',
      type: 'text',
      unique: false,
      optional: false,
      secret: true,
      transport,
    }) as Column;
  const seeds = await Promise.all(
    kinds.map(async (kind) => {
      const column = columnOf(kind);
      return {
        column,
        cell: await wrapCell(key, column, 'row', 'secret', (octets) => new Uint8Array(octets)),
      };
    }),
  );
  let refused = 0;
  for (let round = 0; round < COUNT; round++) {
    const { column, cell } = seeds[round % seeds.length]!;
    const text = Buffer.from(damaged(cell, random)).toString('utf8');
    try {
      await unwrapCell(key, column, 'row', text);
    } catch (error) {
      if (!(error instanceof SecurityError)) throw error;
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(COUNT * 0.9);
}, 60_000);
