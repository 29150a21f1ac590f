/**
 * Rows of Package#0: what the client sends on a notification written by hand, what the server sends as one, and what
 * the server takes from the Package#1 that answers it. The client's other direction is in tests/dm-client.
 */
import { createHash } from 'node:crypto';
import { concat, decodeUtf8, encodeUtf8, fromHex, toHex } from '../../src/bytes/index.js';
import {
  decodeNotification,
  encodeNotification,
  type NotificationFormat,
  verifyDigest,
} from '../../src/dm/notification/index.js';
import { DataError } from '../../src/errors/index.js';
import { accountJson, type Device, device, HOME, json, text } from '../dm-client/device.js';
import { p1, type TestServer, testServer } from '../dm-server/device.js';
import { row } from '../support/conformance.js';

const ALERT = (id?: number) =>
  `{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt"${
    id === undefined ? '' : `,"DataType":"application/json","Data":{"NOTIFICATION-ID":${id}}`
  }}]}`;

/** Feeds octets by hand to a device that is switched on. */
function notified(hex: string, it: Device = device()): Device {
  it.feed({ type: 'notification', transport: 'udp', bytes: fromHex(hex) });
  return it;
}
const sent = (it: Device) => [it.request().request.url, text(it.request())];

describe('the client', () => {
  row('B.1.1 DM-PACK-002-C-O', 'sent', 'Package#1 as HTTP POST, with the device identifier', () => {
    const { request } = notified('2000').request();
    expect([request.method, request.url, decodeUtf8(request.body!)]).toEqual(['POST', HOME, ALERT()]);
    expect(request.headers).toMatchObject({
      'content-type': 'application/vnd.oma.dm.initiation+json',
      accept: 'application/vnd.oma.dm.request+json',
      'omadm-devid': 'IMEI:493005100592800',
    });
  });

  row('B.1.1 DM-PACK-003-C-O', 'sent', 'version 2 is answered, versions 1 and 3 are not', () => {
    expect(sent(notified('2080 3002 0007'))).toEqual([HOME, ALERT(7)]);
    for (const other of ['1080 3002 0007', '3080 3002 0007']) expect(notified(other).of('http')).toEqual([]);
  });

  row('B.1.1 DM-PACK-004-C-O', 'sent', 'the count is five bits across two octets', () => {
    // 0010 00010 0000000: two options. 0010 11111 0000000: thirty-one, all but the first of no table.
    expect(sent(notified('2100 3002 0007 4001 AA'))).toEqual([HOME, ALERT(7)]);
    expect(sent(notified(`2F80 3002 0007 4000 ${'1000'.repeat(29)}`))).toEqual([HOME, ALERT(7)]);
  });

  row('B.1.1 DM-PACK-005-C-O', 'sent', 'Package#1 goes to the server that SERVER-ID names', () => {
    const it = device();
    const other = accountJson({ SrvID: 'TWO', SrvURI: 'https://two.example/dm' });
    it.feed({ type: 'bootstrap', origin: { kind: 'factory' }, bytes: json([other]) });
    it.package2('{"CMD":[["END"]]}');
    expect(sent(notified('2080 1003 54574F', it))[0]).toBe('https://two.example/dm');
  });

  row('B.1.1 DM-PACK-006-C-O', 'sent', 'over the connection that comes first and is there', () => {
    const it = device();
    it.feed({ type: 'connection-changed', available: ['cellular', 'wireline'] });
    expect(notified('2080 2004 02030100', it).request().connection).toBe('wireline');
  });

  row('B.1.1 DM-PACK-007-C-O', 'sent', 'NOTIFICATION-ID in the data of the alert, 16 bits', () => {
    expect(sent(notified('2080 3002 FFFE'))[1]).toBe(ALERT(65534));
    expect(sent(notified('2000'))[1]).toBe(ALERT());
  });

  row('B.1.1 DM-PACK-008-C-O', 'sent', 'Package#1 after a right digest only', () => {
    const message = (digest: string) => `2100 3002 0007 1020 ${digest}`;
    const digest = createHash('sha256')
      .update('secret')
      .update(fromHex(message('00'.repeat(32))))
      .update(fromHex('0102'))
      .digest('hex');
    expect(sent(notified(message(digest)))[1]).toBe(ALERT(7));
    expect(notified(message('00'.repeat(32))).of('http')).toEqual([]);
  });

  row('B.1.1 DM-PACK-009-C-O', 'sent', 'Package#1 for a time of now, in four octets and in eight', () => {
    for (const time of ['2004 69A42A40', '2008 0000000069A42A40']) {
      expect(sent(notified(`2100 3002 0007 ${time}`))[1]).toBe(ALERT(7));
    }
    expect(notified('2100 3002 0007 2004 00000001').of('http')).toEqual([]);
  });

  row('B.1.1 DM-PACK-010-C-O', 'sent', 'MOS where the notification asks for it, and only there', () => {
    const asked = JSON.parse(sent(notified('2080 6000'))[1]!) as { MOS?: { MOID: string; MIID: string[] }[] };
    expect(asked.MOS!.find(({ MOID }) => MOID === 'urn:oma:mo:oma-dm-devinfo:1.2')).toEqual({
      MOID: 'urn:oma:mo:oma-dm-devinfo:1.2',
      MIID: ['DevInfo'],
    });
    expect(JSON.parse(sent(notified('2000'))[1]!)).not.toHaveProperty('MOS');
  });

  row('B.1.3 DM-SER-001-C-M', 'received', 'header, deltas and lengths by hand', () => {
    const { version, serverId, connectionTypes, notificationId, timestamp, reqMos, others } =
      decodeNotification(fromHex('2300 1004 646D7331 1002 0200 1002 0102 2004 67748580 1000 E001 AA'));
    expect([version, serverId, connectionTypes, notificationId, timestamp, reqMos]).toEqual([
      2,
      'dms1',
      ['wlan', 'any'],
      258,
      1735689600,
      true,
    ]);
    expect(others).toEqual([{ number: 20, value: fromHex('AA') }]);
  });

  row(
    'B.1.3 DM-SER-001-C-M',
    'sent',
    'what the device does on the octets is Package#1 with their identifier',
    () => {
      expect(sent(notified('2100 1007 444D535F494431 2002 0102'))).toEqual([HOME, ALERT(258)]);
    },
  );
});

