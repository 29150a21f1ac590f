/**
 * DM 2.0 Appendix H over the real PC/SC service, with the program as a process of its own: written, verified,
 * inspected and erased through a secure channel at level 33. The capture and the card itself are searched for anything
 * readable.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulatedCard, type SimulatedCard } from '../../src/simulator/index.js';
import { exchangesOf, readableIn } from '../support/pcap.js';
import { requirePcscd } from '../support/pcscd.js';

const KEY = '404142434445464748494a4b4c4d4e4f';
const PSK = '5ca1ab1e0ddba11c0ffee0decafbad01';
const SELECT_BY_AID = 0x04;

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

requirePcscd('a card through a secure channel', (pcscd) => {
  const directory = mkdtempSync(join(tmpdir(), 'simboot-appendix-h-'));
  const at = (name: string): string => join(directory, name);
  const env = {
    ...process.env,
    ...{ ADM: '12345678', PASS: 'correct horse', K128: KEY, K256: KEY + KEY, WRONG: '13'.repeat(16), PSK },
  };
  const simboot = (...args: string[]): Promise<Outcome> =>
    new Promise((resolve) => {
      const words = ['cli/simboot.cjs', '--json', ...args];
      execFile(process.execPath, words, { env, timeout: 60_000 }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
      );
    });
  const withKeys = (name: string) => [
    ...['--scp03', name, '--store', at('keys.json'), '--passphrase', 'env:PASS'],
  ];
  let document: Buffer;

  beforeAll(async () => {
    const made = await simboot(
      ...['bootstrap', 'create', '--srv-id', 'dm1', '--srv-uri', 'https://dm.example.com/dm'],
      ...['--name', 'Prüfstelle', '--psk-identity', 'device-1', '--psk-key', 'env:PSK'],
      ...['--out', at('bootstrap.json')],
    );
    expect(made).toMatchObject({ code: 0 });
    document = readFileSync(at('bootstrap.json'));
    for (const [name, key, mode] of [
      ['s8', 'env:K128', 'S8'],
      ['s16', 'env:K256', 'S16'],
    ] as const) {
      const imported = await simboot(
        ...['keys', 'import', '--store', at('keys.json'), '--passphrase', 'env:PASS', '--name', name],
        ...['--enc', key, '--mac', key, '--dek', key, '--kvn', '30', '--scp-mode', mode],
      );
      expect(imported).toMatchObject({ code: 0 });
    }
  });
  afterEach(() => pcscd.removeAll());
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Runs a command with a trace; gives its result, and both views of what went over the wire. */
  async function traced(card: SimulatedCard, reader: string, ...command: string[]) {
    const before = card.exchanges.length;
    const outcome = await simboot('--reader', reader, '--trace', at('run.pcap'), 'card', ...command);
    const commands = card.exchanges.slice(before).map((exchange) => Buffer.from(exchange.command));
    return { outcome, commands, pcap: readFileSync(at('run.pcap')) };
  }

  /** Class octets with secure messaging on channels 1 to 3, and 4 to 19 (GPC 2.3.1 §11.1.4). */
  const isSecured = (cla: number): boolean => (cla >= 0x04 && cla <= 0x07) || (cla >= 0x60 && cla <= 0x6f);
  const channelOf = (cla: number): number => (cla & 0x40 ? 4 + (cla & 0x0f) : cla & 0x03);

  function expectNothingInClear(commands: readonly Buffer[], least: number): void {
    const handshake = commands.findIndex(([cla = 0, ins]) => (cla & 0x80) !== 0 && ins === 0x82);
    expect(handshake).toBeGreaterThan(0);
    const [authenticate, ...after] = commands.slice(handshake) as [Buffer, ...Buffer[]];
    expect(authenticate[2]).toBe(0x33);
    const channel = channelOf(authenticate[0]! & 0x7b);
    expect(channel).toBeGreaterThan(0);
    // GET RESPONSE belongs to the transport of T=0; the end of the logical channel comes from the basic one
    const own = after.filter(([cla = 0, ins]) => ins !== 0xc0 && channelOf(cla) === channel);
    expect(own.length).toBeGreaterThan(least);
    expect(own.filter(([cla = 0]) => !isSecured(cla))).toEqual([]);
    const others = after.filter(([cla = 0, ins]) => ins !== 0xc0 && channelOf(cla) !== channel);
    expect(others.map((command) => command.toString('hex', 0, 4))).toEqual([`007080${hex(channel)}`]);
    const selections = commands.filter(([, ins, p1]) => ins === 0xa4 && p1 === SELECT_BY_AID);
    expect(selections).toHaveLength(1);
    // before the channel: EF(DIR) and ICCID, nothing that a PIN opens
    expect(commands.slice(0, handshake).filter(([, ins]) => [0xd6, 0xdc, 0x20].includes(ins!))).toEqual([]);
  }
  const hex = (octet: number): string => octet.toString(16).padStart(2, '0');

  function expectNothingReadable(octets: Buffer): void {
    const secrets = [document, Buffer.from(KEY, 'hex'), Buffer.from(PSK, 'hex'), Buffer.from('12345678')];
    expect(secrets.map((secret) => readableIn(octets, secret))).toEqual(secrets.map(() => undefined));
  }

  test.each([
    ['uicc-scp03', 's8'],
    ['uicc-scp03-t0', 's8'],
    ['uicc-scp03-s16', 's16'],
    ['uicc-scp03-only', 's8'],
  ])('%s: written, verified, inspected, erased; nothing readable on the wire', async (profile, name) => {
    const card = createSimulatedCard({ profile });
    const { reader } = await pcscd.insert(card);
    const runs: [least: number, result: object, ...command: string[]][] = [
      [8, { verified: true }, 'write', at('bootstrap.json'), '--adm-ascii', 'env:ADM'],
      [6, { differences: [] }, 'verify', at('bootstrap.json')],
      [6, { bootstrap: { state: 'document' } }, 'inspect'],
      [6, { verified: true }, 'erase', '--adm-ascii', 'env:ADM'],
    ];
    for (const [least, result, ...command] of runs) {
      const { outcome, commands, pcap } = await traced(card, reader, ...command, ...withKeys(name));
      expect(outcome).toMatchObject({ code: 0 });
      expect(JSON.parse(outcome.stdout)).toMatchObject(result);
      expectNothingInClear(commands, least);
      expectNothingReadable(pcap);
      // the search is not blind: the card's own record has it, and the capture has every exchange
      expectNothingReadable(Buffer.concat(commands));
      expect(exchangesOf(pcap)).toHaveLength(commands.length);
      expect(outcome.stdout).not.toContain(PSK);
      if (command[0] === 'write') {
        const content = Buffer.from(card.file('3F00/7F50/6431')!.content);
        expect(content.subarray(0, document.length).equals(document)).toBe(true);
      }
    }
  });

  test('the same search finds a document that is written in clear', async () => {
    const card = createSimulatedCard({ profile: 'uicc-scp03' });
    const { reader } = await pcscd.insert(card);
    const keys = ['--adm-ascii', 'env:ADM'];
    const { outcome, commands } = await traced(card, reader, 'write', at('bootstrap.json'), ...keys);
    expect(outcome).toMatchObject({ code: 0 });
    // octet 0 goes last, by itself
    expect(readableIn(Buffer.concat(commands), document)).toBe(1);
  });

  test('outside the channel access is denied, and the message says what helps', async () => {
    const card = createSimulatedCard({ profile: 'uicc-scp03-only' });
    const { reader } = await pcscd.insert(card);
    const keys = ['--adm-ascii', 'env:ADM', ...withKeys('s8')];
    expect((await traced(card, reader, 'write', at('bootstrap.json'), ...keys)).outcome.code).toBe(0);
    for (const command of [
      ['verify', at('bootstrap.json')],
      ['write', at('bootstrap.json'), '--adm-ascii', 'env:ADM'],
    ]) {
      const { outcome, pcap } = await traced(card, reader, ...command);
      expect(outcome.code).toBe(4);
      const { error } = JSON.parse(outcome.stdout) as {
        error: { code: string; message: string; next: string };
      };
      expect(error.code).toBe('SECURITY_ACCESS_DENIED');
      expect(error.message).toContain('secure channel');
      expect(error.next).toContain('--scp03');
      expectNothingReadable(pcap);
    }
  });

  test('wrong keys: exit code 4, nothing sent beyond INITIALIZE UPDATE, the card as before', async () => {
    const card = createSimulatedCard({ profile: 'uicc-scp03' });
    const { reader } = await pcscd.insert(card);
    const wrong = ['enc', 'mac', 'dek'].flatMap((one) => [`--scp03-${one}`, 'env:WRONG']);
    const { outcome, commands } = await traced(
      ...([card, reader, 'write', at('bootstrap.json'), '--adm-ascii', 'env:ADM'] as const),
      ...wrong,
    );
    expect(outcome.code).toBe(4);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ error: { code: 'SECURITY_CARD_CRYPTOGRAM' } });
    const update = commands.findIndex(([, ins]) => ins === 0x50);
    expect(commands.slice(update + 1).map((command) => command.toString('hex'))).toEqual(['00708001']);
    expect(card.keyCounters(0x30)?.failures).toBe(0);
    expect(card.file('3F00/7F50/6431')!.content.every((octet) => octet === 0xff)).toBe(true);
  });
});
