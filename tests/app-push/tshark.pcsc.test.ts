/** Pushes of a bootstrap, judged by Wireshark: the datagrams on UDP 2948, and the TPDUs of short messages, put together. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshAccount, PUSH_INFO_MEDIA_TYPE, pushBearer } from '../../src/app/index.js';
import { protectBootstrap, protectedContentType } from '../../src/bootstrap/index.js';
import { toHex } from '../../src/bytes/index.js';
import { dmKeys, nafId, SIM_GPI, UA_SIMULATOR } from '../../src/gba/index.js';
import { encodeWspMessage } from '../../src/net/index.js';
import { exportedPdu, pcap, udpPacket } from '../net-push/pcap.js';

const directory = mkdtempSync(join(tmpdir(), 'simboot-tshark-'));
afterAll(() => rmSync(directory, { recursive: true }));

const random = (octets: number) => Uint8Array.from({ length: octets }, (_, at) => (at * 7 + octets) & 0xff);
const expires = new Date('2026-11-22T13:00:00Z');
const id = nafId('dm.example.com', UA_SIMULATOR);
const key = random(32);
const pTid = '0011223344556677@dm.example.com';
const rand = random(16);
const info = SIM_GPI.encode({ gba: 'me', rand, autn: random(16), nafId: id, pTid, expires }, key);
const server = { srvId: 'dms1', srvUri: 'https://dm.example.com/dm', name: 'Operator' };
const { document } = freshAccount(server, 'a@b', { random, clock: () => new Date('2026-11-22T12:00:00Z') });
const message = protectBootstrap(document, { pTid, nafId: id, rand, keys: dmKeys(key), expires }, { random });
const APPLICATION = 'x-wap-application:syncml.dm';

/** Values of fields of every packet. */
function fields(file: Uint8Array, names: readonly string[]): string[][] {
  const path = join(directory, 'push.pcap');
  writeFileSync(path, file);
  const args = ['-n', '-r', path, '-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=;'];
  const asked = names.flatMap((name) => ['-e', name]);
  const { stdout, stderr, status } = spawnSync('tshark', [...args, ...asked], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t'));
}

test('both datagrams: a push for the DM client each, with media type, SEC, and the octets of its body', () => {
  const packets = [
    encodeWspMessage(PUSH_INFO_MEDIA_TYPE, info, 1),
    encodeWspMessage(protectedContentType(), message, 2),
  ];
  const found = fields(
    pcap(
      'ip',
      packets.map((push) => udpPacket(push, 2948)),
    ),
    [
      'wsp.TID',
      'wsp.pdu_type',
      'wsp.header.x_wap_application_id',
      'wsp.header.content_type',
      '_ws.malformed',
      'data.data',
      'media.type',
    ],
  );
  const bodies = [toHex(info), toHex(message)];
  expect(found.map(([tid, type, application]) => [tid, type, application])).toEqual([
    ['0x01', '0x06', APPLICATION],
    ['0x02', '0x06', APPLICATION],
  ]);
  for (const [index, [, , , contentType, malformed, data, media]] of found.entries()) {
    expect(contentType).toContain([PUSH_INFO_MEDIA_TYPE, 'application/octet-stream'][index]);
    expect(malformed).toBe('');
    expect(`${data}${media}`).toContain(bodies[index]);
  }
  const { stdout } = spawnSync('tshark', ['-n', '-r', join(directory, 'push.pcap'), '-V'], {
    encoding: 'utf8',
  });
  expect(stdout).toContain('Content-Type: application/octet-stream; SEC=3GPP_GBA');
});

test('the TPDUs of both parts: to the number and port, in order, nothing malformed', async () => {
  const tpdus: Uint8Array[] = [];
  const sms = async (_: string, parts: readonly Uint8Array[]) => void tpdus.push(...parts);
  await pushBearer({ sms })('sms:+491700000001', { pushInfo: info, message }, new AbortController().signal);
  const found = fields(
    pcap(
      'exported',
      tpdus.map((tpdu) => exportedPdu('gsm_sms', tpdu, 'to the network')),
    ),
    [
      'gsm_sms.tp-mti',
      'gsm_sms.tp-da',
      'gsm_sms.tp-dcs',
      'gsm_sms.udh.mm.msg_id',
      'gsm_sms.udh.mm.msg_parts',
      'gsm_sms.udh.mm.msg_part',
      '_ws.malformed',
    ],
  );
  expect(found.every(([type, number, coding]) => `${type} ${number} ${coding}` === '1 491700000001 4')).toBe(
    true,
  );
  expect(found.every((values) => values[6] === '')).toBe(true);
  const numbers = found.map((values) => values.slice(3, 6).join(' '));
  const parts = tpdus.length - 2;
  expect(parts).toBeGreaterThan(3);
  expect(numbers).toEqual([
    ...[1, 2].map((part) => `1 2 ${part}`),
    ...Array.from({ length: parts }, (_, part) => `2 ${parts} ${part + 1}`),
  ]);
});
