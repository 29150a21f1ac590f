/** `bootstrap push`: a BSF over TLS, devices over UDP, the stores of a DM server in a folder. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../cli/run.js';
import { toHex } from '../../src/bytes/index.js';
import { openServerStore } from '../../src/store/index.js';
import { comeWith, K, OPC, receiverOf, type UdpDevice, udpDevice } from '../app-push/devices.js';
import { simboot, testIo } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'simboot-push-'));
const at = (name: string) => join(folder, name);
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const clock = { now: () => new Date(), monotonic: () => performance.now() };
const impi = (n: number) => `00101012345678${n}@ims.mnc001.mcc001.3gppnetwork.org`;
const ids = { nafFqdn: 'dm.example.com', url: 'https://dm.example.com/dm' };
const closing: (() => unknown)[] = [];
let bsf: string;

beforeAll(async () => {
  const rows = [0, 1, 2, 3].map((n) => `00101012345678${n},2,tel:+49170000000${n},${K},${OPC}`);
  writeFileSync(at('subscribers.csv'), ['imsi,mnc_digits,public_ids,k,opc', ...rows].join('\n'));
  const control = new AbortController();
  let tell: (url: string) => void;
  const url = new Promise<string>((done) => {
    tell = done;
  });
  const io = testIo({
    signal: control.signal,
    random,
    clock,
    onWrite(text) {
      const [, found] = /"type":"ready","url":"([^"]+)"/.exec(text) ?? [];
      if (found !== undefined) tell(found);
    },
  });
  const line = `bsf start --state ${at('bsf')} --listen 127.0.0.1:0 --json --import ${at('subscribers.csv')}`;
  const ended = runCli(line.split(' '), io);
  bsf = await url;
  closing.push(async () => {
    control.abort();
    await ended;
  });
}, 20_000);

afterAll(async () => {
  for (const close of closing) await close();
  rmSync(folder, { recursive: true });
});

const line = (campaign: string, more: string, state = 'server') =>
  `bootstrap push --campaign ${campaign} --state ${at(state)} --bsf ${bsf} --trust ${at('bsf/tls-ec.pem')} --naf-fqdn ${ids.nafFqdn} --ua-id 03ff000001 --server-id dms1 --server-uri ${ids.url} ${more}`;

/** Device n, which opens its session through the store of the server. */
async function device(n: number, state = 'server'): Promise<UdpDevice> {
  const made = await udpDevice(receiverOf(impi(n)), async (document) => {
    const store = await openServerStore(`sqlite:${at(state)}/server.db`);
    await comeWith(store, `dms1/${impi(n)}`, document, Date.now());
    await store.close();
  });
  closing.push(() => made.close());
  return made;
}

interface Report {
  readonly campaign: string;
  readonly counts: Record<string, number>;
  readonly failed: readonly { ue_id: string; reason: string }[];
}

test('devices of a CSV come; one that the BSF does not know fails; run again, nothing is sent', async () => {
  const devices = [await device(0), await device(1)];
  const rows = devices.map(({ address }, n) => `00101012345678${n},${address}`);
  writeFileSync(at('devices.csv'), ['imsi,address', ...rows, '001019999999999,udp:127.0.0.1:9'].join('\n'));
  const pushed = await simboot(`${line('spring', at('devices.csv'))} -v --json`, { random, clock });
  expect(pushed.code).toBe(5);
  const unknown = '001019999999999@ims.mnc001.mcc001.3gppnetwork.org';
  expect(pushed.json<Report>()).toEqual({
    campaign: 'spring',
    counts: { queued: 0, requested: 0, sent: 0, delivered: 0, bootstrapped: 2, failed: 1 },
    failed: [{ ue_id: unknown, reason: expect.stringContaining('USER_UNKNOWN') }],
  });
  expect(pushed.stderr).toContain(`3 devices added`);
  expect(pushed.stderr).toContain(`${impi(0)}: sent (push 1)`);
  expect(pushed.stderr).toContain(`${impi(1)}: bootstrapped (push 1)`);
  for (const { documents } of devices) expect(documents).toHaveLength(1);
  const again = await simboot(line('spring', ''), { random, clock });
  expect(again.code).toBe(5);
  expect(again.stdout).toMatch(/bootstrapped: +2\n/);
  expect(again.stdout).toMatch(/1 +NETWORK_BSF/);
  for (const { documents } of devices) expect(documents).toHaveLength(1);
  const secrets = devices.flatMap(({ documents: [document] }) =>
    [
      ...Buffer.from(document!)
        .toString()
        .matchAll(/"Secret":"([^"]+)"/g),
    ].map(([, secret]) => secret!),
  );
  expect(secrets.length).toBeGreaterThan(0);
  for (const secret of secrets) {
    expect(pushed.stdout + pushed.stderr).not.toContain(secret);
    expect(readFileSync(at('server/server.db')).includes(Buffer.from(secret, 'base64'))).toBe(false);
  }
}, 30_000);

