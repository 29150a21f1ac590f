/** The client of a service centre against a stand-in of the package smpp, PDU by PDU. */
import type { AddressInfo } from 'node:net';
import { toHex } from '../../src/bytes/index.js';
import { addSms, decodeSms, EMPTY_SMS_ASSEMBLY, encodeSmsSubmit, SmscClient } from '../../src/net/index.js';

// biome-ignore lint/suspicious/noExplicitAny: the package brings no types
const smpp = require('smpp') as any;

interface Submitted {
  readonly destination_addr: string;
  readonly dest_addr_ton: number;
  readonly esm_class: number;
  readonly data_coding: number;
  readonly registered_delivery: number;
  readonly source_addr: string;
  readonly short_message: { message: Buffer; udh?: Buffer[] };
}

// biome-ignore lint/suspicious/noExplicitAny: as above
type Pdu = any;

/** @param judge what the centre does with a message: command_status, or undefined for no answer */
async function centre(judge: (count: number) => number | undefined = () => 0) {
  const submitted: Submitted[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const sessions: any[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const server = smpp.createServer((session: any) => {
    sessions.push(session);
    session.on('error', () => undefined);
    session.on('bind_transceiver', (pdu: Pdu) =>
      session.send(pdu.response({ command_status: pdu.password === 'secret' ? 0 : 0x0e })),
    );
    session.on('submit_sm', (pdu: Pdu) => {
      submitted.push(pdu);
      const status = judge(submitted.length);
      if (status !== undefined)
        session.send(pdu.response({ command_status: status, message_id: `m${submitted.length}` }));
    });
    session.on('unbind', (pdu: Pdu) => {
      session.send(pdu.response());
      session.close();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    submitted,
    url: `smpp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    receipt: (message_id: string, message_state = 2) =>
      sessions[0].deliver_sm({
        esm_class: 4,
        receipted_message_id: message_id,
        message_state,
        short_message: '',
      }),
    drop: () => sessions[0].destroy(),
    close: async () => {
      for (const session of sessions) session.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

const signal = new AbortController().signal;
const options = (url: string) => ({ url, systemId: 'simboot', password: 'secret', timeoutMs: 500 });
const NUMBER = '+491700000001';

test('a long push: several messages with headers, whole again at the device', async () => {
  const one = await centre();
  const client = await SmscClient.connect({ ...options(one.url), source: 'Operator' });
  const push = Uint8Array.from({ length: 300 }, (_, at) => at & 0xff);
  await client.send(NUMBER, encodeSmsSubmit(push, { destination: NUMBER, reference: 7 }), signal);
  await client.close();
  expect(one.submitted).toHaveLength(3);
  let assembly = EMPTY_SMS_ASSEMBLY;
  let whole: Uint8Array | undefined;
  for (const pdu of one.submitted) {
    expect(pdu).toMatchObject({
      destination_addr: '491700000001',
      dest_addr_ton: 1,
      esm_class: 0x40,
      data_coding: 4,
      registered_delivery: 1,
      source_addr: 'Operator',
    });
    const header = Buffer.concat((pdu.short_message.udh ?? []).map((each) => Buffer.from(each)));
    // 0B 00 03 07 03 n 05 04 0B84 23F0: part n of 3 of message 7, for port 2948
    expect(header.toString('hex')).toMatch(/^000307030[123]05040b8423f0$/);
    const tpdu = Buffer.concat([
      Buffer.from('41000c91947100000010', 'hex'),
      Buffer.from([0, 4, header.length + 1 + pdu.short_message.message.length, header.length]),
      header,
      pdu.short_message.message,
    ]);
    const taken = addSms(assembly, decodeSms(Uint8Array.from(tpdu)), { now: new Date(0) });
    assembly = taken.assembly;
    whole = taken.push ?? whole;
  }
  expect(toHex(whole!)).toBe(toHex(push));
  await one.close();
});

test('delivered is told when every message of a push was', async () => {
  const one = await centre();
  const told: string[] = [];
  const client = await SmscClient.connect({
    ...options(one.url),
    onDelivered: (number) => told.push(number),
  });
  await client.send(NUMBER, encodeSmsSubmit(new Uint8Array(200), { destination: NUMBER }), signal);
  const settle = () => new Promise((done) => setTimeout(done, 50));
  one.receipt('m1');
  one.receipt('unknown');
  one.receipt('m2', 5);
  await settle();
  expect(told).toEqual([]);
  one.receipt('m2');
  await settle();
  expect(told).toEqual([NUMBER]);
  await client.close();
  await one.close();
});

test('a refused bind, a refused message, an answer that does not come, a connection that ends', async () => {
  const one = await centre((count) => [0x58, undefined][count - 1]);
  await expect(SmscClient.connect({ ...options(one.url), password: 'no' })).rejects.toMatchObject({
    code: 'NETWORK_AUTHENTICATION',
    details: { status: 14 },
  });
  const client = await SmscClient.connect(options(one.url));
  const send = () =>
    client.send(NUMBER, encodeSmsSubmit(new Uint8Array(10), { destination: NUMBER }), signal);
  await expect(send()).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE', details: { status: 0x58 } });
  await expect(send()).rejects.toMatchObject({ code: 'NETWORK_TIMEOUT' });
  await one.close();
  await new Promise((done) => setTimeout(done, 50));
  await expect(send()).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE' });
  await client.close();
  await expect(SmscClient.connect(options(one.url))).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE' });
});

test('addresses and senders that are none', async () => {
  for (const url of ['http://a', 'smpp://', 'smpp://a/b'])
    await expect(SmscClient.connect(options(url))).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
  const one = await centre();
  const client = await SmscClient.connect({ ...options(one.url), source: 'a name that is too long' });
  await expect(
    client.send(NUMBER, encodeSmsSubmit(new Uint8Array(10), { destination: NUMBER }), signal),
  ).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
  await client.close();
  await one.close();
});
