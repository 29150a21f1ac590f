import { decodeTlvs, encodeTlv, fromHex, toHex } from '../../src/bytes/index.js';

test('one level of BER-TLV with offsets', () => {
  const tlvs = decodeTlvs(fromHex('61144F0CA000000063504B43532D313551043F007F50'));
  expect(tlvs.map((t) => [t.tag, t.offset, t.end])).toEqual([[0x61, 0, 22]]);
  expect(toHex(encodeTlv(0x51, fromHex('3F007F50')))).toBe('51043f007f50');
});
