/** Package#0 at the client, by octets written by hand from DM 2.0 §5.2.1 and §7.1.1. */
import { createHash } from 'node:crypto';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { row } from '../support/conformance.js';
import { accountJson, type Device, device, environment, HOME, json, text, withMo } from './device.js';

/** One option: delta in 4 bits, length in 12, value. */
const option = (delta: number, value: string) =>
  toHex(Uint8Array.of((delta << 4) | 0, value.length / 2)) + value;
/** Version 2, so many options; the count straddles the first two octets. */
const header = (count: number) => toHex(Uint8Array.of(0x20 | (count >> 1), (count & 1) << 7));
const SERVER = option(1, '444D535F494431'); // DMS_ID1
const notify = (it: Device, hex: string, serverId?: string) =>
  it.feed({
    type: 'notification',
    transport: 'udp',
    bytes: fromHex(hex),
    ...(serverId === undefined ? {} : { serverId }),
  });

describe('what starts a session (§5.2.1, §5.2.2)', () => {
  row('B.1.1 DM-PACK-002-C-O', 'received', 'a notification opens a session with its server', () => {
    const it = device();
    notify(it, `${header(2)}${SERVER}${option(2, '0102')}`);
    expect(it.request().request.url).toBe(HOME);
    expect(text(it.request())).toBe(
      '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt",' +
        '"DataType":"application/json","Data":{"NOTIFICATION-ID":258}}]}',
    );
  });

  row('B.1.1 DM-PACK-003-C-O', 'received', 'another version is dropped', () => {
    const it = device();
    expect(notify(it, `10 80${SERVER}`)).toMatchObject([{ type: 'note', code: 'NOTIFICATION_MALFORMED' }]);
  });

  row('B.1.1 DM-PACK-004-C-O', 'received', 'a count of options that does not fit is dropped', () => {
    const it = device();
    expect(notify(it, `${header(3)}${SERVER}`)).toMatchObject([
      { type: 'note', code: 'NOTIFICATION_MALFORMED' },
    ]);
    expect(notify(it, header(0))).toMatchObject([{ type: 'session-started' }, { type: 'http' }]);
  });

  row(
    'B.1.1 DM-PACK-005-C-O',
    'received',
    'SERVER-ID tells the account; without it the transport, or the only one',
    () => {
      const it = device();
      it.feed({
        type: 'bootstrap',
        origin: { kind: 'factory' },
        bytes: json([accountJson({ SrvID: 'TWO', SrvURI: 'https://two.example/' })]),
      });
      it.package2('{"CMD":[["END"]]}');
      notify(it, `${header(1)}${option(1, '54574F')}`);
      expect(it.request().request.url).toBe('https://two.example/');
      notify(it, `${header(1)}${option(1, '4E4F')}`);
      expect(it.notes()).toEqual(['NOTIFICATION_UNKNOWN']);
      notify(it, header(0));
      expect(it.notes()).toEqual(['NOTIFICATION_UNKNOWN']);
      notify(it, header(0), 'DMS_ID1');
      expect(it.request().request.url).toBe(HOME);
    },
  );

  row(
    'B.1.1 DM-PACK-006-C-O',
    'received',
    'the preferred connection is used, waited for, or any is taken',
    () => {
      const it = device();
      it.feed({ type: 'connection-changed', available: ['cellular', 'wlan'] });
      notify(it, `${header(2)}${SERVER}${option(1, '0201')}`);
      expect(it.request().connection).toBe('wlan');
      it.package2('{"CMD":[["END"]]}');
      it.feed({ type: 'connection-changed', available: ['cellular'] });
      notify(it, `${header(2)}${SERVER}${option(1, '02')}`);
      expect(it.of('http')).toEqual([]);
      it.feed({ type: 'connection-changed', available: ['cellular', 'wlan'] });
      expect(it.request().connection).toBe('wlan');
      it.package2('{"CMD":[["END"]]}');
      it.feed({ type: 'connection-changed', available: ['wireline'] });
      notify(it, `${header(2)}${SERVER}${option(1, '0200')}`);
      expect(it.request().connection).toBe('wireline');
    },
  );

  row('B.1.1 DM-PACK-007-C-O', 'received', 'the same NOTIFICATION-ID of the same server counts once', () => {
    const it = device();
    const hex = `${header(2)}${SERVER}${option(2, '0007')}`;
    notify(it, hex);
    it.package2('{"CMD":[["END"]]}');
    expect(notify(it, hex)).toMatchObject([{ type: 'note', code: 'NOTIFICATION_DROPPED' }]);
    notify(it, `${header(2)}${SERVER}${option(2, '0008')}`);
    expect(text(it.request())).toContain('{"NOTIFICATION-ID":8}');
  });

  row(
    'B.1.1 DM-PACK-008-C-O',
    'received',
    'a right digest opens the session, a wrong one or one without secret does not',
    () => {
      const signed = (secret: string) => {
        const zero = `${header(2)}${SERVER}3020${'00'.repeat(32)}`;
        const digest = createHash('sha256')
          .update(secret)
          .update(fromHex(zero))
          .update(Uint8Array.of(1, 2))
          .digest('hex');
        return zero.slice(0, -64) + digest;
      };
      const it = device();
      expect(notify(it, signed('wrong'))).toMatchObject([{ type: 'note', code: 'NOTIFICATION_DIGEST' }]);
      notify(it, signed('secret'));
      expect(text(it.request())).toBe('{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ServerInitiatedMgmt"}]}');
      const without = device({ account: accountJson({ Auth: {} }) });
      expect(notify(without, signed('secret'))).toMatchObject([
        { type: 'note', code: 'NOTIFICATION_DIGEST' },
      ]);
      const strict = device({ env: { policy: { ...environment().policy, requireDigest: true } } });
      expect(notify(strict, `${header(1)}${SERVER}`)).toMatchObject([
        { type: 'note', code: 'NOTIFICATION_DIGEST' },
      ]);
    },
  );

  row('B.1.1 DM-PACK-009-C-O', 'received', 'a notification that is too old is dropped', () => {
    const it = device();
    const at = (seconds: number) =>
      `${header(2)}${SERVER}${option(4, seconds.toString(16).padStart(8, '0'))}`;
    const now = Date.UTC(2026, 2, 1, 12) / 1000;
    expect(notify(it, at(now - 86_401))).toMatchObject([{ type: 'note', code: 'NOTIFICATION_DROPPED' }]);
    notify(it, at(now - 86_399));
    expect(it.of('http')).toHaveLength(1);
  });

  row(
    'B.1.1 DM-PACK-010-C-O',
    'received',
    'REQ-MOS puts the MOs that the server may know into Package#1',
    () => {
      const perm = {
        '1': { MOID: 'urn:oma:mo:oma-dm-devinfo:1.2' },
        '2': { MOID: 'urn:oma:mo:oma-dm-dmacc:1.2' },
      };
      const it = device({ account: accountJson({ Perm: perm }) });
      notify(it, `${header(3)}${SERVER}${option(2, '0001')}${option(3, '')}`);
      expect(JSON.parse(text(it.request()))).toEqual({
        MOS: [
          { MOID: 'urn:oma:mo:oma-dm-devinfo:1.2', MIID: ['DevInfo'] },
          { MOID: 'urn:oma:mo:oma-dm-dmacc:1.2', MIID: ['dms1'] },
        ],
        Alert: [
          {
            AlertType: 'urn:oma:at:dm:2.0:ServerInitiatedMgmt',
            DataType: 'application/json',
            Data: { 'NOTIFICATION-ID': 1 },
          },
        ],
      });
    },
  );
});

