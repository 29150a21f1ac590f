/** Damaged job files, descriptions and values: only typed errors come out. */
import { encodeUtf8 } from '../../src/bytes/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { compileFile, compileTemplate, type FileStep, parseJob } from '../../src/perso/index.js';
import { fuzz, repeatable } from '../support/fuzz.js';

const COUNT = 100_000;

const BOOTSTRAP = 'accounts: [{srvId: a, srvUri: "https://a", name: A, miid: "${i}"}]';
const JOB = '{simboot: job/1, name: a, records: {columns: {i: iccid, k: {type: hex, length: 16}}}, ';
const JOBS = [
  `${JOB}steps: [{iccid: "\${i}"}, {file: 3F00/2F05, value: "\${k}"}], keys: {adm: "\${k}"}}`,
  `${JOB}bind: iccid, draw: {p: 4 digits}, steps: [{pin: 01, current: "1", value: "\${p}"}], outputs: {box: {columns: [i]}}}`,
  `${JOB}steps: [{apdu: [00A40000, {command: "00\${k}", status: 6...}]}, {bootstrap: b}]}`,
  `${JOB}steps: [{acc: {classes: [1]}}, {fplmn: ["00101"]}, {smsp: {alpha: x}}], card: {atr: 3B*}}`,
].map(encodeUtf8);

test('100,000 damaged jobs and descriptions', async () => {
  // The damage is chosen first, since a job is read asynchronously.
  const inputs: Uint8Array[] = [];
  fuzz((bytes) => void inputs.push(bytes), [...JOBS, encodeUtf8(BOOTSTRAP)], COUNT);
  const random = repeatable(7);
  let [accepted, refused] = [0, 0];
  for (const bytes of inputs) {
    const isJob = bytes[0] === 0x7b || random(2) === 0;
    try {
      await parseJob(isJob ? bytes : JOBS[2]!, {
        fileName: 'job.yaml',
        readFile: async () => (isJob ? encodeUtf8(BOOTSTRAP) : bytes),
      });
      accepted++;
    } catch (error) {
      if (!(error instanceof SimbootError)) {
        throw new Error(`input ${Buffer.from(bytes).toString('hex')}: ${String(error)}`, { cause: error });
      }
      refused++;
    }
  }
  expect(accepted + refused).toBe(COUNT);
  expect(Math.min(accepted, refused)).toBeGreaterThan(100);
}, 240_000);

test('100,000 damaged templates', () => {
  const seeds = ['${a}', 'x$${b}${c.d}', '${a}${b}'].map(encodeUtf8);
  const decoder = new TextDecoder();
  const outcome = fuzz(
    (bytes) => compileTemplate(decoder.decode(bytes)).render({ a: '1', b: '2' }),
    seeds,
    COUNT,
  );
  expect(Math.min(outcome.accepted, outcome.refused)).toBeGreaterThan(100);
});

test('100,000 damaged values of files', () => {
  const steps: [FileStep['codec'], string][] = [
    ['iccid', '8988211000000000011'],
    ['imsi', '001010123456789'],
    ['spn', 'Example'],
    ['acc', '0001'],
    ['raw', '00 01'],
  ];
  const compiled = steps.map(([codec]) => compileFile({ name: 'x', codec, value: '${v}' }));
  const decoder = new TextDecoder();
  const seeds = steps.map(([, value], index) => Uint8Array.of(index, ...encodeUtf8(value)));
  const outcome = fuzz(
    (bytes) => compiled[(bytes[0] ?? 0) % steps.length]!.encode({ v: decoder.decode(bytes.subarray(1)) }, 17),
    seeds,
    COUNT,
  );
  expect(Math.min(outcome.accepted, outcome.refused)).toBeGreaterThan(100);
});
