/**
 * Devices whose SIMs are in readers of the real PC/SC service are bootstrapped by a push (DM 2.0 §8.4): every program is
 * a process of its own. The datagrams of this run are judged by Wireshark's tshark.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pcap, udpPacket } from '../net-push/pcap.js';
import { requirePcscd } from '../support/pcscd.js';
import { Running } from './programs.js';
import { cardOf, subscriber } from './push-devices.js';
import { NAF, Operator, UA_ID } from './push-programs.js';
import { Relay } from './push-relay.js';

const WAP_PUSH_PORT = 2948;

requirePcscd('pushed bootstraps over PC/SC', (pcscd) => {
  const folder = mkdtempSync(join(tmpdir(), 'simboot-pushed-pcsc-'));
  const subscribers = [subscriber(0), subscriber(1)];
  const relay = new Relay(1);
  let operator: Operator;

  beforeAll(async () => {
    operator = await Operator.start(folder, subscribers);
  }, 60_000);
  afterEach(() => pcscd.removeAll());
  afterAll(async () => {
    relay.close();
    await operator?.stop();
    rmSync(folder, { recursive: true });
  });

  test('GBA_ME and GBA_U, each from an empty device to the end of its session', async () => {
    const devices: Running[] = [];
    const rows: Parameters<Operator['devices']>[0][number][] = [];
    for (const [slot, each] of subscribers.entries()) {
      const { reader } = await pcscd.insert(cardOf(each), slot as 0 | 1);
      const device = new Running([
        ...['--reader', reader, 'client', 'run', '--state', operator.at(each.imsi)],
        ...['--dev-id', `IMSI:${each.imsi}`, '--trust', operator.at('server/tls-ec.pem'), '--once'],
        ...['--listen-push', '127.0.0.1:0', '--bootstrap-push', '--naf', `${NAF}=${UA_ID}`],
      ]);
      devices.push(device);
      const { port } = await device.says('listening');
      rows.push({ ...each, address: `udp:127.0.0.1:${await relay.to(Number(port))}` });
    }
    const pushed = await operator.push(operator.devices(rows), '--first-wait', '20');
    expect(JSON.parse(pushed.stdout)).toMatchObject({ counts: { bootstrapped: 2 }, failed: [] });
    for (const [n, device] of devices.entries()) {
      expect(await device.ended).toBe(0);
      expect(device.lines.at(-1)).toMatchObject({
        accounts: [{ srvId: 'dms1', origin: 'server' }],
        sessions: [{ serverId: 'dms1', ended: true }],
        cardRead: true,
      });
      expect(device.lines).toContainEqual(expect.objectContaining({ type: 'push', outcome: 'bootstrap' }));
      const state = readFileSync(operator.at(`${subscribers[n]!.imsi}/state.json`), 'utf8');
      for (const secret of secretsOf(state)) expect(JSON.stringify(device.lines)).not.toContain(secret);
    }
  });

  test('tshark finds WSP pushes with their application and media types, nothing malformed', () => {
    expect(relay.datagrams).toHaveLength(4);
    const file = join(folder, 'push.pcap');
    writeFileSync(
      file,
      pcap(
        'ip',
        relay.datagrams.map((datagram) => udpPacket(datagram, WAP_PUSH_PORT)),
      ),
    );
    const names = ['frame.protocols', 'wsp.pdu_type', 'wsp.header.content_type', '_ws.malformed'];
    const { stdout, status } = spawnSync(
      'tshark',
      ['-n', '-r', file, '-T', 'fields', ...names.flatMap((name) => ['-e', name])],
      { encoding: 'utf8' },
    );
    expect(status).toBe(0);
    const packets = stdout
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => line.split('\t'));
    expect(packets).toHaveLength(4);
    for (const [protocols, type, , malformed] of packets) {
      expect(protocols).toContain('udp:wsp');
      expect([type, malformed]).toEqual(['0x06', '']);
    }
    const types = packets.map(([, , type]) => type);
    expect(types.filter((type) => type?.startsWith('application/x-simboot-gpi'))).toHaveLength(2);
    expect(types.filter((type) => type?.startsWith('application/octet-stream'))).toHaveLength(2);
  });
});

/** Base64 of the secrets of a device's account. */
function secretsOf(state: string): string[] {
  const found = [...state.matchAll(/"Secret":\{[^}]*"value":"([^"]{20,})"|"Secret":"([^"]{20,})"/g)];
  const secrets = found.map(([, one, other]) => (one ?? other)!);
  expect(secrets.length).toBeGreaterThan(0);
  return secrets;
}
