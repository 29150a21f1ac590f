/** Pushes over UDP: a plain socket of Node is the other end. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fromHex, toHex } from '../../src/bytes/index.js';
import type { SimbootError } from '../../src/errors/index.js';
import { receiveUdpPush, sendUdpPush, type UdpSender, type WspPush } from '../../src/net/push/index.js';

const PUSH = fromHex('010603d8af8720806000');

async function datagrams(port: number, ...octets: Uint8Array[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const one of octets) await new Promise((done) => socket.send(one, port, '127.0.0.1', done));
  socket.close();
}

/** A listener that collects; `received` gives what came once `count` datagrams were judged. */
async function listener(options: { maxOctets?: number; signal?: AbortSignal } = {}) {
  const pushes: [WspPush, UdpSender][] = [];
  const refused: SimbootError[] = [];
  let changed = () => {};
  const receiver = await receiveUdpPush({
    host: '127.0.0.1',
    port: 0,
    ...options,
    onPush: (push, from) => {
      pushes.push([push, from]);
      changed();
    },
    onRefused: (error) => {
      refused.push(error);
      changed();
    },
  });
  const received = (count: number) =>
    new Promise<void>((done) => {
      changed = () => pushes.length + refused.length >= count && done();
      changed();
    });
  return { receiver, pushes, refused, received };
}

test('a datagram goes to the port as it is', async () => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const arrived = once(socket, 'message');
  await sendUdpPush(PUSH, { host: '127.0.0.1', port: socket.address().port });
  expect(toHex((await arrived)[0] as Uint8Array)).toBe(toHex(PUSH));
  socket.close();
});

test('pushes are received, with who sent them; all else is refused and the listener goes on', async () => {
  const { receiver, pushes, refused, received } = await listener();
  await datagrams(receiver.port, fromHex('010603c4af87'), new Uint8Array(0), PUSH);
  await received(3);
  await receiver.close();
  expect(pushes.map(([push]) => push)).toEqual([{ tid: 1, notification: fromHex('20806000') }]);
  expect(pushes[0]![1]).toMatchObject({ address: '127.0.0.1', port: expect.any(Number) });
  expect(refused.map(({ code }) => code)).toEqual(['DATA_PUSH', 'DATA_PUSH']);
});

test('a datagram longer than the limit is refused', async () => {
  const { receiver, refused, received } = await listener({ maxOctets: 9 });
  await datagrams(receiver.port, PUSH);
  await received(1);
  await receiver.close();
  expect(refused.map(({ code }) => code)).toEqual(['DATA_LIMIT']);
});

test('a signal ends the listener, and the port is free again', async () => {
  const controller = new AbortController();
  const { receiver } = await listener({ signal: controller.signal });
  controller.abort();
  await receiver.close();
  const again = createSocket('udp4');
  again.bind(receiver.port, '127.0.0.1');
  await once(again, 'listening');
  again.close();
});

test('a port in use is told', async () => {
  const { receiver } = await listener();
  const second = receiveUdpPush({ host: '127.0.0.1', port: receiver.port, onPush: () => {} });
  await expect(second).rejects.toMatchObject({ code: 'NETWORK_LISTEN', message: /EADDRINUSE/ });
  await receiver.close();
});

test('what cannot be sent is told: a name that is unknown, too many octets, a signal', async () => {
  await expect(sendUdpPush(PUSH, { host: 'nowhere.invalid', port: 9 })).rejects.toMatchObject({
    code: 'NETWORK_UNREACHABLE',
  });
  await expect(sendUdpPush(new Uint8Array(1201), { host: '127.0.0.1' })).rejects.toMatchObject({
    code: 'DATA_PUSH',
  });
  const signal = AbortSignal.abort();
  await expect(sendUdpPush(PUSH, { host: '127.0.0.1', signal })).rejects.toMatchObject({
    code: 'NETWORK_ABORTED',
  });
  await expect(receiveUdpPush({ port: 0, signal, onPush: () => {} })).rejects.toMatchObject({
    code: 'NETWORK_ABORTED',
  });
});
