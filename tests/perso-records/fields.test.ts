/** Values of rows: types, check digits, lengths, ranges, prefixes, patterns. */
import fc from 'fast-check';
import { luhnCheckDigit } from '../../src/bytes/index.js';
import { fieldChecker, type RecordFinding } from '../../src/perso/index.js';
import { jobOf } from './support.js';

/** What the job's only column says to a value. */
async function told(column: object, ...values: string[]): Promise<(RecordFinding | undefined)[]> {
  const job = await jobOf({ columns: { x: column }, transportKeys: ['t'] });
  const found: RecordFinding[] = [];
  fieldChecker(job.records.columns).check(
    values.map((_, index) => ({ row: index + 1 })),
    values.map((value) => [value]),
    (one) => found.push(one),
  );
  return values.map((_, index) => found.find(({ row }) => row === index + 1));
}
const codes = async (column: object, ...values: string[]) =>
  (await told(column, ...values)).map((one) => one?.code);

test('ICCID: 18 to 20 digits, from 19 on with a check digit (ITU-T E.118)', async () => {
  const [right, digit, ...rest] = await told(
    { type: 'iccid' },
    '8988211000000000011',
    '8988211000000000012',
    '89882110000000000',
    '898821100000000001',
    '898821100000000001234',
    '898821100000000001x',
  );
  expect(right).toBeUndefined();
  expect(digit).toEqual({
    row: 2,
    column: 'x',
    code: 'CHECK_DIGIT',
    message: 'the last digit of ICCID 8988211000000000012 should be 1',
  });
  expect(rest.map((one) => one?.code)).toEqual(['VALUE_FORM', undefined, 'VALUE_FORM', 'VALUE_FORM']);
});

test('IMSI: 6 to 15 digits, with a prefix of the job (TS 23.003 §2.2)', async () => {
  const column = { type: 'imsi', prefixes: ['26201', '310410'] };
  expect(
    await codes(
      column,
      '262011234567890',
      '310410123456789',
      '310411123456789',
      '2620112345678901',
      '26201',
      '26201a234567890',
    ),
  ).toEqual([undefined, undefined, 'VALUE_PREFIX', 'VALUE_FORM', 'VALUE_FORM', 'VALUE_FORM']);
});

test('EID: 32 digits, 1 modulo 97 (SGP.02 §2.2.2, SGP.22 §4.3.1)', async () => {
  // check digits computed by hand from the clause: 98 - (eighteen to thirty digits, then 00) modulo 97
  const body = '890490320000012345678901234567';
  const check = String(98n - (BigInt(`${body}00`) % 97n)).padStart(2, '0');
  expect(await codes({ type: 'eid' }, body + check, `${body}00`, body)).toEqual([
    undefined,
    'CHECK_DIGIT',
    'VALUE_FORM',
  ]);
  expect((await told({ type: 'eid' }, `${body}00`))[0]?.message).toContain(`should be ${check}`);
});

test('hex, digits, texts: form and length', async () => {
  expect(
    await codes({ type: 'hex', length: 16 }, '00'.repeat(16), 'AB'.repeat(15), 'zz', '0', 'fF'.repeat(16)),
  ).toEqual([undefined, 'VALUE_LENGTH', 'VALUE_FORM', 'VALUE_FORM', undefined]);
  expect(
    await codes(
      { type: 'digits', length: { min: 4, max: 8 } },
      '1234',
      '123',
      '123456789',
      '12a4',
      '１２３４',
    ),
  ).toEqual([undefined, 'VALUE_LENGTH', 'VALUE_LENGTH', 'VALUE_FORM', 'VALUE_FORM']);
  expect(await codes({ type: 'text' }, 'Ä name', 'a\u0000b', 'a\nb')).toEqual([
    undefined,
    'VALUE_FORM',
    'VALUE_FORM',
  ]);
});