/** The octets that the server sends as its next notification. */
async function notification(server: TestServer, options?: object): Promise<string> {
  await server.step({ type: 'notify', ...(options === undefined ? {} : { options }) });
  const action = server.actions.find(({ type }) => type === 'notification');
  return toHex((action as { bytes: Uint8Array }).bytes);
}

/**
 * The server's notification by hand: SERVER-ID dms1, what stands before NOTIFICATION-ID 0, the digest with the secrets
 * of the account, TIMESTAMP of 2026-01-01, and what follows.
 */
function byHand(header: string, before: string, after: string): string {
  const delta = before === '' ? '2002' : '1002';
  const message = (digest: string) =>
    `${header}1004646d7331${before}${delta}00001020${digest}10046955b900${after}`;
  const digest = createHash('sha256')
    .update('noti secret')
    .update(fromHex(message('00'.repeat(32))))
    .update('nonce')
    .digest('hex');
  return message(digest);
}

/** A server that has an account for the device and knows its MOs. */
async function knowing(): Promise<TestServer> {
  const server = await testServer();
  await server.post(p1('{"MOS":[]}'));
  return server;
}

describe('the server', () => {
  row('B.2.1 DM-PACK-003-S-M', 'sent', 'VER is 2 in the first four bits', async () => {
    expect((await notification(await knowing())).slice(0, 1)).toBe('2');
  });

  row(
    'B.2.1 DM-PACK-004-S-M',
    'sent',
    'OC counts the options: 0010 00100 0000000, then 0010 00110 0000000',
    async () => {
      expect(await notification(await knowing())).toBe(byHand('2200', '', ''));
      const all = { connectionTypes: ['wlan', 'any'], reqMos: true };
      expect(await notification(await knowing(), all)).toBe(byHand('2300', '10020200', '1000'));
    },
  );

  row('B.2.1 DM-PACK-005-S-M', 'sent', 'SERVER-ID comes first: 1004 and dms1', async () => {
    expect((await notification(await knowing())).slice(4, 16)).toBe('1004646d7331');
  });

  row(
    'B.2.1 DM-PACK-006-S-M',
    'sent',
    'PREFERRED-CON-TYPE as asked for: cellular, wireline, any',
    async () => {
      const types = { connectionTypes: ['cellular', 'wireline', 'any'] };
      expect(await notification(await knowing(), types)).toBe(byHand('2280', '1003010300', ''));
    },
  );

  row('B.2.1 DM-PACK-009-S-M', 'sent', 'TIMESTAMP is the time in four octets, before REQ-MOS', async () => {
    expect(await notification(await knowing(), { reqMos: true })).toBe(byHand('2280', '', '1000'));
  });

  row('B.2.3 DM-SER-001-S-M', 'sent', 'all six options, octet by octet', async () => {
    const all = { connectionTypes: ['wlan', 'any'], reqMos: true };
    expect(await notification(await knowing(), all)).toBe(byHand('2300', '10020200', '1000'));
  });

  /** What the server knows of its notification after this Package#1. */
  const answered = async (body: string, options?: object) => {
    const server = await knowing();
    const hex = await notification(server, options);
    await server.post(p1(body));
    const { session, notifications } = await server.state();
    return { hex, origin: session?.origin, id: session?.notificationId, open: notifications.length };
  };

  for (const [id, title, options] of [
    ['B.2.1 DM-PACK-003-S-M', 'the Package#1 that answers version 2', undefined],
    ['B.2.1 DM-PACK-004-S-M', 'the Package#1 that answers a notification of four options', undefined],
    ['B.2.1 DM-PACK-005-S-M', 'the Package#1 that answers a notification with SERVER-ID', undefined],
    ['B.2.1 DM-PACK-006-S-M', 'the Package#1 over a preferred connection', { connectionTypes: ['wlan'] }],
    ['B.2.1 DM-PACK-007-S-M', 'NOTIFICATION-ID in the alert closes the notification', undefined],
    ['B.2.1 DM-PACK-008-S-M', 'the Package#1 that answers a notification with digest', undefined],
    ['B.2.1 DM-PACK-009-S-M', 'the Package#1 that answers a notification with time', undefined],
    ['B.2.3 DM-SER-001-S-M', 'the Package#1 that answers the octets', { connectionTypes: ['any'] }],
  ] as const) {
    row(id, 'received', title, async () => {
      const found = await answered(ALERT(0), options);
      expect(found).toMatchObject({ origin: 'server', id: 0, open: 0 });
      expect((await answered(ALERT(9), options)).open).toBe(1);
    });
  }

  row('B.2.1 DM-PACK-010-S-M', 'received', 'the MOS array that REQ-MOS asked for is kept', async () => {
    const server = await testServer();
    expect((await notification(server)).slice(-4)).toBe('1000');
    const mos = '"MOS":[{"DDF":"http://x/a.ddf","MOID":"urn:example:mo","MIID":["a","b"]}]';
    await server.post(p1(ALERT(0).replace('{', `{${mos},`)));
    expect((await server.state()).device!.mos!.entries).toEqual([
      { ddf: 'http://x/a.ddf', moid: 'urn:example:mo', miids: ['a', 'b'] },
    ]);
    expect((await notification(server)).slice(-4)).not.toBe('1000');
  });
});

