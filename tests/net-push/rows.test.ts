/**
 * Rows of Appendix E: notifications by hand to the device, those of the server octet by octet, and what answers them.
 * Pushes over UDP and short messages of the server are judged by Wireshark too (`tshark.pcsc.test.ts`).
 */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { addAddress, type NotificationSender, notificationSender } from '../../src/app/index.js';
import { encodeUtf8, fromHex, toHex } from '../../src/bytes/index.js';
import type { ClientRequest } from '../../src/net/http/index.js';
import { FcmSender, notificationOfFcm } from '../../src/net/push/index.js';
import {
  commandsOf,
  INITIATION,
  key,
  pskAccount,
  Raw,
  type TestServer,
  testServer,
} from '../app-server/raw.js';
import { device, HOME, text } from '../dm-client/device.js';
import { row } from '../support/conformance.js';

const DEV = 'IMEI:493005100592800';
const ALERT = (id: number) =>
  `{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt","DataType":"application/json","Data":{"NOTIFICATION-ID":${id}}}]}`;

describe('the device', () => {
  const received = (bytes: Uint8Array, transport: string) => {
    const it = device();
    it.feed({ type: 'notification', transport, bytes });
    return [it.request().request.url, text(it.request())];
  };

  row(
    'B.1.6 DM-MEC-005-C-O',
    'received',
    'the key SMS of a push message, base64 (E.2.4), opens a session',
    () => {
      const data = JSON.parse('{"from":"1","SMS":"IIAwAgAH"}') as Record<string, unknown>;
      expect(received(notificationOfFcm(data), 'fcm')).toEqual([HOME, ALERT(7)]);
    },
  );

  row(
    'B.1.6 DM-MEC-006-C-O',
    'received',
    'extension point, test plug-in: a notification by carrier pigeon',
    () => {
      expect(received(fromHex('2080 3002 0007'), 'test plug-in: pigeon')).toEqual([HOME, ALERT(7)]);
    },
  );

  row('B.1.6 DM-MEC-006-C-O', 'sent', 'extension point, test plug-in: damaged on the way, no session', () => {
    const it = device();
    it.feed({ type: 'notification', transport: 'test plug-in: pigeon', bytes: fromHex('2080 3002 00') });
    expect([it.of('http'), it.notes()]).toEqual([[], ['NOTIFICATION_MALFORMED']]);
    it.feed({ type: 'notification', transport: 'test plug-in: pigeon', bytes: fromHex('2080 3002 0008') });
    expect(text(it.request())).toBe(ALERT(8));
  });
});

/** SERVER-ID first, then NOTIFICATION-ID, TIMESTAMP and REQ-MOS: what a server without secret for the device sends. */
const NOTIFICATION = (serverId: string, id: number) =>
  new RegExp(
    `^22001${serverId.length.toString(16).padStart(3, '0')}${toHex(encodeUtf8(serverId))}2002${id.toString(16).padStart(4, '0')}2004[0-9a-f]{8}1000$`,
  );

