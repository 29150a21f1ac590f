import { fromHex, toHex } from '../../src/bytes/index.js';
import {
  ALWAYS,
  conditionNibble,
  holds,
  NEVER,
  parseCondition,
} from '../../src/simulator/security/condition.js';
import {
  conditionInCompact,
  conditionInExpanded,
  encodeCompact,
  encodeExpanded,
  type Operation,
  type RuleSet,
} from '../../src/simulator/security/rules.js';
import { insert, run, send } from './support.js';

const KEYS = new Map([
  ['PIN1', 0x01],
  ['UPIN', 0x11],
  ['ADM1', 0x0a],
  ['ADM2', 0x0b],
]);
const rules = (words: Record<string, string>): RuleSet =>
  new Map(Object.entries(words).map(([name, text]) => [name as Operation, parseCondition(text, KEYS)]));
const opens = (hex: string, operation: Operation, keys: number[]) =>
  holds(conditionInExpanded(fromHex(hex), operation, 'ef'), (reference) => keys.includes(reference));

test('a rule as TS 102 221 §9.2.7 writes it: READ always, the others and RESIZE with ADM1', () => {
  const all = rules({ read: 'always', update: 'ADM1', deactivate: 'ADM1', activate: 'ADM1', resize: 'ADM1' });
  expect(toHex(encodeExpanded(all, 'ef'))).toBe('800101900080011aa40683010a9501088401d4a40683010a950108');
});

test('OR (A0), AND (AF), NOT (A7), always (90), never (97), and what no rule names', () => {
  const or = '800101A010A406830101950108A40683011195010880011AA40683010A950108';
  expect([[], [0x01], [0x11], [0x0a]].map((keys) => opens(or, 'read', keys))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(toHex(encodeExpanded(rules({ read: 'PIN1 or UPIN' }), 'ef'))).toBe(or.slice(0, 42).toLowerCase());
  const and = '800102AF10A40683010A950108A40683010B950108';
  expect([[0x0a], [0x0b], [0x0a, 0x0b]].map((keys) => opens(and, 'update', keys))).toEqual([
    false,
    false,
    true,
  ]);
  const not = '800102A708A406830101950108';
  expect([[], [0x01]].map((keys) => opens(not, 'update', keys))).toEqual([true, false]);
  expect(opens('8001019000', 'read', [])).toBe(true);
  expect(opens('8001019700', 'read', [1, 0x0a])).toBe(false);
  expect(opens('8001019000', 'update', [1, 0x0a])).toBe(false);
  expect(opens('800101A406830101950108', 'read', [0x0a])).toBe(false);
});

test('two conditions after one access mode: either is enough; two access modes before one condition: both', () => {
  const either = '800101A406830101950108A406830111950108';
  expect(opens(either, 'read', [0x11])).toBe(true);
  const both = '8001018401D4A40683010A950108';
  expect([opens(both, 'read', [0x0a]), opens(both, 'resize', [0x0a])]).toEqual([true, true]);
});

test('compact format, the highest bit first (ISO/IEC 7816-4 §5.4.3.1)', () => {
  const keys = { user: 0x01, administrative: 0x0a };
  const asks = (hex: string, operation: Operation) => conditionInCompact(fromHex(hex), operation, 'ef', keys);
  expect(asks('031000', 'update')).toMatchObject({ of: [{ reference: 0x01 }] });
  expect(asks('031000', 'read')).toBe(ALWAYS);
  expect(asks('031000', 'delete')).toBe(NEVER);
  expect(asks('0300FF', 'read')).toBe(NEVER);
  expect(asks('03', 'read')).toBe(NEVER);
  expect(toHex(encodeCompact(rules({ read: 'always', update: 'PIN1' }), 'ef'))).toBe('031000');
});

test('the nibbles of TS 51.011 §9.3', () => {
  const nibble = (text: string) => conditionNibble(parseCondition(text, KEYS));
  expect(['always', 'PIN1', 'ADM1', 'ADM2', 'never', 'PIN1 or UPIN'].map(nibble)).toEqual([
    0, 1, 4, 5, 0xf, 1,
  ]);
});

test('the octets of EF_ARR decide, not the profile: an updated record changes the access', async () => {
  const card = await insert('uicc');
  const open = '8001039000';
  await run(card, '0020000A083132333435363738', '00A4080C022F06');
  const length = card.file('3F00/2F06')!.recordLength;
  await run(card, `00DC0104${length.toString(16).padStart(2, '0')}${open.padEnd(2 * length, 'f')}`);
  await card.reset();
  await run(card, '00A4080C047F506431');
  expect(await send(card, '00D6000001AA')).toBe('9000');
});

test('an application PIN that is blocked opens nothing, even if it was presented before', async () => {
  const card = await insert('uicc-locked');
  await run(card, '002000010831323334FFFFFFFF', '00A4080C047F506431', '00B0000001');
  for (const left of ['63C2', '63C1', '63C0'])
    expect(await send(card, '002000010830303030FFFFFFFF')).toBe(left);
  expect(await send(card, '00B0000001')).toBe('6982');
});
