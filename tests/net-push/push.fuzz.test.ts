/** 100,000 damaged inputs each: WSP, short messages and their assembly, data of FCM. */
import { encodeUtf8, fromHex } from '../../src/bytes/index.js';
import {
  addSms,
  decodeSms,
  decodeWspPush,
  EMPTY_SMS_ASSEMBLY,
  encodeSmsDeliver,
  encodeSmsSubmit,
  encodeWspPush,
  notificationOfFcm,
} from '../../src/net/push/index.js';
import { fuzz } from '../support/fuzz.js';

const notification = fromHex('20806000');
const push = encodeWspPush(notification);
const messages = [
  ...encodeSmsSubmit(push, { destination: '+41791234567' }),
  ...encodeSmsDeliver(push, { originator: '12345', timestamp: new Date(0) }),
  ...encodeSmsSubmit(new Uint8Array(300), { destination: '1', reference: 7 }),
];

test.each<[string, (bytes: Uint8Array) => unknown, Uint8Array[]]>([
  [
    'WSP',
    decodeWspPush,
    [push, encodeWspPush(notification, { textual: true }), fromHex('01060a03d881ea8e027788af87b42000')],
  ],
  ['a short message', decodeSms, messages],
  [
    'data of FCM',
    (bytes) => notificationOfFcm({ SMS: Buffer.from(bytes).toString('latin1') }),
    [encodeUtf8('IIBgAA==')],
  ],
])('%s', (_, decode, seeds) => {
  const { accepted, refused } = fuzz(decode, seeds);
  expect(accepted + refused).toBe(100_000);
  expect(Math.min(accepted, refused)).toBeGreaterThan(0);
});

test('the assembly stays small whatever comes', () => {
  let assembly = EMPTY_SMS_ASSEMBLY;
  let most = 0;
  let now = 0;
  fuzz((bytes) => {
    now += 1000;
    assembly = addSms(assembly, decodeSms(bytes), { now: new Date(now) }).assembly;
    most = Math.max(most, assembly.pending.length);
  }, messages);
  expect(most).toBeLessThanOrEqual(16);
});