describe('the server', () => {
  let server: TestServer | undefined;
  let raw: Raw | undefined;
  afterEach(async () => {
    raw?.close();
    await server?.stop();
  });

  /** A server that notifies the device once; gives the octets that its sender took. */
  async function notifying(
    sender: (take: (bytes: Uint8Array) => void) => NotificationSender,
  ): Promise<string[]> {
    const taken: string[] = [];
    server = await testServer({
      send: sender((bytes) => taken.push(toHex(bytes))),
      policy: { srvId: 'dms1' },
    });
    await server.store.putAccount(pskAccount('a'));
    await addAddress(server.store, DEV, { transport: 'gcm', regId: 'APA91b:x' }, 1);
    await server.notify(DEV);
    return taken;
  }

  /** Package#1 by hand, as the answer to the notification; the session as the server knows it then. */
  async function answered(id: number) {
    raw = await Raw.psk(server!.port, 'a', key('a'));
    const answer = await raw.post(DEV, INITIATION, ALERT(id));
    expect(commandsOf(answer)).toEqual([['END']]);
    return (await server!.store.load(DEV)).notifications;
  }

  const pigeon =
    (take: (bytes: Uint8Array) => void): NotificationSender =>
    async (_, bytes) =>
      take(bytes);

  row(
    'B.2.6 DM-MEC-005-C-O',
    'sent',
    'extension point, test plug-in: the sender gets Package#0',
    async () => {
      const [hex, ...more] = await notifying(pigeon);
      expect(more).toEqual([]);
      expect(hex).toMatch(NOTIFICATION('dms1', 0));
    },
  );

  row(
    'B.2.6 DM-MEC-005-C-O',
    'received',
    'extension point, test plug-in: the session that answers',
    async () => {
      await notifying(pigeon);
      expect(await answered(0)).toEqual([]);
    },
  );

  row('B.2.6 DM-MEC-004-S-M', 'sent', 'one datagram: 01 06 03 D8 AF 87 and Package#0', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const arrived = once(socket, 'message');
    server = await testServer({ send: notificationSender(), policy: { srvId: 'dms1' } });
    await server.store.putAccount(pskAccount('a'));
    const { port } = socket.address();
    await addAddress(server.store, DEV, { transport: 'wap-push-udp', host: '127.0.0.1', port }, 1);
    await server.notify(DEV);
    const hex = toHex((await arrived)[0] as Uint8Array);
    socket.close();
    expect(hex.slice(0, 12)).toBe('010603d8af87');
    expect(hex.slice(12)).toMatch(NOTIFICATION('dms1', 0));
  });

  row('B.2.6 DM-MEC-004-S-M', 'received', 'the session that answers a push', async () => {
    await notifying(pigeon);
    expect(await answered(1)).toHaveLength(1);
    expect(await answered(0)).toEqual([]);
  });

  row(
    'B.2.6 DM-MEC-004-S-O',
    'sent',
    'one message to the registered RegId, Package#0 in base64 under SMS',
    async () => {
      const requests: ClientRequest[] = [];
      const fcm = new FcmSender({
        projectId: 'demo',
        authorization: { token: async () => 'given' },
        clock: () => new Date(0),
        http: async (request) => {
          requests.push(request);
          return { status: 200, headers: {}, body: encodeUtf8('{"name":"m"}'), url: request.url };
        },
      });
      await notifying(() => notificationSender({ fcm }));
      expect(requests).toMatchObject([
        {
          method: 'POST',
          url: 'https://fcm.googleapis.com/v1/projects/demo/messages:send',
          headers: { authorization: 'Bearer given' },
        },
      ]);
      const match = /^\{"message":\{"token":"APA91b:x","data":\{"SMS":"([A-Za-z0-9+/=]+)"\}\}\}$/.exec(
        Buffer.from(requests[0]!.body!).toString(),
      );
      expect(Buffer.from(match![1]!, 'base64').toString('hex')).toMatch(NOTIFICATION('dms1', 0));
    },
  );

  row(
    'B.2.6 DM-MEC-004-S-O',
    'received',
    'a registration by hand: RegId and parameters as a form',
    async () => {
      server = await testServer();
      await server.store.putAccount(pskAccount('a'));
      raw = await Raw.psk(server.port, 'a', key('a'));
      await raw.post(DEV, INITIATION, ALERT(0));
      const body = 'RegId=APA91b%3Ay&tenant=7';
      const answer = await raw.say(
        `POST /push/gcm/register HTTP/1.1\r\nHost: x\r\nOMADM-DevID: ${DEV}\r\n` +
          `Content-Type: application/x-www-form-urlencoded;charset=UTF-8\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      expect(answer.status).toBeLessThan(300);
      expect((await server.store.device(DEV))!.addresses).toEqual([{ transport: 'gcm', regId: 'APA91b:y' }]);
    },
  );
});
