import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { concat, fromHex, toHex } from '../../src/bytes/index.js';
import { ReaderError } from '../../src/errors/index.js';
import { openTrace, PcapTrace, Recorder, TextTrace } from '../../src/transport/index.js';
import { play, ScriptedChannel } from '../support/scriptedChannel.js';

type Script = readonly (readonly [command: string, answer: string | Error])[];

/** A clock that moves on by 2.5 ms with each look at its stopwatch. */
function clock() {
  let ticks = 0;
  return { now: () => new Date(1_800_000_000_000 + ticks * 2), monotonic: () => 2.5 * ticks++ };
}

async function textOf(script: Script, reveal = false): Promise<string> {
  let text = '';
  const sink = new TextTrace((bytes) => {
    text += Buffer.from(bytes).toString();
  });
  await play(new Recorder(new ScriptedChannel(script), sink, { reveal, clock: clock() }), script);
  return text;
}

const SECRET = 'c0ffee'.repeat(5);
const SELECT_DF = ['00a4040c0c a000000063504b43532d3135', '9000'] as const;

describe('text trace', () => {
  test('names commands and files, explains status words, tells times', async () => {
    const text = await textOf([
      ['00a40804022f00', '62028205 9000'.replace(' ', '')],
      ['00b2010426', '61144f0ca000000063504b43532d313551043f007f509000'],
      ['00a40804047f505031', '6a82'],
    ]);
    expect(text.split('\n')).toEqual([
      '# simboot trace: > to the card, < from the card, times in milliseconds since the first line',
      '# Keys and PINs never show; contents of files other than known structure show as a length unless revealed.',
      '# started 2027-01-15T08:00:00.000Z',
      '# reader Scripted 0',
      '     0 ATR 3b 9f 96 80 1f c7 80 31 a0 73 be 21 13 67 43 20 07 18 00 00 01 a5 (T=1)',
      '     0 #1 SELECT 2F00 EF(DIR)',
      '         > 00 a4 08 04 02 2f 00',
      '         < 62 02 82 05 90 00',
      '           done, 2.5 ms',
      '     4 #2 READ RECORD 1 of 3F00/2F00 EF(DIR)',
      '         > 00 b2 01 04 26',
      '         < 61 14 4f 0c a0 00 00 00 63 50 4b 43 53 2d 31 35 51 04 3f 00 7f 50 90 00',
      '           done, 2.5 ms',
      '     8 #3 SELECT 3F00/7F50/5031',
      '         > 00 a4 08 04 04 7f 50 50 31',
      '         < 6a 82',
      '           file or application not found, 2.5 ms',
      '',
    ]);
  });

  test('a PIN shows as a length, even when content is revealed', async () => {
    for (const reveal of [false, true]) {
      const text = await textOf([['0020000a08 3132333435363738', '63c2']], reveal);
      expect(text).toContain('#1 VERIFY key 0A\n');
      expect(text).toContain('> 00 20 00 0a 08 [8 octets hidden]\n');
      expect(text).toContain('verification failed or not done, 2 tries left');
      expect(text).not.toContain('31 32 33');
    }
  });

  test('the content of a bootstrap file is hidden unless revealed', async () => {
    const script: Script = [
      SELECT_DF,
      ['00a4000c026431', '9000'],
      [`00b000000f`, `${SECRET}9000`],
      [`00d600000f${SECRET}`, '9000'],
    ];
    const hidden = await textOf(script);
    expect(hidden).toContain('READ BINARY a000000063504b43532d3135 PKCS#15/6431, offset 0, 15 octets');
    expect(hidden).toContain('< [15 octets hidden] 90 00');
    expect(hidden).toContain('> 00 d6 00 00 0f [15 octets hidden]\n');
    expect(hidden).not.toContain('c0 ff ee');
    expect((await textOf(script, true)).match(/(c0 ff ee ){5}/g)).toHaveLength(1);
  });

  test('a failed SELECT, a reset, a secured SELECT or a short identifier leave no file open to view', async () => {
    const read = ['00b0000003', 'c0ffee9000'] as const;
    const select = (fid: string, sw: string) => [`00a4000c02${fid}`, sw] as const;
    const odf = [SELECT_DF, select('5031', '9000')] as const;
    const shows = async (script: Script) => (await textOf(script)).includes('< c0 ff ee 90 00');
    expect(await shows([...odf, read])).toBe(true);
    expect(await shows([...odf, select('6431', '6a82'), read])).toBe(false);
    expect(await shows([...odf, select('6431', '9000'), read])).toBe(false);
    expect(await shows([read])).toBe(false);
    expect(await shows([...odf, ['04a4000c0a 5031 aabbccdd11223344', '9000'], read])).toBe(false);
    expect(await shows([...odf, ['00b0850003', 'c0ffee9000']])).toBe(false);
    expect(await shows([['00b29ef403', 'c0ffee9000']])).toBe(true);
    expect(await shows([['00b0920003', 'c0ffee9000']])).toBe(false);
  });

  test('an answer that GET RESPONSE fetches is as secret as its command', async () => {
    const fetch = async (first: readonly [string, string]) =>
      textOf([first, ['00c0000003', 'c0ffee9000']] as Script);
    expect(await fetch(['00a40004023f00', '6103'])).toContain('< c0 ff ee 90 00');
    expect(await fetch(['0088008111 10 00112233445566778899aabbccddeeff', '6103'])).toContain(
      '< [3 octets hidden] 90 00',
    );
    expect(await fetch(['00b0000003', '6103'])).toContain('< [3 octets hidden] 90 00');
  });

  test('2G: PIN and GSM algorithm are hidden, SELECT answers show', async () => {
    const text = await textOf([
      ['a0a40000023f00', '9f16'],
      ['a0c0000002', '01029000'],
      ['a020000108 3132333435363738', '9804'],
      ['a088000010 00112233445566778899aabbccddeeff', '9f0c'],
      ['a0c000000c', 'aabbccddeeff0011223344559000'],
    ]);
    expect(text).toContain('< 01 02 90 00');
    expect(text).toContain('> a0 20 00 01 08 [8 octets hidden]');
    expect(text).toContain('> a0 88 00 00 10 [16 octets hidden]');
    expect(text).toContain('< [12 octets hidden] 90 00');
  });

  test('keys of a security domain are hidden, its handshake shows', async () => {
    const text = await textOf(
      [
        ['8050300008 0011223344556677 00', '00112233445566778899aabb9000'],
        ['84d8008110 c0ffeec0ffeec0ffeec0ffeec0ffee00', '9000'],
        ['80e2900003 c0ffee', '9000'],
      ],
      true,
    );
    expect(text).toContain('INITIALIZE UPDATE\n');
    expect(text).toContain('> 80 50 30 00 08 00 11 22 33 44 55 66 77 00');
    expect(text).toContain('PUT KEY (secure messaging)\n');
    expect(text).not.toContain('c0 ff ee');
  });

  test('a wrapped command is told without the length of what it carries', async () => {
    const text = await textOf([['04b0000a08 0011223344556677 00', '6982']]);
    expect(text).toMatch(/READ BINARY .*, offset 10 \(secure messaging\)\n/);
  });

  test('content shows as the ciphertext that it is where the level encrypts it, and nowhere else', async () => {
    const under = async (level: string, more: Script) =>
      textOf([[`8482${level}0010 ${'00'.repeat(16)}`, '9000'], ...more]);
    const read = ['04b0000008 1122334455667788', 'c0ffee9000'] as const;
    const update = ['04d600000b c0ffee1122334455667788', '9000'] as const;
    expect((await under('33', [read, update])).match(/c0 ff ee/g)).toHaveLength(2);
    expect((await under('03', [read])).includes('c0 ff ee')).toBe(false);
    expect((await under('03', [update])).includes('c0 ff ee')).toBe(true);
    for (const level of ['00', '01', '11']) {
      expect((await under(level, [read, update])).includes('c0 ff ee')).toBe(false);
    }
    const fetched: Script = [
      ['04b0000008 1122334455667788', '6103'],
      ['00c0000003', 'c0ffee9000'],
    ];
    expect(await under('33', fetched)).toContain('< c0 ff ee 90 00');
    expect(await under('13', fetched)).toContain('< [3 octets hidden] 90 00');
    // PINs and keys stay hidden, another channel and a session that is over count as content
    expect(await under('33', [['0420000a0b c0ffee1122334455667788', '9000']])).not.toContain('c0 ff ee');
    for (const other of ['05', '00']) {
      const command = `${other}b0000003`;
      expect(await under('33', [[command, 'c0ffee9000']])).not.toContain('c0 ff ee');
    }
    const over = ['00a404000c a000000063504b43532d3135', '9000'] as const;
    expect(await under('33', [over, read])).not.toContain('c0 ff ee');
    expect(await under('33', [['0070000001', '019000'], read])).not.toContain('c0 ff ee');
  });

  test('what an exchange was inside a secure channel, under the same rules', async () => {
    const inside = async (reveal: boolean) => {
      let text = '';
      const sink = new TextTrace((bytes) => {
        text += Buffer.from(bytes).toString();
      });
      const script: Script = [SELECT_DF, ['04a400000a 001122334455667788aa', '00112233445566779000']];
      const recorder = new Recorder(new ScriptedChannel(script), sink, { reveal, clock: clock() });
      await play(recorder, script);
      recorder.inside({ cla: 0, ins: 0xa4, p1: 0, p2: 0x0c, data: fromHex('6431') }, answer(''));
      recorder.inside({ cla: 0, ins: 0xb0, p1: 0, p2: 0, le: 3 }, answer('c0ffee'));
      recorder.inside({ cla: 0, ins: 0xa4, p1: 0, p2: 0x0c, data: fromHex('5031') }, answer(''));
      recorder.inside({ cla: 0, ins: 0xb0, p1: 0, p2: 0, le: 2 }, answer('a70a'));
      recorder.inside({ cla: 0, ins: 0x20, p1: 0, p2: 1, data: fromHex('c0ffee') }, answer(''));
      return text;
    };
    const answer = (data: string) => ({ data: fromHex(data), sw: 0x9000 });
    const hidden = await inside(false);
    expect(hidden).toContain('  inside the channel: SELECT 6431\n');
    expect(hidden).toContain(
      'inside the channel: READ BINARY a000000063504b43532d3135 PKCS#15/6431, offset 0',
    );
    expect(hidden).toContain(') 00 b0 00 00 03\n');
    expect(hidden).toContain('( [3 octets hidden] 90 00\n');
    expect(hidden).toContain('( a7 0a 90 00\n');
    expect(hidden).not.toContain('c0 ff ee');
    expect((await inside(true)).match(/c0 ff ee/g)).toHaveLength(1);
    const pcap: Uint8Array[] = [];
    const script: Script = [SELECT_DF];
    const wire = new Recorder(new ScriptedChannel(script), new PcapTrace((bytes) => pcap.push(bytes)));
    await play(wire, script);
    const before = pcap.length;
    wire.inside({ cla: 0, ins: 0xb0, p1: 0, p2: 0, le: 3 }, answer('c0ffee'));
    expect(pcap).toHaveLength(before);
  });

  test('a failure stands where the answer would', async () => {
    const text = await textOf([['00a40004023f00', new ReaderError('READER_CARD_REMOVED', 'gone')]]);
    expect(text).toContain('> 00 a4 00 04 02 3f 00\n         ! READER_CARD_REMOVED, 2.5 ms\n');
  });

  test('nothing of a command of an instruction that is not known shows', async () => {
    const text = await textOf([['0077000003c0ffee', 'c0ffee9000']]);
    expect(text).toContain('INS 77');
    expect(text).not.toContain('c0 ff ee');
  });

  test('whatever the octets, the recorder takes them and hands the answer on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 4, maxLength: 40 }),
        fc.uint8Array({ maxLength: 40 }),
        async (command, answer) => {
          const inner = new ScriptedChannel([[toHex(command), toHex(answer)]]);
          const parts: Uint8Array[] = [];
          const text = new Recorder(inner, new TextTrace(() => undefined));
          const recorder = new Recorder(text, new PcapTrace((bytes) => parts.push(bytes)));
          expect(await recorder.transmit(command)).toEqual(answer);
          expect(parts.length).toBe(answer.length < 2 ? 1 : 2);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('pcap trace', () => {
  test('octets of the file, written by hand from the formats', async () => {
    const parts: Uint8Array[] = [];
    const script: Script = [['00a40004023f0000', '6f009000']];
    const sink = new PcapTrace((bytes) => parts.push(bytes));
    await play(new Recorder(new ScriptedChannel(script), sink, { clock: clock() }), script);
    const ip = (total: string, sum: string) => `4500${total}00000000 4011${sum} 7f000001 7f000001`;
    const expected = [
      'a1b2c3d4 0002 0004 00000000 00000000 0000ffff 00000065',
      '6b49d200 00000000 00000042 00000042',
      ip('0042', '7ca9'),
      'c350 1279 002e 0000',
      '02 04 04 00 0000 00 00 00000000 01 00 00 00',
      '3b9f96801fc78031a073be21136743200718000001a5',
      '6b49d200 00000000 00000037 00000037',
      ip('0037', '7cb4'),
      'c350 1279 0023 0000',
      '02 04 04 00 0000 00 00 00000000 00 00 00 00',
      '00a40004023f00 6f00 9000',
    ];
    expect(toHex(concat(...parts))).toBe(toHex(fromHex(expected.join(' '))));
  });

  test('hidden octets are replaced, and lengths stay', async () => {
    const parts: Uint8Array[] = [];
    const script: Script = [['0020000108 3132333435363738', '9000']];
    await play(
      new Recorder(new ScriptedChannel(script), new PcapTrace((bytes) => parts.push(bytes))),
      script,
    );
    expect(toHex(concat(...parts))).toContain(`0020000108${'00'.repeat(8)}9000`);
    expect(toHex(concat(...parts))).not.toContain('313233');
  });
});

describe('trace files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'simboot-trace-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  test('each exchange is in the file at once, and only the owner can read it', async () => {
    const path = join(directory, 'card.txt');
    const sink = openTrace(path);
    const channel = new Recorder(new ScriptedChannel([['00a40004023f00', '9000']]), sink);
    expect(readFileSync(path, 'utf8')).toMatch(/ATR 3b 9f/);
    await channel.transmit(fromHex('00a40004023f00'));
    expect(readFileSync(path, 'utf8')).toMatch(/#1 SELECT 3F00 MF/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    sink.close();
    sink.close();
  });

  test('another ending and a directory that is not there are usage errors', () => {
    expect(() => openTrace(join(directory, 'card.log'))).toThrow(
      expect.objectContaining({ code: 'USAGE_ARGUMENT' }),
    );
    expect(() => openTrace(join(directory, 'no', 'card.txt'))).toThrow(
      expect.objectContaining({ code: 'USAGE_FILE_UNWRITABLE' }),
    );
  });

  const full = existsSync('/dev/full') ? test : test.skip;
  full('a full disk does not stop the work; closing tells', async () => {
    const path = join(directory, 'full.txt');
    symlinkSync('/dev/full', path);
    const sink = openTrace(path);
    const channel = new Recorder(new ScriptedChannel([['00a40004023f00', '9000']]), sink);
    expect(toHex(await channel.transmit(fromHex('00a40004023f00')))).toBe('9000');
    expect(() => sink.close()).toThrow(expect.objectContaining({ code: 'USAGE_FILE_UNWRITABLE' }));
  });
});
