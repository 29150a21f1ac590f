/** FCP and FCI as cards really send them (TS 102 221 §11.1.1.4), and the 2G answers (TS 51.011 §9.2.1), damaged too. */
import { fromHex } from '../../src/bytes/index.js';
import { decodeFcp, decodeSelect2g } from '../../src/card/index.js';
import { fuzz } from '../support/fuzz.js';
import { answer2g, FCP_ADF, fcp } from './support.js';

const of = (hex: string) => decodeFcp(fromHex(hex));

test('PIN status template: one bit a key from the highest, usage qualifier before its key (§9.5.2)', () => {
  // 90 01 60: first key off, second and third on.
  const info = of('6219 82027821 83027F50 8A0105 C6 0C 900160 830101 950108 830111');
  expect(info.pins).toEqual([
    { key: 0x01, enabled: false },
    { key: 0x11, enabled: true, usage: 0x08 },
  ]);
  const nine = of(`62 25 82027821 C6 1F 90 02 0080 ${'830181'.repeat(8)} 83010A`);
  expect(nine.problems).toBeUndefined();
  expect(nine.pins.map((pin) => pin.enabled)).toEqual([...Array(8).fill(false), true]);
});

test.each([
  ['01', 'creation'],
  ['03', 'initialisation'],
  ['05', 'activated'],
  ['07', 'activated'],
  ['04', 'deactivated'],
  ['06', 'deactivated'],
  ['0C', 'terminated'],
  ['0F', 'terminated'],
  ['00', 'unknown'],
])('life cycle %s is %s', (octet, state) => {
  expect(of(`6207 82024121 8A01${octet}`).lifeCycle).toBe(state);
});

test.each([
  ['8202 4121', { kind: 'ef', structure: 'transparent' }],
  ['8202 0121', { kind: 'ef', structure: 'transparent' }],
  ['8202 0921', { kind: 'ef', structure: 'transparent' }],
  ['8205 4221 0026 04', { kind: 'ef', structure: 'linear-fixed', recordLength: 38, recordCount: 4 }],
  ['8205 4621 000A 03', { kind: 'ef', structure: 'cyclic', recordLength: 10, recordCount: 3 }],
  ['8202 7921', { kind: 'ef', structure: 'ber-tlv' }],
  ['8202 3921', { kind: 'ef', structure: 'ber-tlv' }],
  ['8202 7821', { kind: 'df' }],
  ['8202 3821', { kind: 'df' }],
])('file descriptor %s', (tlv, expected) => {
  const length = fromHex(tlv).length.toString(16).padStart(2, '0');
  expect(of(`62${length}${tlv}`)).toMatchObject(expected);
});

test('FCI instead of FCP, an SFI that is empty, a size without a number of records', () => {
  expect(of('6F08 82024121 83026431')).toMatchObject({ kind: 'ef', fid: 0x6431 });
  expect(of('6206 82024121 8800').sfi).toBeUndefined();
  expect(of('6207 82024121 8801F0').sfi).toBe(0x1e);
  expect(of('620A 82044221 0026 80020098')).toMatchObject({ recordCount: 4 });
  expect(of('620C 82024121 83026431 81020300')).toMatchObject({ size: 0x300 });
  expect(of('6210 82024121 83026431 81020300 80020200')).toMatchObject({ size: 0x200 });
  expect(of('6206 800400008000')).toMatchObject({ size: 0x8000 });
});

