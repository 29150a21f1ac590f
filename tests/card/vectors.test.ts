/** test-vectors/card-files.json: every case decoded, and encoded where a strict writer makes it. */
import { readFileSync } from 'node:fs';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { ACCESS_RULES, CREATE_FCP, decodeFcp, decodeSelect2g } from '../../src/card/index.js';

const { cases } = JSON.parse(readFileSync('test-vectors/card-files.json', 'utf8')) as {
  cases: { what: string; hex: string }[];
};
const ADM1 = { kind: 'key', key: 0x0a };
const PIN1 = { kind: 'key', key: 0x01 };
const arr = (record: number) => ({
  form: 'referenced',
  tag: 0x8b,
  bytes: Uint8Array.of(0x2f, 0x06, record),
});
const transparent = (fid: number, size: number, record: number) => ({
  kind: 'ef',
  structure: 'transparent',
  fid,
  size,
  lifeCycle: 'activated',
  security: arr(record),
});
const chv = (key: number, enabled: boolean) => ({ key, enabled, tries: 3, initialised: true });
const df2g = (chv1: boolean) => ({
  kind: 'df',
  fid: 0x7f50,
  size: 0x1000,
  pins: [chv(1, chv1), chv(2, true)],
});

const EXPECTED: Readonly<Record<string, object>> = {
  'CREATE FILE FCP: PKCS#15 ADF/DF 7F50': {
    kind: 'adf',
    fid: 0x7f50,
    aid: fromHex('A000000063504B43532D3135'),
    size: 0x1000,
    security: arr(2),
    pins: [
      { key: 0x01, enabled: true },
      { key: 0x0a, enabled: true },
    ],
  },
  'CREATE FILE FCP: EF 5031': transparent(0x5031, 32, 1),
  'CREATE FILE FCP: EF 5032': transparent(0x5032, 64, 1),
  'CREATE FILE FCP: EF 6420': transparent(0x6420, 64, 1),
  'CREATE FILE FCP: EF 6430': transparent(0x6430, 512, 3),
  'FCP with expanded security attributes AB': {
    ...transparent(0x6430, 512, 3),
    security: { form: 'expanded', tag: 0xab },
  },
  'EF(DIR) FCP': {
    kind: 'ef',
    structure: 'linear-fixed',
    recordLength: 38,
    recordCount: 4,
    size: 152,
    sfi: 0x1e,
  },
  '2G SELECT response DF 7F50': df2g(true),
  '2G SELECT response DF 7F50, CHV1 disabled': df2g(false),
  '2G SELECT response EF 6430': {
    kind: 'ef',
    fid: 0x6430,
    size: 512,
    structure: 'transparent',
    lifeCycle: 'activated',
    security: { form: '2g', bytes: fromHex('14FF44') },
  },
  '2G SELECT response EF 5031': { fid: 0x5031, size: 32, security: { form: '2g', bytes: fromHex('04FF44') } },
  '2G SELECT response EF(DIR)': { structure: 'linear-fixed', recordLength: 38, recordCount: 4, size: 152 },
};

const RULES: Readonly<Record<string, object[]>> = {
  'EF(ARR) record READ ALW / rest ADM1': [
    { mode: 0x01, condition: { kind: 'always' } },
    { mode: 0x1a, condition: ADM1 },
    { header: 4, octets: fromHex('D4'), condition: ADM1 },
  ],
  'EF(ARR) record READ PIN1 / rest ADM1': [
    { mode: 0x01, condition: PIN1 },
    { mode: 0x1a, condition: ADM1 },
    { header: 4, octets: fromHex('D4'), condition: ADM1 },
  ],
  'EF(ARR) record READ (PIN1 OR Universal PIN)': [
    { mode: 0x01, condition: { kind: 'any-of', of: [PIN1, { kind: 'key', key: 0x11 }] } },
    { mode: 0x1a, condition: ADM1 },
  ],
};

test.each(cases)('$what', ({ what, hex }) => {
  const bytes = fromHex(hex);
  const rules = RULES[what];
  if (rules) {
    expect(ACCESS_RULES.decode(bytes)).toEqual(rules);
    expect(toHex(ACCESS_RULES.encode(ACCESS_RULES.decode(bytes)))).toBe(toHex(bytes));
    return;
  }
  const decoded = what.startsWith('2G') ? decodeSelect2g(bytes) : decodeFcp(bytes);
  expect(decoded).toMatchObject(EXPECTED[what]!);
  expect(decoded.problems).toBeUndefined();
  if (what.startsWith('CREATE FILE'))
    expect(toHex(CREATE_FCP.encode(CREATE_FCP.decode(bytes)))).toBe(toHex(bytes));
});

test('no expectation is left over', () => {
  const names = cases.map(({ what }) => what);
  expect([...Object.keys(EXPECTED), ...Object.keys(RULES)].filter((name) => !names.includes(name))).toEqual(
    [],
  );
});
