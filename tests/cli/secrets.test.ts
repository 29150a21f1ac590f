/** Secrets come from files, the environment, descriptors and standard input, and never into a message. */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { CliInput } from '../../cli/io.js';
import { secretReader } from '../../cli/secrets.js';
import { toHex } from '../../src/bytes/index.js';
import { type HarnessOptions, testIo } from './harness.js';

const directory = mkdtempSync(join(tmpdir(), 'simboot-secrets-'));
afterAll(() => rmSync(directory, { recursive: true }));

function reader(options: HarnessOptions = {}) {
  const warnings: string[] = [];
  const io = testIo(options);
  return { io, warnings, secrets: secretReader(io, (text) => warnings.push(text)) };
}

function file(content: string | Uint8Array): string {
  const path = join(directory, `secret-${Math.random().toString(36).slice(2)}`);
  writeFileSync(path, content);
  return path;
}

test.each(['3132333435363738', '3132333435363738\n', '31 32 33 34 35 36 37 38\r\n'])(
  '@file with hex %j',
  async (content) => {
    expect(toHex(await reader().secrets.hex(`@${file(content)}`, '--adm-hex'))).toBe('3132333435363738');
  },
);

test('the same source as ASCII is other octets', async () => {
  const value = await reader().secrets.ascii(`@${file('31323334\n')}`, '--adm-ascii');
  expect(toHex(value)).toBe('3331333233333334');
});

test('environment, descriptor and standard input', async () => {
  const { secrets } = reader({ env: { ADM: 'aabb' }, stdin: 'ccdd\n' });
  expect(toHex(await secrets.hex('env:ADM', '--adm-hex'))).toBe('aabb');
  expect(toHex(await secrets.hex('-', '--adm-hex'))).toBe('ccdd');
  const fd = openSync(file('eeff\n'), 'r');
  expect(toHex(await secrets.hex(`fd:${fd}`, '--adm-hex'))).toBe('eeff');
  expect(() => closeSync(fd)).toThrow();
});

test('a passphrase keeps its blanks', async () => {
  expect(await reader().secrets.text(`@${file(' two words \n')}`, '--passphrase')).toBe(' two words ');
});

test.each([
  ['0123456789ABCDEF', 'does not take the secret itself'],
  ['@', 'does not take the secret itself'],
  ['env:', 'is not set'],
  ['env:NOT_SET', 'NOT_SET is not set'],
  ['fd:987', 'file descriptor 987 cannot be read'],
])('%s is refused without showing a secret', async (source, why) => {
  const refused = reader().secrets.hex(source, '--adm-hex');
  await expect(refused).rejects.toMatchObject({ code: 'USAGE_SECRET_SOURCE', kind: 'usage' });
  await expect(refused).rejects.toThrow(why);
  await expect(refused).rejects.not.toThrow(/0123456789ABCDEF/);
});

test('an empty source is refused', async () => {
  const refused = reader().secrets.hex(`@${file('\n')}`, '--pin');
  await expect(refused).rejects.toMatchObject({ code: 'USAGE_SECRET_SOURCE' });
});

test('an unreadable file is named, with the reason', async () => {
  const refused = reader().secrets.hex(`@${join(directory, 'none')}`, '--pin');
  await expect(refused).rejects.toMatchObject({
    code: 'USAGE_FILE_UNREADABLE',
    message: expect.stringMatching(/--pin: cannot read .*none \(ENOENT\)/),
  });
});

test('a secret that is not hex, or not ASCII, is refused by position, not by content', async () => {
  const hex = reader().secrets.hex(`@${file('12secret')}`, '--adm-hex');
  await expect(hex).rejects.toMatchObject({
    code: 'DATA_HEX',
    message: '--adm-hex: not a hex digit at position 3',
  });
  const ascii = reader().secrets.ascii(`@${file('12\u00e4')}`, '--adm-ascii');
  await expect(ascii).rejects.toThrow('--adm-ascii: character 3 is not printable ASCII');
});

test('standard input serves one secret only', async () => {
  const { secrets } = reader({ stdin: 'aabb' });
  await secrets.hex('-', '--adm-hex');
  await expect(secrets.hex('-', '--pin')).rejects.toThrow(
    '--pin: standard input was read for --adm-hex already',
  );
});

test('calculators take a literal, with a warning', async () => {
  const { secrets, warnings } = reader({ env: { K: 'aabb' } });
  expect(toHex(await secrets.hexOrLiteral('0123', '--key'))).toBe('0123');
  expect(warnings).toEqual([expect.stringContaining('--key given literally shows in the process list')]);
  expect(toHex(await secrets.hexOrLiteral('env:K', '--key'))).toBe('aabb');
  expect(warnings).toHaveLength(1);
});

describe('typed at a terminal', () => {
  function terminal(...keys: string[]): CliInput & { modes: boolean[] } {
    const modes: boolean[] = [];
    const stream = Readable.from(keys.map((key) => Buffer.from(key)));
    return Object.assign(stream, { isTTY: true, modes, setRawMode: (on: boolean) => modes.push(on) });
  }

  test('without echo, with corrections, ended by Enter', async () => {
    const stdin = terminal('12', '9\u007f', '34\r', 'not read');
    const { io, secrets } = reader({ stdin, tty: true });
    expect(toHex(await secrets.ascii('-', '--pin'))).toBe('31323334');
    expect(io.stderr.text()).toBe('--pin: \n');
    expect(stdin.modes).toEqual([true, false]);
  });

  test.each([['\u0003'], ['\r'], []])('%j gives up', async (...keys) => {
    const stdin = terminal(...keys);
    await expect(reader({ stdin }).secrets.ascii('-', '--pin')).rejects.toMatchObject({
      code: 'USAGE_SECRET_SOURCE',
      message: 'nothing was entered',
    });
    expect(stdin.modes).toEqual([true, false]);
  });
});

test('key files come as the octets they are', async () => {
  const der = Uint8Array.of(0x30, 0x00, 0xff, 0x0d, 0x0a);
  expect(await reader().secrets.octets(`@${file(der)}`, '--key')).toEqual(der);
  await expect(reader().secrets.octets(`@${file('')}`, '--key')).rejects.toMatchObject({
    code: 'USAGE_SECRET_SOURCE',
  });
});