test.each([
  [
    'cut off inside the rules',
    '6212 82024121 83026431 8A0105 8B032F',
    { fid: 0x6431, lifeCycle: 'activated' },
    /announces/,
  ],
  ['template longer than the answer', '6230 82024121 83026431', { fid: 0x6431 }, /announces/],
  ['octets behind the template', '6204 82024121 9000', { kind: 'ef' }, /2 octets after/],
  [
    'two forms of rules',
    '620C 82024121 8B032F0601 8C0100',
    { security: { form: 'referenced' } },
    /second form/,
  ],
  ['a size of five octets', '620B 82024121 80050000000001', { kind: 'ef' }, /size of 5/],
  ['record length 0', '6207 82054221 0000 04', { kind: 'ef' }, /record length of 0/],
  ['contradictory number of records', '620B 82054221 0026 04 80020010', { recordCount: 4 }, /size of 16/],
  ['no record length', '6204 82024221', { structure: 'linear-fixed' }, /no record length/],
  ['empty descriptor', '6202 8200', { kind: 'ef' }, /empty/],
  ['unknown structure', '6204 82024421', { kind: 'ef' }, /not known/],
  ['identifier of three octets', '6205 8303643100', {}, /3 octets/],
  ['an SFI of 31', '6203 8801F8', {}, /not an SFI/],
  ['AID of 17 octets', `6213 8411${'AA'.repeat(17)}`, {}, /AID of 17/],
  ['key without status bit', '6205 C603 830101', { pins: [{ key: 1, enabled: true }] }, /no status bit/],
  ['broken PIN template', '6206 C604 900180 83', {}, /C6/],
])('what is malformed is a problem, the rest is read: %s', (_name, hex, expected, problem) => {
  const info = of(hex);
  expect(info).toMatchObject(expected);
  expect(info.problems!.join()).toMatch(problem);
});

test.each(['', '9000', '82024121'])('no template at all is refused: %s', (hex) => {
  expect(() => of(hex)).toThrow(expect.objectContaining({ code: 'DATA_FCP' }));
});

test('2G: an invalidated EF, a cyclic one, and cards that leave the record length 0', () => {
  const of2g = (hex: string) => decodeSelect2g(fromHex(hex));
  expect(of2g('00000200 6431 04 00 14FF44 00 02 00 00').lifeCycle).toBe('deactivated');
  expect(of2g('0000001E 6F39 04 00 11FF44 01 02 03 0A')).toMatchObject({
    structure: 'cyclic',
    recordCount: 3,
    recordLength: 10,
  });
  const without = of2g('00000098 2F00 04 00 04FF44 01 02 01 00');
  expect(without).toMatchObject({ structure: 'linear-fixed', size: 152 });
  expect(without.recordLength).toBeUndefined();
  // Fourteen octets: the record length is not there (swSIM).
  expect(of2g('00000200 6431 04 00 14FF44 01 01 00')).toMatchObject({ structure: 'transparent' });
  expect(of2g('00000200 6431 04 00 14FF44 01 02 07 00').problems).toEqual(['file structure 07 is not known']);
});

test('2G: CHV status with blocked, uninitialised and disabled CHVs', () => {
  const info = decodeSelect2g(fromHex('0000 1000 3F00 01 0000000000 0A 93 00 03 04 00 80 8A 03 8A 00'));
  expect(info).toMatchObject({ kind: 'mf', fid: 0x3f00 });
  expect(info.pins).toEqual([
    { key: 1, enabled: false, tries: 0, initialised: true },
    { key: 2, enabled: true, tries: 3, initialised: false },
  ]);
});

test.each(['', '00000200643104', '000002006431050014FF4401020000', '000010007F500200000000000A13'])(
  '2G: %s is refused',
  (hex) => {
    expect(() => decodeSelect2g(fromHex(hex))).toThrow(expect.objectContaining({ code: 'DATA_FCP' }));
  },
);

test('100,000 damaged FCPs and 2G answers: only typed errors', () => {
  const templates = [
    FCP_ADF,
    fcp('6431', '0200'),
    '621A 82054221002604 83022F00 8A0105 8B032F0601 80020098 8801F0',
  ];
  expect(fuzz(decodeFcp, templates.map(fromHex)).accepted).toBeGreaterThan(10_000);
  const answers = [answer2g('6431', '0200'), '000010007F500200000000000A1300030400838A838A00'];
  expect(fuzz(decodeSelect2g, answers.map(fromHex)).accepted).toBeGreaterThan(10_000);
});