test('ranges have the same number of digits; both ends belong to them', async () => {
  const column = { type: 'digits', range: { from: '0100', to: '0199' } };
  expect(await codes(column, '0100', '0199', '0200', '0099', '100')).toEqual([
    undefined,
    undefined,
    'VALUE_RANGE',
    'VALUE_RANGE',
    'VALUE_RANGE',
  ]);
});

test('missing values, unless they are optional', async () => {
  expect(await codes({ type: 'digits' }, '')).toEqual(['VALUE_MISSING']);
  expect(await codes({ type: 'digits', optional: true, pattern: '9+' }, '', '9', '1')).toEqual([
    undefined,
    undefined,
    'VALUE_PATTERN',
  ]);
});

test('a pattern matches the whole value', async () => {
  expect(await codes({ type: 'text', pattern: 'A|BC' }, 'A', 'BC', 'AC', 'ABC')).toEqual([
    undefined,
    undefined,
    'VALUE_PATTERN',
    'VALUE_PATTERN',
  ]);
});

test('a pattern that would take for ever is given up after a second', () => {
  const column = {
    name: 'x',
    header: 'x',
    type: 'text',
    unique: false,
    optional: false,
    secret: false,
  } as const;
  const checker = fieldChecker([
    { ...column, pattern: '(?:a|a)*(?:a|a)*b' },
    { ...column, name: 'y', pattern: '(a+)+b' },
  ]);
  const found: RecordFinding[] = [];
  const rows = [{ row: 2 }, { row: 3 }];
  const cells = [
    ['a'.repeat(40), 'a'.repeat(40)],
    ['b', 'b'],
  ];
  const before = Date.now();
  for (let page = 0; page < 3; page++) checker.check(rows, cells, (one) => found.push(one));
  expect(Date.now() - before).toBeLessThan(6_000);
  expect(found.map(({ row, column: name, code }) => [row, name, code])).toEqual([
    [2, 'x', 'PATTERN_SLOW'],
    [2, 'y', 'PATTERN_SLOW'],
  ]);
});

test('a secret value is in no message', async () => {
  const secret = '8988211000000000012';
  const columns = [
    { type: 'iccid', secret: true },
    { type: 'text', secret: true, pattern: 'x' },
    { type: 'digits', secret: true, range: { from: '0', to: '1' } },
    { type: 'digits', secret: true, prefixes: ['7'] },
    { type: 'hex', secret: true, length: 3 },
    { type: 'hex', secret: true },
  ];
  for (const column of columns) {
    const [found] = await told(column, secret);
    expect(found).toBeDefined();
    expect(JSON.stringify(found)).not.toContain(secret.slice(0, 6));
  }
});

test('any number with its check digits passes, and with one other digit does not', async () => {
  const job = await jobOf({ columns: { iccid: 'iccid', eid: 'eid' } });
  const checker = fieldChecker(job.records.columns);
  const findings = (iccid: string, eid: string) => {
    const found: RecordFinding[] = [];
    checker.check([{ row: 1 }], [[iccid, eid]], (one) => found.push(one));
    return found.map(({ code }) => code);
  };
  const digits = (length: number) =>
    fc.array(fc.nat(9), { minLength: length, maxLength: length }).map((each) => each.join(''));
  fc.assert(
    fc.property(
      digits(18),
      digits(30),
      fc.nat(18),
      fc.nat(31),
      fc.integer({ min: 1, max: 9 }),
      (luhn, body, a, b, by) => {
        const iccid = luhn + luhnCheckDigit(luhn);
        const eid = body + String(98n - (BigInt(`${body}00`) % 97n)).padStart(2, '0');
        const changed = (text: string, at: number) =>
          text.slice(0, at) + ((Number(text[at]) + by) % 10) + text.slice(at + 1);
        expect(findings(iccid, eid)).toEqual([]);
        expect(findings(changed(iccid, a), changed(eid, b))).toEqual(['CHECK_DIGIT', 'CHECK_DIGIT']);
      },
    ),
  );
});
