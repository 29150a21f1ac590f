/**
 * The main job over the real PC/SC service, with the program as a process of its own: written and verified in 3G by
 * AID on a logical channel and in 2G by path, read back by OpenSC, the trace dissected by Wireshark's tshark.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulatedCard, type SimulatedCard } from '../../src/simulator/index.js';
import { requirePcscd } from '../support/pcscd.js';

const PSK = '5ca1ab1e0ddba11c0ffee0decafbad01';
const LABEL = 'Start of management';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

requirePcscd('the main job', (pcscd) => {
  const directory = mkdtempSync(join(tmpdir(), 'simboot-main-job-'));
  const at = (name: string): string => join(directory, name);
  const env = { ...process.env, OPENSC_CONF: at('opensc.conf'), OPENSC_DRIVER: 'default', ADM: '12345678' };

  function run(program: string, args: readonly string[]): Promise<Outcome> {
    return new Promise((resolve) => {
      execFile(program, [...args], { env, timeout: 60_000, encoding: 'latin1' }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
      );
    });
  }
  const simboot = (...args: string[]) => run(process.execPath, ['cli/simboot.cjs', '--json', ...args]);
  const commandsOf = (card: SimulatedCard) =>
    card.exchanges.map(({ command }) => Buffer.from(command).toString('hex'));

  beforeAll(async () => {
    writeFileSync(
      at('opensc.conf'),
      'app default { card_drivers = default; enable_default_driver = true; framework pkcs15 { use_file_caching = false; } }\n',
    );
    writeFileSync(at('psk.hex'), PSK);
    const made = await simboot(
      ...['bootstrap', 'create', '--srv-id', 'dm1', '--srv-uri', 'https://dm.example.com/dm'],
      ...['--name', 'Prüfstelle', '--psk-identity', 'device-1', '--psk-key', `@${at('psk.hex')}`],
      ...['--out', at('bootstrap.json')],
    );
    expect(made).toMatchObject({ code: 0 });
  });
  afterEach(() => pcscd.removeAll());
  afterAll(() => rmSync(directory, { recursive: true }));

  /** OpenSC's view: the dump, and the object's octets without the FF padding of the file. */
  async function judgedByOpenSc(
    reader: string,
    pin: readonly string[] = [],
  ): Promise<{ dump: string; object: Buffer }> {
    const dump = await run('pkcs15-tool', ['--reader', reader, '--dump', ...pin]);
    expect(dump).toMatchObject({ code: 0 });
    const read = await run('pkcs15-tool', [
      ...['--reader', reader, ...pin, '--read-data-object', '2.23.43.7.1'],
      ...['--output', at('object.bin'), '--raw'],
    ]);
    expect(read).toMatchObject({ code: 0 });
    const padded = readFileSync(at('object.bin'));
    let end = padded.length;
    while (end > 0 && padded[end - 1] === 0xff) end--;
    return { dump: dump.stdout, object: padded.subarray(0, end) };
  }

  async function expectVerified(reader: string, ...mode: string[]): Promise<void> {
    const verified = await simboot('--reader', reader, ...mode, 'card', 'verify', at('bootstrap.json'));
    expect(verified).toMatchObject({ code: 0 });
  }

  test.each(['uicc', 'uicc-t0'])('3G, %s', async (profile) => {
    const card = createSimulatedCard({ profile });
    const { reader } = await pcscd.insert(card);
    const written = await simboot(
      ...['--reader', reader, '--mode', '3g', '--trace', at(`${profile}.pcap`)],
      ...['card', 'write', at('bootstrap.json'), '--adm-ascii', 'env:ADM', '--label', LABEL],
    );
    expect(written).toMatchObject({ code: 0 });
    const commands = commandsOf(card);
    expect(commands).toContain('0070000001');
    expect(commands.some((hex) => /^01a4040[0-9a-f]0ca000000063504b43532d3135/.test(hex))).toBe(true);
    expect(commands.filter((hex) => hex.startsWith('01d6')).length).toBeGreaterThan(1);
    await expectVerified(reader);

    const { dump, object } = await judgedByOpenSc(reader);
    expect(dump).toContain(`Data object '${LABEL}'`);
    expect(dump).toMatch(/applicationOID:\s+2\.23\.43\.7\.1/);
    expect(dump).not.toMatch(/private|modifiable/i);
    expect(object.equals(readFileSync(at('bootstrap.json')))).toBe(true);
    await expectDissected(at(`${profile}.pcap`), readFileSync(at('bootstrap.json')));
  });

  /** READ always and UPDATE ADM1, as each profile writes its rules; the last two have no EF(AODF) yet. */
  const RULES = {
    'uicc-locked': undefined,
    'uicc-compact': '8C:032000',
    'uicc-expanded': 'AB:8001019000800102A40683010A950108',
  } as const;

  test.each(Object.entries(RULES))('3G, a private object behind PIN1: %s', async (profile, rule) => {
    const { reader } = await pcscd.insert(createSimulatedCard({ profile }));
    if (rule !== undefined) {
      const created = await simboot(
        ...['--reader', reader, 'card', 'create-files', '--adm-ascii', 'env:ADM', '--aodf-size', '64'],
        ...['--dir-rule', rule, '--public-rule', rule, '--bootstrap-rule', rule],
      );
      expect(created).toMatchObject({ code: 0 });
    }
    writeFileSync(at('pin'), '1234');
    const keys = ['--adm-ascii', 'env:ADM', '--pin', `@${at('pin')}`];
    const written = await simboot('--reader', reader, 'card', 'write', at('bootstrap.json'), ...keys);
    expect(written).toMatchObject({ code: 0 });
    const { dump, object } = await judgedByOpenSc(reader, ['--pin', '1234']);
    expect(dump).toMatch(/PIN \[PIN1?\]\s+Object Flags\s+: \[0x01\], private\s+ID\s+: 01/);
    expect(dump).toMatch(/applicationOID:\s+2\.23\.43\.7\.1\s+Path:\s+3f007f506431\s+Auth ID:\s+01/);
    expect(object.equals(readFileSync(at('bootstrap.json')))).toBe(true);
  });

  test('2G by path, on a SIM that speaks T=0', async () => {
    const card = createSimulatedCard({ profile: 'sim' });
    const { reader } = await pcscd.insert(card);
    const written = await simboot(
      ...['--reader', reader, '--mode', '2g', '--trace', at('sim.pcap')],
      ...['card', 'write', at('bootstrap.json'), '--adm-ascii', 'env:ADM', '--consent-unknown-tries'],
    );
    expect(written).toMatchObject({ code: 0 });
    const commands = commandsOf(card);
    expect(commands.every((hex) => hex.startsWith('a0'))).toBe(true);
    expect(commands).toEqual(expect.arrayContaining(['a0a40000027f50', 'a0a40000025031', 'a0a40000026431']));
    await expectVerified(reader, '--mode', '2g');
    await expectDissected(at('sim.pcap'), readFileSync(at('bootstrap.json')));
  });

  test('written in 2G mode, read back in 3G mode by OpenSC', async () => {
    const card = createSimulatedCard({ profile: 'uicc-2g' });
    const { reader } = await pcscd.insert(card);
    const written = await simboot(
      ...['--reader', reader, '--mode', '2g', 'card', 'write', at('bootstrap.json')],
      ...['--adm-ascii', 'env:ADM', '--consent-unknown-tries', '--label', LABEL],
    );
    expect(written).toMatchObject({ code: 0 });
    expect(commandsOf(card).every((hex) => hex.startsWith('a0'))).toBe(true);
    const { dump, object } = await judgedByOpenSc(reader);
    expect(dump).toContain(`Data object '${LABEL}'`);
    expect(object.equals(readFileSync(at('bootstrap.json')))).toBe(true);
  });

  test('a flipped octet is found, with exit code 6', async () => {
    const card = createSimulatedCard({ profile: 'uicc-personalized' });
    const { reader } = await pcscd.insert(card);
    const verified = await simboot('--reader', reader, 'card', 'verify', at('bootstrap.json'));
    expect(verified.code).toBe(6);
    expect(verified.stdout).not.toContain(PSK);
  });

  /** Every packet is gsm_sim or the ATR of simtrace, none malformed, and neither PSK, ADM nor document is in the file. */
  async function expectDissected(pcap: string, document: Buffer): Promise<void> {
    const frames = await run('tshark', ['-n', '-r', pcap, '-T', 'fields', '-e', 'frame.protocols']);
    expect(frames).toMatchObject({ code: 0 });
    const protocols = frames.stdout.trim().split('\n');
    expect(protocols.length).toBeGreaterThan(10);
    expect(protocols.filter((line) => line.includes('gsm_sim')).length).toBeGreaterThanOrEqual(
      protocols.length - 1,
    );
    const malformed = await run('tshark', ['-n', '-r', pcap, '-Y', '_ws.malformed']);
    expect(malformed).toMatchObject({ code: 0, stdout: '' });
    const octets = readFileSync(pcap);
    expect(octets.includes(document.subarray(1, 40))).toBe(false);
    expect(octets.includes(Buffer.from('12345678'))).toBe(false);
  }
});
