import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApduProcessor } from '../../src/apdu/index.js';
import { toHex } from '../../src/bytes/index.js';
import { openTrace, Recorder } from '../../src/transport/index.js';
import { requirePcscd } from '../support/pcscd.js';
import { play, ScriptedChannel } from '../support/scriptedChannel.js';
import { TEST_INS, TestCard } from '../support/testCard.js';

/** Exchanges as a UICC and a SIM have them, written by hand. */
const SESSION = [
  ['00a4040c0ca000000063504b43532d3135', '9000'],
  ['0070000001', '019000'],
  ['01a40004027f5000', '621a82027821 83027f50 8a0105 8b032f0601 c60690018083018190 00'.replace(/ /g, '')],
  ['01a40804047f505031', '6114'],
  ['01c0000014', `6212820241218302503180020040880028${'8a0105'}9000`],
  ['01b0000010', 'a70a300804063f007f506430ffffffff9000'],
  ['01b0000040', '6c10'],
  ['01d60000043030c0ff', '9000'],
  ['01b2010426', `${'61144f0ca000000063504b43532d313551043f007f50'}9000`],
  ['0020000a083132333435363738', '63c2'],
  ['0020000a', '63c2'],
  ['00b00000000000', `${'5a'.repeat(300)}9000`],
  ['0070800100', '9000'],
  ['a0a40000023f00', '9f16'],
  ['a0c0000016', '0000ffff3f000100000000000913000102040083838383009000'],
  ['a0f2000016', '6d00'],
  ['8012000010', 'd00e81030121808202818283038d0104419000'],
  ['801400000c810301218082028281830100', '9000'],
  ['80c200000ad608190103820283818300', '9000'],
  [`008800812210${'0a'.repeat(16)}10${'0b'.repeat(16)}`, '6135'],
  ['00c0000035', `db08${'11'.repeat(8)}10${'22'.repeat(16)}10${'33'.repeat(16)}08${'44'.repeat(8)}9000`],
  ['8050300008001122334455667700', `${'00'.repeat(29)}9000`],
  ['84820000100011223344556677aabbccddeeff0011', '9000'],
  ['84d8008110c0ffeec0ffeec0ffeec0ffeec0ffee00', '9000'],
] as const;

interface Dissection {
  readonly protocols: string[];
  readonly text: string;
}

function tshark(file: string): Dissection {
  const run = (...args: string[]) => {
    const { stdout, stderr, status } = spawnSync('tshark', ['-n', '-r', file, ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return stdout;
  };
  const protocols = run('-T', 'fields', '-e', 'frame.protocols').trim().split('\n');
  return { protocols, text: run('-V', '-o', 'ip.check_checksum:TRUE') };
}

requirePcscd('a pcap trace, judged by tshark', (pcscd) => {
  const directory = mkdtempSync(join(tmpdir(), 'simboot-tshark-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  test('every packet is gsm_sim or an ATR, none is malformed', async () => {
    const path = join(directory, 'session.pcap');
    const sink = openTrace(path);
    await play(new Recorder(new ScriptedChannel(SESSION), sink), SESSION);
    sink.close();
    const { protocols, text } = tshark(path);
    // One packet more than exchanges: the ATR, which newer versions show as such.
    expect(protocols[0]).toMatch(/^raw:ip:udp:gsmtap/);
    expect(protocols).toHaveLength(SESSION.length + 1);
    for (const stack of protocols.slice(1)) expect(stack).toMatch(/^raw:ip:udp:gsmtap:gsm_sim/);
    expect(text).not.toMatch(/malformed|bogus|incorrect|exception/i);
    expect(text).toMatch(/Instruction: SELECT/i);
    expect(text).toMatch(/Instruction: READ BINARY/i);
    expect(text).toMatch(/Status Word: 9000 Normal ending/);
    expect(text).not.toContain('31:32:33:34');
  });

  test('exchanges over the real service', async () => {
    const path = join(directory, 'real.pcap');
    const { reader } = await pcscd.insert(new TestCard({ protocol: 'T=0' }));
    const sink = openTrace(path);
    const channel = new Recorder(await pcscd.service.connect(reader), sink);
    const processor = new ApduProcessor(channel);
    const echo = { cla: 0x80, ins: TEST_INS.ECHO, p1: 0, p2: 0, data: Uint8Array.of(1, 2, 3), le: 256 };
    expect(toHex((await processor.send(echo)).data)).toBe('010203');
    await channel.reset();
    await channel.close();
    sink.close();
    const { protocols, text } = tshark(path);
    expect(protocols).toEqual(['raw:ip:udp:gsmtap:gsm_sim', 'raw:ip:udp:gsmtap:gsm_sim']);
    expect(text).not.toMatch(/malformed/i);
  });
});
