/** Sequence numbers (TS 33.102 Annex C), with 5 bits of IND: SQN = SEQ · 32 + IND. */
import { toHex } from '../../src/bytes/index.js';
import { nextSqn, SqnArray, type SqnProfile, sqnFromNumber, sqnToNumber } from '../../src/crypto/index.js';

const sqn = (seq: number, ind: number) => sqnFromNumber(BigInt(seq) * 32n + BigInt(ind));

test('six octets, most significant first', () => {
  expect(toHex(sqnFromNumber(0x0102030405n))).toBe('000102030405');
  expect(sqnToNumber(sqnFromNumber(0xffff_ffff_ffffn))).toBe(0xffff_ffff_ffffn);
  expect(() => sqnFromNumber(1n << 48n)).toThrow('SQN has 48 bits');
});

test('the centre counts SEQ and walks through IND', () => {
  expect(nextSqn(sqn(7, 3))).toEqual(sqn(8, 4));
  expect(nextSqn(sqn(7, 31))).toEqual(sqn(8, 0));
});

test('each IND has its own place: vectors may arrive out of order, never twice', () => {
  const after = new SqnArray().accept(sqn(9, 1))!;
  expect(after.accept(sqn(9, 1))).toBeUndefined();
  expect(after.accept(sqn(8, 1))).toBeUndefined();
  expect(after.accept(sqn(8, 2))?.highest).toEqual(sqn(9, 1));
  expect(after.accept(sqn(10, 2))?.highest).toEqual(sqn(10, 2));
});

test('limits: too far ahead, too old', () => {
  const profile: SqnProfile = { indBits: 5, delta: 100n, age: 10n };
  const array = new SqnArray(profile).accept(sqn(50, 0))!;
  expect(array.accept(sqn(151, 1))).toBeUndefined();
  expect(array.accept(sqn(150, 1))).toBeDefined();
  expect(array.accept(sqn(39, 1))).toBeUndefined();
  expect(array.accept(sqn(40, 1))).toBeDefined();
});

test('an array that was kept goes on where it was', () => {
  const array = new SqnArray().accept(sqn(9, 1))!.accept(sqn(12, 7))!;
  const again = new SqnArray(undefined, array.entries());
  expect(again.accept(sqn(12, 7))).toBeUndefined();
  expect(again.highest).toEqual(sqn(12, 7));
});

test('SEQ 0 is what a new card has, so it accepts from 1', () => {
  expect(new SqnArray().accept(sqn(0, 0))).toBeUndefined();
  expect(new SqnArray().accept(sqn(1, 0))).toBeDefined();
});
