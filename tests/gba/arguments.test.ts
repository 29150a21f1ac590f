import { encodeUtf8, toHex } from '../../src/bytes/index.js';
import { dmKeys, impiFromImsi, kdfInput, kdfText, ks, ksExtNaf, nafId } from '../../src/gba/index.js';

const octets = (length: number) => new Uint8Array(length);

test('texts are normalized before they become octets', () => {
  expect(kdfText('ﬁ①')).toEqual(encodeUtf8('fi1'));
});

test('the IMPI of a subscriber without ISIM has an MNC of three digits', () => {
  expect(impiFromImsi('310410123456789', 3)).toBe('310410123456789@ims.mnc410.mcc310.3gppnetwork.org');
  expect(impiFromImsi('262011234567890', 2)).toBe('262011234567890@ims.mnc001.mcc262.3gppnetwork.org');
  expect(() => impiFromImsi('26201x', 2)).toThrow(expect.objectContaining({ code: 'DATA_DIGITS' }));
});

test('lengths go in as two octets, most significant first, up to 65535', () => {
  expect(toHex(kdfInput(0xff, [octets(0), octets(258)])).endsWith('0102')).toBe(true);
  expect(toHex(kdfInput(0xff, [octets(0)]))).toBe('ff0000');
  expect(kdfInput(1, [octets(65535)])).toHaveLength(65538);
  expect(() => kdfInput(1, [octets(0), octets(65536)])).toThrow('P1 has more than 65535 octets');
  expect(() => kdfInput(256, [])).toThrow('FC is one octet');
});

test('what cannot be right is refused', () => {
  expect(() => nafId('dm.example.com', octets(4))).toThrow('has five octets, not 4');
  expect(() => nafId('dm example', octets(5))).toThrow('not a host name');
  expect(() => nafId('', octets(5))).toThrow('not a host name');
  expect(() => ks(octets(32), octets(16))).toThrow('CK and IK of 16 octets');
  const input = { ks: octets(32), rand: octets(16), impi: 'a@b', nafId: octets(6) };
  expect(() => ksExtNaf({ ...input, ks: octets(16) })).toThrow('Ks has 32 octets, not 16');
  expect(() => ksExtNaf({ ...input, rand: octets(15) })).toThrow('RAND has 16 octets, not 15');
  expect(() => dmKeys(octets(16))).toThrow('the key of a NAF has 32 octets, not 16');
});