/**
 * Extension point: another form of Package#0 (§7.1.2). This plug-in exists in tests only: the binary form in base64
 * after a word of its own.
 */
const TEST_FORMAT: NotificationFormat = {
  name: 'test plug-in: base64',
  recognizes: (bytes) => decodeMark(bytes) !== undefined,
  encodeNotification: (fields, secrets) =>
    encodeUtf8(`DM2:${Buffer.from(encodeNotification(fields, secrets)).toString('base64')}`),
  decodeNotification: (bytes) => decodeNotification(binary(bytes)),
  verifyDigest: (bytes, secrets) => verifyDigest(binary(bytes), secrets),
};
function decodeMark(bytes: Uint8Array): string | undefined {
  const [mark, rest] = Buffer.from(bytes).toString('latin1').split(':');
  return mark === 'DM2' ? rest : undefined;
}
function binary(bytes: Uint8Array): Uint8Array {
  const rest = decodeMark(bytes);
  if (rest === undefined) throw new DataError('DATA_NOTIFICATION', 'not of the test plug-in');
  return Uint8Array.from(Buffer.from(rest, 'base64'));
}

describe('extension point, test plug-in', () => {
  const withPlugIn = () => device({ env: { notificationFormats: [TEST_FORMAT] } });

  row('B.1.3 DM-SER-002-C-O', 'received', 'extension point, test plug-in: a notification in its form', () => {
    const it = withPlugIn();
    it.feed({ type: 'notification', transport: 'test', bytes: encodeUtf8('DM2:IIAwAgAH') });
    expect(sent(it)).toEqual([HOME, ALERT(7)]);
    expect(sent(notified('2080 3002 0008', withPlugIn()))).toEqual([HOME, ALERT(8)]);
  });

  row(
    'B.1.3 DM-SER-002-C-O',
    'sent',
    'extension point, test plug-in: no session for what neither form takes',
    () => {
      const it = withPlugIn();
      it.feed({ type: 'notification', transport: 'test', bytes: encodeUtf8('DM3:IIAwAgAH') });
      expect([it.of('http'), it.notes()]).toEqual([[], ['NOTIFICATION_MALFORMED']]);
      it.feed({ type: 'notification', transport: 'test', bytes: encodeUtf8('DM2:IIAwAgAH') });
      expect(text(it.request())).toBe(ALERT(7));
    },
  );

  const plugged = async (): Promise<TestServer> => {
    const server = await knowing();
    (server.env as { notificationFormat?: NotificationFormat }).notificationFormat = TEST_FORMAT;
    return server;
  };

  row(
    'B.2.3 DM-SER-002-S-O',
    'sent',
    'extension point, test plug-in: the server writes its form',
    async () => {
      const expected = concat(
        encodeUtf8('DM2:'),
        encodeUtf8(Buffer.from(fromHex(byHand('2200', '', ''))).toString('base64')),
      );
      expect(await notification(await plugged())).toBe(toHex(expected));
    },
  );

  row(
    'B.2.3 DM-SER-002-S-O',
    'received',
    'extension point, test plug-in: the session that answers',
    async () => {
      const server = await plugged();
      await notification(server);
      await server.post(p1(ALERT(0)));
      expect((await server.state()).session).toMatchObject({ origin: 'server', notificationId: 0 });
    },
  );
});
