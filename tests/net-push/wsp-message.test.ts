/** Pushes of any content, octets by hand (WAP-230 §8.2.4.1, §8.4.2.24). */
import { fromHex, toHex } from '../../src/bytes/index.js';
import {
  decodeWspMessage,
  encodeWspMessage,
  receiveUdpPush,
  sendUdpPush,
  type WspMessage,
} from '../../src/net/index.js';

const BODY = fromHex('444d4742');
const TYPE = Buffer.from('application/octet-stream').toString('hex');

test('a media type with a parameter: length with its quote, text, application 0x07', () => {
  const value = `${TYPE}00 534543 00 334750505f474241 00`;
  const octets = fromHex(value).length;
  expect(octets).toBe(38);
  const bytes = fromHex(`02 06 2a 1f26 ${value} af87 444d4742`);
  expect(toHex(encodeWspMessage('application/octet-stream; SEC=3GPP_GBA', BODY, 2))).toBe(toHex(bytes));
  expect(decodeWspMessage(bytes)).toEqual({
    tid: 2,
    mediaType: 'application/octet-stream',
    parameters: { sec: '3GPP_GBA' },
    body: BODY,
  });
});

test('a media type alone, as text or as a number', () => {
  const bytes = fromHex(`01 06 06 612f6200 af87 444d4742`);
  expect(toHex(encodeWspMessage('a/b', BODY))).toBe(toHex(bytes));
  expect(decodeWspMessage(bytes)).toEqual({ tid: 1, mediaType: 'a/b', parameters: {}, body: BODY });
  expect(decodeWspMessage(fromHex('01 06 03 d8 af87 2000')).mediaType).toBe('0x58');
});

test('refused: a header of more than 48 octets, blanks in a name, other PDUs, cut headers', () => {
  expect(() => encodeWspMessage(`application/${'x'.repeat(40)}`, BODY)).toThrow(
    'the header has 55 octets, more than 48',
  );
  expect(() => encodeWspMessage('a b/c', BODY)).toThrow('not visible ASCII');
  for (const hex of ['01 07 00', '01 06 20 612f', '01 06', '01', '', '01 06 03 05612f'])
    expect(() => decodeWspMessage(fromHex(hex))).toThrow(expect.objectContaining({ code: 'DATA_PUSH' }));
});

test('a parameter that is named like a prototype is a name like others', () => {
  const value = Buffer.from('a/b\0__proto__\0x\0').toString('hex');
  const decoded = decodeWspMessage(fromHex(`01 06 13 10 ${value} af 87`));
  expect(Object.keys(decoded.parameters)).toEqual(['__proto__']);
  expect(({} as { x?: string }).x).toBeUndefined();
});

test('a listener gives notifications to one, other pushes to the other', async () => {
  const messages: WspMessage[] = [];
  const notifications: string[] = [];
  const refused: string[] = [];
  let count = 0;
  let seen: () => void = () => undefined;
  const three = new Promise<void>((done) => {
    seen = () => {
      count++;
      if (count === 3) done();
    };
  });
  const listener = await receiveUdpPush({
    host: '127.0.0.1',
    port: 0,
    onPush: ({ notification }) => {
      notifications.push(toHex(notification));
      seen();
    },
    onMessage: (message) => {
      messages.push(message);
      seen();
    },
    onRefused: ({ code }) => {
      refused.push(code);
      seen();
    },
  });
  const target = { host: '127.0.0.1', port: listener.port };
  for (const push of [encodeWspMessage('a/b', BODY), fromHex('010603d8af8720806000'), fromHex('0107')])
    await sendUdpPush(push, target);
  await three;
  await listener.close();
  expect(messages.map(({ mediaType }) => mediaType)).toEqual(['a/b']);
  expect(notifications).toEqual(['20806000']);
  expect(refused).toEqual(['DATA_PUSH']);
});
