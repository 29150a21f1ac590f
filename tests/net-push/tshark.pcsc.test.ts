/** What we send, judged by Wireshark: pushes over UDP 2948 and in short messages of both directions. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeNotification } from '../../src/dm/notification/index.js';
import { encodeSmsDeliver, encodeSmsSubmit, encodeWspPush } from '../../src/net/push/index.js';
import { row } from '../support/conformance.js';
import { exportedPdu, pcap, udpPacket } from './pcap.js';

const directory = mkdtempSync(join(tmpdir(), 'simboot-push-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Values of fields of every packet, `;` between those of one packet. */
function fields(file: Uint8Array, names: readonly string[]): string[][] {
  const path = join(directory, 'push.pcap');
  writeFileSync(path, file);
  const args = ['-n', '-r', path, '-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=;'];
  const { stdout, stderr, status } = spawnSync(
    'tshark',
    [...args, ...names.flatMap((name) => ['-e', name])],
    {
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}

const notification = encodeNotification(
  {
    serverId: 'dms1',
    connectionTypes: ['cellular', 'any'],
    notificationId: 7,
    timestamp: 1735689600,
    reqMos: true,
  },
  { secret: new Uint8Array(16).fill(1) },
);
const APPLICATION = 'x-wap-application:syncml.dm';

row('B.2.6 DM-MEC-004-S-M', 'sent', 'tshark finds the push, its application and length on UDP 2948', () => {
  const packets = [encodeWspPush(notification), encodeWspPush(notification, { textual: true })];
  const found = fields(
    pcap(
      'ip',
      packets.map((push) => udpPacket(push, 2948)),
    ),
    [
      'frame.protocols',
      'wsp.pdu_type',
      'wsp.headers_length',
      'wsp.header.x_wap_application_id',
      '_ws.malformed',
      'wsp.header.content_type',
    ],
  );
  // 0x58 is younger than Wireshark's table; the textual form names it.
  expect(found).toEqual([
    ['raw:ip:udp:wsp:media', '0x06', '3', APPLICATION, '', '<Unknown media type identifier 0x58>'],
    ['raw:ip:udp:wsp:media', '0x06', '41', APPLICATION, '', 'application/vnd.syncml.dm.notification'],
  ]);
});

row('B.2.6 DM-MEC-004-S-M', 'sent', 'tshark finds the push in SMS-SUBMIT and SMS-DELIVER', () => {
  const push = encodeWspPush(notification);
  const [submit] = encodeSmsSubmit(push, { destination: '+41791234567' }) as [Uint8Array];
  const timestamp = new Date('2025-01-01T15:30:51Z');
  const [deliver] = encodeSmsDeliver(push, { originator: '12345', timestamp }) as [Uint8Array];
  const found = fields(
    pcap('exported', [
      exportedPdu('gsm_sms', submit, 'to the network'),
      exportedPdu('gsm_sms', deliver, 'from the network'),
    ]),
    [
      'gsm_sms.tp-mti',
      'gsm_sms.tp-da',
      'gsm_sms.tp-oa',
      'gsm_sms.destination_port',
      'gsm_sms.tp-dcs',
      'gsm_sms.scts.year',
      'wsp.header.x_wap_application_id',
      '_ws.malformed',
    ],
  );
  expect(found.map((values) => values.filter((value) => value !== ''))).toEqual([
    ['1', '41791234567', '2948', '4', APPLICATION],
    ['0', '12345', '2948', '4', '25', APPLICATION],
  ]);
});

test('tshark puts a long message together', () => {
  const long = encodeWspPush(encodeNotification({ others: [{ number: 7, value: new Uint8Array(300) }] }));
  const parts = encodeSmsSubmit(long, { destination: '+41791234567', reference: 0x5a });
  const found = fields(
    pcap(
      'exported',
      parts.map((part) => exportedPdu('gsm_sms', part, 'to the network')),
    ),
    ['gsm_sms.udh.mm.msg_id', 'gsm_sms.udh.mm.msg_parts', 'gsm_sms.udh.mm.msg_part', '_ws.malformed'],
  );
  expect(found.map((values) => values.filter((value) => value !== ''))).toEqual([
    ['90', '3', '1'],
    ['90', '3', '2'],
    ['90', '3', '3'],
  ]);
});
