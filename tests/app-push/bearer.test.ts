import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { PUSH_INFO_MEDIA_TYPE, parsePushTarget, pushBearer } from '../../src/app/index.js';
import { concat, toHex } from '../../src/bytes/index.js';
import { addSms, decodeSms, decodeWspMessage, EMPTY_SMS_ASSEMBLY } from '../../src/net/index.js';

const parts = { pushInfo: new Uint8Array(80).fill(1), message: new Uint8Array(600).fill(2) };
const signal = new AbortController().signal;

test('addresses', () => {
  expect(parsePushTarget('udp:dm-device.example:2949')).toEqual({
    bearer: 'udp',
    host: 'dm-device.example',
    port: 2949,
  });
  expect(parsePushTarget('udp:[2001:db8::1]')).toEqual({ bearer: 'udp', host: '2001:db8::1', port: 2948 });
  expect(parsePushTarget('sms:+491700000001')).toEqual({ bearer: 'sms', number: '+491700000001' });
  for (const wrong of ['', 'udp:', 'udp:a:99999', 'sms:abc', 'tcp:a', 'udp:a b'])
    expect(() => parsePushTarget(wrong)).toThrow('is not udp:HOST');
});

test('over UDP: push information, then the message, each a datagram', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const came: Uint8Array[] = [];
  const both = new Promise<void>((done) => {
    socket.on('message', (octets) => {
      came.push(Uint8Array.from(octets));
      if (came.length === 2) done();
    });
  });
  await pushBearer()(`udp:127.0.0.1:${socket.address().port}`, parts, signal);
  await both;
  socket.close();
  const [first, second] = came.map(decodeWspMessage);
  expect(first).toMatchObject({ mediaType: PUSH_INFO_MEDIA_TYPE, body: parts.pushInfo });
  expect(second).toMatchObject({
    mediaType: 'application/octet-stream',
    parameters: { sec: '3GPP_GBA' },
    body: parts.message,
  });
});

test('a message that no datagram carries is refused with the numbers', async () => {
  const large = { ...parts, message: new Uint8Array(1300) };
  await expect(pushBearer()('udp:127.0.0.1:9', large, signal)).rejects.toMatchObject({
    code: 'DATA_PUSH',
    message: 'the push has 1345 octets, more than 1200',
  });
});

test('in short messages: segmented, and whole again', async () => {
  const sent: { number: string; tpdus: readonly Uint8Array[] }[] = [];
  const sms = async (number: string, tpdus: readonly Uint8Array[]) => void sent.push({ number, tpdus });
  await pushBearer({ sms })('sms:+491700000001', parts, signal);
  expect(sent.map(({ tpdus }) => tpdus.length)).toEqual([1, 6]);
  let assembly = EMPTY_SMS_ASSEMBLY;
  const whole: string[] = [];
  for (const tpdu of sent.flatMap(({ tpdus }) => tpdus)) {
    const taken = addSms(assembly, decodeSms(tpdu), { now: new Date(0) });
    assembly = taken.assembly;
    if (taken.push !== undefined) whole.push(toHex(decodeWspMessage(taken.push).body));
  }
  expect(whole).toEqual([parts.pushInfo, parts.message].map(toHex));
  expect(concat(...sent[1]!.tpdus).length).toBeGreaterThan(600);
  await expect(pushBearer()('sms:+491700000001', parts, signal)).rejects.toMatchObject({
    code: 'NETWORK_UNREACHABLE',
  });
});
