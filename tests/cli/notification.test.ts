/** `notification encode`, `decode` and `send`, as scripts call them. */

import { generateKeyPairSync } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simboot } from './harness.js';

interface Case {
  readonly id: string;
  readonly hex: string;
  readonly secret?: string;
  readonly authData?: string;
  readonly fields: { readonly options: readonly { number: number; name: string; value: unknown }[] };
}
const { cases } = JSON.parse(readFileSync('test-vectors/notification.json', 'utf8')) as { cases: Case[] };

const secretWords = ({ secret, authData }: Case) =>
  secret === undefined ? [] : ['--secret', secret, ...(authData ? ['--auth-data', authData] : [])];

/** The command line that makes a vector. */
function words(vector: Case): string[] {
  const value = (number: number) => vector.fields.options.find((option) => option.number === number)?.value;
  const option = (name: string, given: unknown) => (given === undefined ? [] : [name, String(given)]);
  return [
    ...option('--server-id', value(1)),
    ...(value(2) === undefined ? [] : ['--con-type', ...(value(2) as string[])]),
    ...option('--notification-id', value(3)),
    ...option('--timestamp', value(5)),
    ...(value(6) === null ? ['--req-mos'] : []),
    ...secretWords(vector),
  ];
}

test.each(cases)('encode: $id', async (vector) => {
  const result = await simboot(['notification', 'encode', ...words(vector), '--json']);
  expect([result.code, result.json()]).toEqual([0, { hex: vector.hex }]);
});

test.each(cases)('decode: $id', async (vector) => {
  const result = await simboot(['notification', 'decode', vector.hex, ...secretWords(vector), '--json']);
  expect([result.code, result.json()]).toEqual([
    0,
    {
      version: 2,
      options: vector.fields.options,
      digest: vector.secret === undefined ? 'absent' : 'valid',
      findings: [],
    },
  ]);
});

test('a wrong digest is exit code 6, one that nobody checks is told as such', async () => {
  const { hex } = cases.find(({ id }) => id === 'digest-alone')!;
  const wrong = await simboot(`notification decode ${hex} --secret 00 --json`);
  expect([wrong.code, wrong.json<{ digest: string }>().digest]).toEqual([6, 'invalid']);
  const unchecked = await simboot(`notification decode ${hex} --json`);
  expect([unchecked.code, unchecked.json<{ digest: string }>().digest]).toEqual([0, 'unverified']);
});

test('secrets from the environment and a file give no warning, literal ones do', async () => {
  const line = 'notification encode --req-mos --secret env:S --auth-data env:A --json';
  const quiet = await simboot(line, { env: { S: '55', A: '66' } });
  const loud = await simboot('notification encode --req-mos --secret 55 --auth-data 66 --json');
  expect([quiet.stderr, quiet.json()]).toEqual(['', loud.json()]);
  expect(loud.stderr).toContain('--secret given literally');
});

test('for people: options by name, findings', async () => {
  const { stdout } = await simboot('notification decode 217F5001071001AA');
  expect(stdout).toBe(
    [
      'DM notification, version 2, digest absent',
      ' 5 TIMESTAMP           7 (1970-01-01T00:00:07.000Z)',
      ' 6 REQ-MOS',
      '! warning octet 1: reserved bits of the header are set [NOTIFICATION_RESERVED]',
      '! warning octet 7: REQ-MOS has a value; ignored [NOTIFICATION_VALUE]',
      '',
    ].join('\n'),
  );
  expect((await simboot('notification decode 2080F001AA --json')).json()).toMatchObject({
    options: [{ number: 15, name: null, value: 'aa' }],
  });
});

test('now is the time of the clock', async () => {
  // 2026-01-02T03:04:05Z.
  expect((await simboot('notification encode --timestamp now')).stdout).toBe('20805004695735a5\n');
});

test.each([
  ['encode --con-type wifi', 'USAGE_ARGUMENT'],
  ['encode --con-type any wlan', 'DATA_NOTIFICATION'],
  ['encode --notification-id 70000', 'DATA_NOTIFICATION'],
  ['encode --notification-id 0x7', 'USAGE_ARGUMENT'],
  ['encode --timestamp yesterday', 'USAGE_ARGUMENT'],
  ['encode --auth-data 00', 'USAGE_ARGUMENT'],
  ['decode 30', 'DATA_NOTIFICATION'],
  ['decode 2', 'DATA_HEX'],
  ['send --to sms --req-mos', 'USAGE_ARGUMENT'],
  ['send --to sms --number x --req-mos', 'DATA_SMS'],
  ['send --to tcp:host --req-mos', 'USAGE_ARGUMENT'],
  ['send --to udp: --req-mos', 'USAGE_ARGUMENT'],
  ['send --to udp:127.0.0.1:99999 --req-mos', 'USAGE_ARGUMENT'],
  ['send --to fcm --req-mos', 'USAGE_ARGUMENT'],
])('%s is refused', async (line, code) => {
  const result = await simboot(`notification ${line} --json`);
  expect([result.code, result.json()]).toEqual([2, { error: expect.objectContaining({ code }) }]);
});

describe('send', () => {
  test('udp: the datagram arrives, and the command says what it was', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const arrived = once(socket, 'message');
    const result = await simboot(`notification send --to udp:127.0.0.1:${port} --req-mos --json`);
    expect(result.json()).toEqual({
      to: 'udp',
      host: '127.0.0.1',
      port,
      octets: 10,
      push: '010603d8af8720806000',
      notification: '20806000',
    });
    expect((await arrived)[0].toString('hex')).toBe('010603d8af8720806000');
    socket.close();
  });

  test('sms: the PDUs are printed', async () => {
    const result = await simboot('notification send --to sms --number +41791234567 --hex 20806000');
    expect(result.stdout).toBe('41000b911497214365f70004110605040b8423f0010603d8af8720806000\n');
  });

  test('fcm: the service account comes from a file, the outcome is told', async () => {
    const paths: string[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url!);
      const isToken = request.url === '/token';
      const gone = { error: { status: 'NOT_FOUND', details: [{ errorCode: 'UNREGISTERED' }] } };
      const first = paths.length === 2 ? { name: 'projects/demo/messages/1' } : gone;
      response.statusCode = isToken || paths.length === 2 ? 200 : 404;
      response.end(JSON.stringify(isToken ? { access_token: 't', expires_in: 3600 } : first));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const file = join(mkdtempSync(join(tmpdir(), 'simboot-fcm-')), 'account.json');
    const account = {
      client_email: 'dm@demo.example',
      private_key: key.export({ type: 'pkcs8', format: 'pem' }),
      token_uri: `${endpoint}/token`,
    };
    writeFileSync(file, JSON.stringify(account));
    const line = `notification send --to fcm --project demo --service-account @${file} --reg-id r --endpoint ${endpoint} --req-mos --json`;
    const sent = await simboot(line);
    expect([sent.code, sent.json()]).toEqual([
      0,
      { to: 'fcm', outcome: 'sent', name: 'projects/demo/messages/1', notification: '20806000' },
    ]);
    const gone = await simboot(line);
    expect([gone.code, gone.json()]).toEqual([
      5,
      { to: 'fcm', outcome: 'unregistered', notification: '20806000' },
    ]);
    expect(paths.slice(0, 2)).toEqual(['/token', '/v1/projects/demo/messages:send']);
    server.close();
    writeFileSync(file, 'very-secret');
    const broken = await simboot(line);
    expect(broken.code).toBe(2);
    expect(broken.stdout + broken.stderr).not.toContain('very-secret');
  });
});
