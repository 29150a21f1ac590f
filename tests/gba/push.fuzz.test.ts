/** 100,000 damaged pieces of push information. */
import { SIM_GPI } from '../../src/gba/index.js';
import { fuzz } from '../support/fuzz.js';

test('100,000 damaged pieces of push information', () => {
  const key = new Uint8Array(32).fill(1);
  const info = {
    gba: 'me',
    rand: new Uint8Array(16),
    autn: new Uint8Array(16),
    nafId: new Uint8Array(9).fill(0x61),
    pTid: 'p1@naf',
    expires: new Date('2026-11-22T12:00:00Z'),
  } as const;
  const { accepted, refused } = fuzz((bytes) => SIM_GPI.decode(bytes), [SIM_GPI.encode(info, key)]);
  expect(accepted + refused).toBe(100_000);
  expect(refused).toBeGreaterThan(20_000);
});
