import { type Pin, PinStore } from '../../src/simulator/security/pins.js';
import { insert, run, send } from './support.js';

const pin = (reference: number, state: Partial<Pin>): Pin => ({
  name: '',
  reference,
  reference2g: reference,
  value: new Uint8Array(8),
  enabled: true,
  canDisable: true,
  tries: 3,
  maxTries: 3,
  unblockValue: undefined,
  unblockTries: 0,
  maxUnblockTries: 0,
  replaced: false,
  verified: false,
  ...state,
});

const on = { enabled: true };
const off = { enabled: false };
const replaced = { enabled: false, replaced: true };
const verified = { enabled: true, verified: true };

test.each([
  ['PIN1 on', on, on, { key01: false, key11: false }],
  ['PIN1 on, universal PIN off', on, off, { key01: false, key11: false }],
  ['PIN1 presented', verified, on, { key01: true, key11: false }],
  ['universal PIN presented beside PIN1', on, verified, { key01: false, key11: true }],
  ['PIN1 off', off, on, { key01: true, key11: true }],
  ['PIN1 off, universal PIN in its place', replaced, on, { key01: false, key11: false }],
  ['the same, universal PIN presented', replaced, verified, { key01: true, key11: true }],
  ['the same, universal PIN off', replaced, off, { key01: true, key11: true }],
])(
  '%s: which keys count as satisfied (TS 102 221 §9.4.1, §9.5.3)',
  (_what, application, universal, expected) => {
    const store = new PinStore([pin(0x01, application), pin(0x11, universal), pin(0x0a, on)]);
    expect({ key01: store.satisfied(0x01), key11: store.satisfied(0x11) }).toEqual(expected);
    expect(store.satisfied(0x0a)).toBe(false);
    expect(store.satisfied(0x0b)).toBe(false);
  },
);

test('the environment changes with PIN1: enabled it is asked for itself (TS 102 221 §9.2.2)', async () => {
  const card = await insert('uicc-environments');
  await run(card, '002800010831323334FFFFFFFF');
  await card.reset();
  await run(card, '002000110839393939FFFFFFFF', '00A4080C047F506431');
  expect(await send(card, '00B0000001')).toBe('6982');
  await run(card, '002000010831323334FFFFFFFF');
  expect(await send(card, '00B0000001')).toBe('FF9000');
});