test('one device; --no-wait sends and ends; --status tells; the campaign goes on without its devices named again', async () => {
  const one = await udpDevice(receiverOf(impi(2)));
  closing.push(() => one.close());
  const asked = `--ue-id tel:+491700000002 --address ${one.address}`;
  const sent = await simboot(`${line('c', `${asked} --no-wait --first-wait 1`, 'one')} --json`, {
    random,
    clock,
  });
  expect(sent.json<Report>().counts).toMatchObject({ sent: 1 });
  expect(sent.code).toBe(0);
  const status = await simboot(`bootstrap push --campaign c --status --state ${at('one')} --json`);
  expect(status.json()).toMatchObject({
    campaign: 'c',
    devices: [
      {
        ue_id: 'tel:+491700000002',
        ue_id_type: 'public',
        address: one.address,
        gba: 'me',
        state: 'sent',
        attempts: 1,
      },
    ],
  });
  expect(status.stdout).not.toMatch(/document|pTid|p_tid/);
  const text = await simboot(`bootstrap push --campaign c --status --state ${at('one')}`);
  expect(text.stdout).toMatch(/tel:\+491700000002 +udp:127\.0\.0\.1:\d+ +sent +1/);
  // The device came under its telephone number's account.
  const store = await openServerStore(`sqlite:${at('one')}/server.db`);
  while (one.documents.length < 1) await new Promise((done) => setTimeout(done, 10));
  await comeWith(store, 'dms1/tel:+491700000002', one.documents[0]!, Date.now());
  await store.close();
  const end = await simboot(`${line('c', '', 'one')} --json`, { random, clock });
  expect(end.code).toBe(0);
  expect(end.json<Report>().counts).toMatchObject({ bootstrapped: 1 });
}, 30_000);

test('Ctrl-C leaves a campaign that goes on with the same credentials', async () => {
  const late = await udpDevice(receiverOf(impi(3)));
  closing.push(() => late.close());
  const control = new AbortController();
  const more = `--ue-id ${impi(3)} --address ${late.address} --first-wait 1`;
  const io = testIo({ random, clock, signal: control.signal });
  const running = runCli([...line('slow', more, 'late').split(' ').filter(Boolean), '-v'], io);
  while (!io.stderr.text().includes('sent (push 1)')) await new Promise((done) => setTimeout(done, 10));
  control.abort('SIGINT');
  expect(await running).toBe(130);
  expect(io.stderr.text()).toContain('the same command goes on with campaign slow');
  await new Promise((done) => setTimeout(done, 1000));
  const again = await simboot(`${line('slow', '', 'late')} --no-wait`, { random, clock });
  expect(again.code).toBe(0);
  while (late.documents.length < 2) await new Promise((done) => setTimeout(done, 10));
  const [first, second] = late.documents;
  expect(toHex(first!)).toBe(toHex(second!));
}, 30_000);

test('in short messages through a service centre: delivered when every receipt came, and asked for its password', async () => {
  // biome-ignore lint/suspicious/noExplicitAny: the package brings no types
  type Pdu = any;
  const smpp: Pdu = require('smpp');
  const messages: string[] = [];
  const centre = smpp.createServer((session: Pdu) => {
    session.on('error', () => undefined);
    session.on('bind_transceiver', (pdu: Pdu) =>
      session.send(pdu.response({ command_status: pdu.password === 'secret' ? 0 : 0x0e })),
    );
    session.on('submit_sm', (pdu: Pdu) => {
      const message_id = `m${messages.push(pdu.destination_addr)}`;
      session.send(pdu.response({ message_id }));
      session.deliver_sm({
        esm_class: 4,
        receipted_message_id: message_id,
        message_state: 2,
        short_message: '',
      });
    });
    session.on('unbind', (pdu: Pdu) => {
      session.send(pdu.response());
      session.close();
    });
  });
  await new Promise<void>((done) => centre.listen(0, '127.0.0.1', done));
  closing.push(() => centre.close());
  const smsc = `--smsc smpp://127.0.0.1:${centre.address().port} --smsc-user simboot --smsc-password env:PW --sender Operator`;
  const more = `--ue-id tel:+491700000000 --address sms:+491700000000 --attempts 1 --first-wait 1 ${smsc} -v --json`;
  const refused = await simboot(line('sms', more, 'sms'), { random, clock, env: { PW: 'wrong' } });
  expect(refused.json()).toMatchObject({ error: { code: 'NETWORK_AUTHENTICATION' } });
  const ended = await simboot(line('sms', more, 'sms'), { random, clock, env: { PW: 'secret' } });
  expect(ended.stderr).toContain('tel:+491700000000: delivered (push 1)');
  expect(ended.json<Report>().failed).toEqual([
    { ue_id: 'tel:+491700000000', reason: 'it was delivered, and the device did not come' },
  ]);
  expect(new Set(messages)).toEqual(new Set(['491700000000']));
  expect(messages.length).toBeGreaterThan(4);
  expect(ended.stderr + ended.stdout).not.toContain('secret');
}, 20_000);

