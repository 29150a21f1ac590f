/** BER-TLV (ISO/IEC 8825-1 §8.1): octets written by hand in both directions. */
import fc from 'fast-check';
import {
  decodeTlvAt,
  decodeTlvs,
  encodeTlv,
  equal,
  findTlv,
  fromHex,
  requireTlv,
  toHex,
} from '../../src/bytes/index.js';
import { fuzz } from '../support/fuzz.js';

const shape = (hex: string, options = {}) =>
  decodeTlvs(fromHex(hex), options).map((t) => [t.tag, toHex(t.value), t.offset, t.end]);

test('one level with offsets', () => {
  expect(shape('61144F0CA000000063504B43532D313551043F007F50')).toEqual([
    [0x61, '4f0ca000000063504b43532d313551043f007f50', 0, 22],
  ]);
  expect(shape('4F01AA5102BBCC', { base: 100 })).toEqual([
    [0x4f, 'aa', 100, 103],
    [0x51, 'bbcc', 103, 107],
  ]);
  expect(shape('')).toEqual([]);
});

test('tags of two and three octets', () => {
  expect(shape('5F2002AABB')).toEqual([[0x5f20, 'aabb', 0, 5]]);
  expect(shape('7F814100')).toEqual([[0x7f8141, '', 0, 4]]);
  expect(toHex(encodeTlv(0x5f20, [0xaa, 0xbb]))).toBe('5f2002aabb');
  expect(toHex(encodeTlv(0x7f8141))).toBe('7f814100');
});

test.each([
  [0x7f, '047f'],
  [0x80, '048180'],
  [0xff, '0481ff'],
  [0x100, '04820100'],
  [0xffff, '0482ffff'],
  [0x10000, '0483010000'],
])('length %d takes the shortest form', (length, header) => {
  const bytes = encodeTlv(0x04, new Uint8Array(length));
  expect(toHex(bytes.subarray(0, header.length / 2))).toBe(header);
  expect(decodeTlvAt(bytes)).toMatchObject({ tag: 4, offset: 0, end: bytes.length });
});

test('a reader takes longer forms of a length', () => {
  expect(shape('048101AA')).toEqual([[4, 'aa', 0, 4]]);
  expect(shape('0484000000 01AA')).toEqual([[4, 'aa', 0, 7]]);
});

test('padding of card files ends the objects only where it is expected', () => {
  expect(shape('0401AAFFFF', { padding: true })).toEqual([[4, 'aa', 0, 3]]);
  expect(shape('0401AA0000', { padding: true })).toEqual([[4, 'aa', 0, 3]]);
  expect(() => shape('0401AAFFFF')).toThrow(expect.objectContaining({ code: 'DATA_TLV' }));
});

test.each([
  ['0402AA', 0, 'announces 2 octets where 1 are left'],
  ['0401AA04', 3, 'length cut off'],
  ['5F', 0, 'tag cut off'],
  ['1F81818101', 0, 'tag longer than three octets'],
  ['0480AA0000', 0, 'indefinite length'],
  ['04850000000001AA', 0, 'length longer than four octets'],
  ['0484FFFFFFFFAA', 0, 'announces 4294967295 octets'],
  ['0482FF', 0, 'length cut off'],
])('%s breaks at octet %d: %s', (hex, offset, why) => {
  expect(() => shape(hex)).toThrow(
    expect.objectContaining({ code: 'DATA_TLV', details: { offset }, message: expect.stringContaining(why) }),
  );
});

test('looking for an object', () => {
  const tlvs = decodeTlvs(fromHex('4F01AA5F200051015F'));
  expect(findTlv(tlvs, 0x51)?.offset).toBe(6);
  expect(findTlv(tlvs, 0x50)).toBeUndefined();
  expect(requireTlv(tlvs, 0x4f, 'EF(DIR) record 1').offset).toBe(0);
  expect(() => requireTlv(tlvs, 0x50, 'EF(DIR) record 1')).toThrow(
    'EF(DIR) record 1: tag 50 is missing (present: 4F 5F20 51)',
  );
});

test('what is written is read back', () => {
  const tag = fc.constantFrom(0x04, 0x30, 0x61, 0x80, 0xa1, 0x5f20, 0x7f8141);
  fc.assert(
    fc.property(fc.array(fc.tuple(tag, fc.uint8Array({ maxLength: 300 }))), (objects) => {
      const bytes = Buffer.concat(objects.map(([t, value]) => encodeTlv(t, value)));
      const read = decodeTlvs(Uint8Array.from(bytes));
      return (
        read.length === objects.length &&
        read.every((tlv, i) => tlv.tag === objects[i]![0] && equal(tlv.value, objects[i]![1]))
      );
    }),
  );
});

test('damaged input', () => {
  const seeds = ['61144F0CA000000063504B43532D313551043F007F50', '5F2002AABB0481010082', '7F81410104'].map(
    fromHex,
  );
  expect(fuzz((bytes) => decodeTlvs(bytes), seeds).refused).toBeGreaterThan(10_000);
  expect(fuzz((bytes) => decodeTlvs(bytes, { padding: true }), seeds).accepted).toBeGreaterThan(1000);
});
