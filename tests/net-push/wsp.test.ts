/** Connectionless push (E.1): what is written, what is read, what is refused. */
import { encodeUtf8, fromHex, toHex } from '../../src/bytes/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { decodeWspPush, encodeWspPush } from '../../src/net/push/index.js';

const hexOf = (text: string) => toHex(encodeUtf8(text));
const TYPE = `${hexOf('application/vnd.syncml.dm.notification')}00`;
const APPLICATION = `${hexOf('x-wap-application:syncml.dm')}00`;
const failure = (act: () => unknown): SimbootError => {
  try {
    act();
  } catch (error) {
    if (error instanceof SimbootError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};
/** A push with this header, whose length is put before it. */
const pushOf = (header: string) => {
  const octets = header.replace(/\s/g, '').length / 2;
  return fromHex(`01 06 ${octets.toString(16).padStart(2, '0')} ${header} 20806000`);
};

describe('what is written', () => {
  test('numbers: 01 06 03 D8 AF 87', () => {
    expect(toHex(encodeWspPush(fromHex('20806000')))).toBe('010603d8af8720806000');
    expect(toHex(encodeWspPush(fromHex('2000'), { tid: 255 }))).toBe('ff0603d8af872000');
  });

  test('names: 41 octets of header', () => {
    expect(toHex(encodeWspPush(fromHex('2000'), { textual: true }))).toBe(`010629${TYPE}af872000`);
  });

  test('48 octets of header at most, further fields included', () => {
    const fields = (octets: number) => ({ headers: fromHex(`8c${'41'.repeat(octets - 2)}00`) });
    expect(toHex(encodeWspPush(fromHex('2000'), fields(45))).slice(0, 16)).toBe('010630d8af878c41');
    expect(failure(() => encodeWspPush(fromHex('2000'), fields(46))).code).toBe('DATA_PUSH');
    expect(failure(() => encodeWspPush(fromHex('2000'), { ...fields(8), textual: true })).code).toBe(
      'DATA_PUSH',
    );
  });

  test.each([-1, 256, 0.5])('transaction identifier %d is refused', (tid) => {
    expect(failure(() => encodeWspPush(fromHex('2000'), { tid })).code).toBe('DATA_PUSH');
  });
});

describe('what is read', () => {
  test.each([
    ['numbers', 'D8 AF87'],
    ['numbers with a length before them', '01D8 AF0107'],
    ['a content type with parameters', '03D8 81EA AF87'],
    ['a content type of two octets in its general form', '02 0158 AF87'],
    ['a length of its own octet', '1F01D8 AF87'],
    ['names', `${TYPE} AF ${APPLICATION}`],
    ['names in upper case', `${hexOf('APPLICATION/VND.SYNCML.DM.NOTIFICATION')}00 AF87`],
    ['the header field by its name', `D8 ${hexOf('X-Wap-Application-Id')}00 ${APPLICATION}`],
    ['fields before and after', 'D8 8CAA 8D4100 8E027788 AF87 B4 87'],
    ['text with a quote', `D8 ${hexOf('X-a')}00 7FE900 AF87`],
    ['shifts of the code page', 'D8 7F01 01 AF87'],
    ['the same application twice', 'D8 AF87 AF87'],
  ])('%s', (_, header) => {
    expect(decodeWspPush(pushOf(header))).toEqual({ tid: 1, notification: fromHex('20806000') });
  });

  test('a header length of two octets', () => {
    const long = `${hexOf('X-a')}00${'41'.repeat(130)}00`;
    const bytes = fromHex(`01 06 810a D8 AF87 ${long} 2000`);
    expect(toHex(decodeWspPush(bytes).notification)).toBe('2000');
  });

  test('a push without a notification: the next layer says so', () => {
    expect(decodeWspPush(fromHex('010603d8af87')).notification).toHaveLength(0);
  });
});

describe('what is refused', () => {
  test.each([
    ['0x44 is told as DM 1.x', pushOf('C4 AF87'), /DM 1\.x.*0x44.*0x58/],
    ['the name of DM 1.x', pushOf(`${hexOf('application/vnd.syncml.notification')}00 AF87`), /DM 1\.x/],
    ['another content type', pushOf('AE AF82'), /content type is not/],
    ['another application', pushOf('D8 AF82'), /another application/],
    ['a second, other application', pushOf('D8 AF87 AF82'), /another application/],
    ['an application in a field of two octets', pushOf('D8 AF020007'), /another application/],
    ['no application', pushOf('D8 8CAA'), /names no application/],
    ['another PDU', fromHex('010403d8af872000'), /PDU type 4 is not a push \(octet 2\)/],
    ['nothing', fromHex(''), /identifier is missing/],
    ['a header longer than the datagram', fromHex('010604d8af87'), /longer than what is left/],
    ['a header cut in a value', fromHex('010602d8af87'), /header field is missing/],
    ['text without end', fromHex(`010605${TYPE.slice(0, 10)}2000`), /missing/],
    ['a length of six octets', fromHex('0106808080808000d8af87'), /more than five octets/],
  ])('%s', (_, bytes, message) => {
    const error = failure(() => decodeWspPush(bytes));
    expect([error.code, typeof error.details.offset]).toEqual(['DATA_PUSH', 'number']);
    expect(error.message).toMatch(message);
  });
});