test('a file with mistakes: every row and column, and nothing is queued', async () => {
  const rows = [
    'ue_id,ue_id_type,imsi,mnc_digits,msisdn,impi,address,gba,colour',
    ',,,,,,udp:a,,',
    'a@b,,001010000000001,,,,udp:a,,',
    'a@b,secret,,,,,udp:a,,',
    ',,00101x,,,,udp:a,,',
    ',,001010000000001,4,,,udp:a,,',
    ',,,,0049x,,udp:a,,',
    ',,,,,none,udp:a,,',
    'a@b,,,,,,,,',
    'a@b,,,,,,http://a/,,',
    'a@b,,,,,,udp:a,x,red',
    'c@d,,,,,,udp:a,,',
    'c@d,,,,,,udp:b,,',
    'short',
  ];
  const result = await simboot(line('wrong', '-', 'none'), { random, clock, stdin: rows.join('\n') });
  expect(result.code).toBe(2);
  for (const said of [
    'standard input: nothing was queued',
    'row 2, ue_id: one of ue_id, impi, imsi, msisdn is needed',
    'row 3, imsi: ue_id names the device already',
    'row 4, ue_id_type: it is private or public',
    'row 5, imsi: an IMSI has 6 to 15 digits',
    'row 6, mnc_digits: it is 2 or 3',
    'row 7, msisdn:',
    'row 8, impi: it is no private identity',
    'row 9, address: it is missing',
    'row 10, address: it is not udp:HOST',
    'row 11, gba: it is me or u',
    'row 11, colour: there is no such column',
    'row 13: row 12 has c@d too',
    'row 14: 1 cells',
    'docs/push.md lists the columns',
  ])
    expect(result.stderr).toContain(said);
  const status = await simboot(`bootstrap push --campaign wrong --status --state ${at('none')} --json`);
  expect(status.json()).toMatchObject({ error: { code: 'USAGE_CAMPAIGN' } });
});

test('answers with mistakes, and of a device that the campaign does not have: nothing is taken', async () => {
  const wrong = await simboot(line('spring', '--answers -'), {
    random,
    clock,
    stdin: `impi,rand,auts\n${impi(0)},00,00`,
  });
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('standard input: no answer was taken');
  expect(wrong.stderr).toContain('row 2, auts: it is 14 octets as hex');
  const nobody = `impi,rand,auts\n${impi(3)},${'00'.repeat(16)},${'00'.repeat(14)}`;
  const unknown = await simboot(line('spring', '--answers -'), { random, clock, stdin: nobody });
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain(`campaign spring has no device ${impi(3)}`);
});

test('JSON lines, and an array', async () => {
  const lines = '{"msisdn":"+491700000001","address":"udp:127.0.0.1:9"}\n{"impi":"a@b","address":7}';
  const wrong = await simboot(line('json', '-', 'none'), { random, clock, stdin: lines });
  expect(wrong.stderr).toContain('row 2, address: the value is no text');
  const array = '[{"msisdn":"+491700000001","address":"https://127.0.0.1:1/push","gba":"me"}]';
  const sent = await simboot(`${line('json', '- --no-wait --json', 'array')}`, {
    random,
    clock,
    stdin: array,
  });
  expect(sent.code).toBe(5); // nobody answers there: due again later
  expect(sent.json<Report>().counts).toMatchObject({ queued: 1 });
  const status = await simboot(`bootstrap push --campaign json --status --state ${at('array')} --json`);
  expect(status.json()).toMatchObject({
    devices: [{ ue_id: 'tel:+491700000001', reason: expect.stringContaining('NETWORK_UNREACHABLE') }],
  });
});

test.each([
  [
    '--bsf',
    'bootstrap push --campaign a --naf-fqdn a --ua-id 03ff000001 --server-id d --server-uri https://d/',
    '--bsf is needed',
  ],
  ['no such campaign', '', 'there is no campaign never in this store'],
  ['--ua-id', '--ua-id 03ff', '--ua-id has five octets'],
  ['--attempts', '--attempts 0', '--attempts is a number from 1 to 100'],
  ['--ue-id', '--ue-id a@b', '--ue-id and --address go together'],
  ['an address', '--ue-id a@b --address tcp:a', 'is not udp:HOST'],
  ['--smsc', '--smsc smpp://a:1', '--smsc needs --smsc-user'],
  ['both', 'x.csv --ue-id a@b --address udp:a', 'a file, or --ue-id and --address'],
])('refused: %s', async (_, more, said) => {
  const words = more.startsWith('bootstrap') ? more : line('never', more, 'none');
  const result = await simboot(words, { random, clock });
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(said);
});