test('REQ-MOS without access control names every instance of the MOs that the bootstrap gave', () => {
  const perm = { '1': { MOID: 'urn:oma:mo:oma-dm-devinfo:1.2' }, '2': { MOID: 'urn:example:mo' } };
  const policy = { ...environment().policy, accessControl: false };
  const it = device({
    account: accountJson({ Perm: perm }),
    env: { policy },
    change: (tree) => withMo(withMo(tree, 'urn:example:mo', 'a', {}, 'OTHER'), 'urn:example:mo', 'b', {}),
  });
  notify(it, `${header(2)}${SERVER}${option(5, '')}`);
  expect(JSON.parse(text(it.request()))).toMatchObject({
    MOS: [
      { MOID: 'urn:oma:mo:oma-dm-devinfo:1.2', MIID: ['DevInfo'] },
      { MOID: 'urn:example:mo', MIID: ['a', 'b'] },
    ],
  });
});

test('a notification during a session with its server opens one after it, several one', () => {
  const it = device();
  it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
  const { id } = it.request();
  notify(it, `${header(3)}${SERVER}${option(2, '0001')}${option(3, '')}`);
  notify(it, `${header(2)}${SERVER}${option(2, '0002')}`);
  expect(it.of('http')).toEqual([]);
  it.answer('{"CMD":[["END"]]}', { contentType: 'application/vnd.oma.dm.request+json' }, id);
  expect(text(it.request())).toContain('"NOTIFICATION-ID":2');
  expect(text(it.request())).toContain('"MOS"');
});

test('a bootstrap and a notification that meet have a session each, a client that wants one is content with either', () => {
  const it = device();
  it.feed({ type: 'connection-changed', available: [] });
  it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
  it.feed({ type: 'bootstrap', origin: { kind: 'factory' }, bytes: json([accountJson({ Name: 'New' })]) });
  notify(it, `${header(2)}${SERVER}${option(2, '0001')}`);
  it.feed({ type: 'start-session', serverId: 'DMS_ID1' });
  it.feed({ type: 'alert', alert: { alertType: 'urn:example:at' }, now: true });
  it.feed({ type: 'connection-changed', available: ['wlan'] });
  expect(text(it.request())).toBe(
    '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:BootstrapComplete"},{"AlertType":"urn:example:at"}]}',
  );
  it.package2('{"CMD":[["END"]]}');
  expect(text(it.request())).toContain('"NOTIFICATION-ID":1');
  it.package2('{"CMD":[["END"]]}');
  expect(it.of('http')).toEqual([]);
});
