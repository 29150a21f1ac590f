/** Security domain commands: octets written by hand from GPC 2.3.1, and through a real session. */
import { createCipheriv } from 'node:crypto';
import { type CommandApdu, type CommandProcessor, encodeCommand } from '../../src/apdu/index.js';
import { concat, fromHex, toHex } from '../../src/bytes/index.js';
import { MemoryKey } from '../../src/crypto/index.js';
import {
  CARD_RECOGNITION_DATA,
  CPLC,
  getStatus,
  putKeyCommand,
  putKeys,
  readCardRecognition,
  readCplc,
  readKeyInformation,
  scp03ModeOf,
  storeData,
} from '../../src/globalplatform/index.js';
import { type Application, ReferenceCard } from './reference-card.js';
import { keySet, open, rawKeys } from './support.js';

/** Answers from a script of hex; remembers the commands. */
function scripted(...answers: string[]): CommandProcessor & { sent: string[] } {
  const sent: string[] = [];
  return {
    sent,
    channel: undefined as never,
    async send(command: CommandApdu) {
      sent.push(toHex(encodeCommand(command)));
      const answer = fromHex(answers.shift() ?? '6f00');
      return { data: answer.slice(0, -2), sw: (answer.at(-2)! << 8) | answer.at(-1)! };
    },
  };
}

const CPLC_HEX = CPLC.examples[0]!.hex;

describe('GET DATA', () => {
  test('CPLC with its tag or without, on any channel', async () => {
    for (const answer of [`${CPLC_HEX}9000`, `${CPLC_HEX.slice(6)}9000`]) {
      const processor = scripted(answer);
      const cplc = await readCplc({ processor, logicalChannel: 5 });
      expect([cplc.icFabricator, cplc.icSerialNumber]).toEqual(['4790', '00012345']);
      expect(processor.sent).toEqual(['c1ca9f7f00']);
    }
    await expect(readCplc({ processor: scripted('6a88') })).rejects.toMatchObject({
      details: { sw: '6A88' },
    });
    await expect(readCplc({ processor: scripted('9f7f0200009000') })).rejects.toThrow('42 octets');
  });

  test('key information template', async () => {
    const processor = scripted('e012c00401308820c00402308820c004033088209000');
    expect(
      (await readKeyInformation({ processor })).map((key) => [key.id, key.version, key.components]),
    ).toEqual([1, 2, 3].map((id) => [id, 0x30, [{ type: 0x88, length: 32 }]]));
    expect(processor.sent).toEqual(['80ca00e000']);
  });

  test('Card Recognition Data tell the mode, unless there are two', async () => {
    const processor = scripted(`${CARD_RECOGNITION_DATA.examples[0]!.hex}9000`);
    const data = await readCardRecognition({ processor });
    expect(scp03ModeOf(data)).toBe('S8');
    const with16 = {
      ...data,
      protocols: [
        { protocol: 3, i: 0x71 },
        { protocol: 2, i: 0x55 },
      ],
    };
    expect(scp03ModeOf(CARD_RECOGNITION_DATA.decode(CARD_RECOGNITION_DATA.encode(with16)))).toBe('S16');
    expect(scp03ModeOf({ version: [], protocols: [...with16.protocols, ...data.protocols] })).toBeUndefined();
    expect(scp03ModeOf({ version: [], protocols: [{ protocol: 2, i: 0x15 }] })).toBeUndefined();
  });
});

describe('GET STATUS', () => {
  test('pages until the card has no more', async () => {
    const entry = (last: string) => `e3114f08a0000000030000${last}9f700107c50100`;
    const processor = scripted(`${entry('01')}6310`, `${entry('02')}6310`, `${entry('03')}9000`);
    const found = await getStatus({ processor }, 'applications');
    expect(found.map(({ aid }) => toHex(aid))).toEqual(
      ['01', '02', '03'].map((last) => `a0000000030000${last}`),
    );
    expect(found[0]).toMatchObject({ lifeCycle: 7, modules: [] });
    expect(processor.sent).toEqual(['80f24002024f0000', '80f24003024f0000', '80f24003024f0000']);
  });

  test('an empty registry, a refusal, pages without end', async () => {
    expect(await getStatus({ processor: scripted('6a88') }, 'load-files')).toEqual([]);
    await expect(getStatus({ processor: scripted('6982') }, 'load-files')).rejects.toMatchObject({
      code: 'SECURITY_ACCESS_DENIED',
    });
    const endless = scripted(...Array.from({ length: 300 }, () => '6310'));
    await expect(getStatus({ processor: endless }, 'load-files')).rejects.toMatchObject({
      code: 'CARD_RESPONSE',
    });
  });

  test('the old form for a card that knows no other, as recorded sessions have it', async () => {
    const processor = scripted('6a86', '08a0000001510000000f9e9000');
    const [domain] = await getStatus({ processor }, 'issuer-security-domain');
    expect(toHex(domain!.aid)).toBe('a000000151000000');
    expect([domain!.lifeCycle, toHex(domain!.privileges)]).toEqual([0x0f, '9e']);
    expect(processor.sent).toEqual(['80f28002024f0000', '80f28000024f0000']);
    const modules = scripted('6a86', '05a000000151010001 06a00000015101 9000'.replaceAll(' ', ''));
    const [file] = await getStatus({ processor: modules }, 'load-files-and-modules');
    expect(file!.modules.map(toHex)).toEqual(['a00000015101']);
    const cut = scripted('6a86', '08a00000019000');
    await expect(getStatus({ processor: cut }, 'applications')).rejects.toMatchObject({ code: 'DATA_TLV' });
  });
});

describe('PUT KEY', () => {
  const dek = Buffer.alloc(16, 0x0d);
  const newKeys = (length: number) => {
    const raw = rawKeys(length);
    return { enc: new MemoryKey(raw.enc), mac: new MemoryKey(raw.mac), dek: new MemoryKey(raw.dek) };
  };
  const encrypted = (key: Buffer, padding = Buffer.alloc(0)): string =>
    createCipheriv('aes-128-cbc', dek, Buffer.alloc(16))
      .setAutoPadding(false)
      .update(Buffer.concat([key, padding]))
      .toString('hex');

  test.each([
    ['with-length', 16, '881110'],
    ['bare', 16, '8810'],
    ['with-length', 24, '882118'],
    ['with-length', 32, '882120'],
    ['bare', 32, '8820'],
  ] as const)('%s field of %i octets', async (form, length, head) => {
    const keys = newKeys(length);
    const options = {
      keys,
      version: 0x31,
      replaces: 0x30,
      form,
      random: (n: number) => new Uint8Array(n).fill(0xee),
    };
    const command = await putKeyCommand(new MemoryKey(dek), options, 1);
    const raw = rawKeys(length);
    const padding = length === 24 ? Buffer.alloc(8, 0xee) : Buffer.alloc(0);
    const field = (purpose: 'enc' | 'mac' | 'dek') =>
      `${head}${encrypted(raw[purpose], padding)}03${keys[purpose].kcv}`;
    expect([command.cla, command.ins, command.p1, command.p2]).toEqual([0x81, 0xd8, 0x30, 0x81]);
    expect(toHex(command.data!)).toBe(`31${field('enc')}${field('mac')}${field('dek')}`);
  });

  test('a bare AES-192 field and wrong versions are refused', async () => {
    const key = new MemoryKey(dek);
    const refused = (options: object) =>
      expect(
        putKeyCommand(key, { keys: newKeys(16), version: 1, replaces: 0, ...options }),
      ).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
    await refused({ keys: newKeys(24), form: 'bare' });
    await refused({ version: 0 });
    await refused({ version: 0x80 });
    await refused({ replaces: 0x80 });
  });

  const loading = async (application: Application) => {
    const card = new ReferenceCard({ ...rawKeys(16), application });
    return { card, session: await open(card, { keySet: keySet(16) }) };
  };
  const answerOf = (keys: ReturnType<typeof newKeys>, version: number): Uint8Array =>
    concat([version], fromHex(keys.enc.kcv), fromHex(keys.mac.kcv), fromHex(keys.dek.kcv));

  test('in a session: the check values of the card are compared', async () => {
    const keys = newKeys(32);
    const { card, session } = await loading(() => ({ data: answerOf(keys, 0x31) }));
    await putKeys(session, { keys, version: 0x31, replaces: 0 });
    expect(card.plain[0]).toMatchObject({ ins: 0xd8, p1: 0, p2: 0x81 });
  });

  test('a card that reports other keys, or none: the set is live all the same', async () => {
    const keys = newKeys(16);
    for (const data of [answerOf(newKeys(24), 0x31), answerOf(keys, 0x32), new Uint8Array(0)]) {
      const { session } = await loading(() => ({ data }));
      await expect(putKeys(session, { keys, version: 0x31, replaces: 0 })).rejects.toMatchObject({
        code: 'SECURITY_KEY_CHECK',
        details: { accepted: true, version: '31' },
      });
    }
  });

  test('a refusal leaves the keys as they were', async () => {
    const { session } = await loading(() => ({ sw: 0x6a80 }));
    await expect(putKeys(session, { keys: newKeys(16), version: 0x31, replaces: 0 })).rejects.toMatchObject({
      details: { sw: '6A80', accepted: false },
    });
  });
});

describe('STORE DATA', () => {
  test('blocks as large as the channel carries, the last one marked', async () => {
    const card = new ReferenceCard({
      ...rawKeys(16),
      application: ({ p1 }) => ({ data: Uint8Array.of(p1) }),
    });
    const session = await open(card, { keySet: keySet(16) });
    const data = Uint8Array.from({ length: 500 }, (_, i) => i & 0xff);
    const answer = await storeData(session, data, { structure: 'dgi', encryption: 'encrypted' });
    expect(card.plain.map(({ ins, p1, p2, data: block }) => [ins, p1, p2, block.length])).toEqual([
      [0xe2, 0x68, 0, 239],
      [0xe2, 0x68, 1, 239],
      [0xe2, 0xe8, 2, 22],
    ]);
    expect(Uint8Array.from(Buffer.concat(card.plain.map((one) => one.data)))).toEqual(data);
    expect(toHex(answer)).toBe('e8');
  });

  test('a refusal says which block; nothing, or too much, is refused', async () => {
    const card = new ReferenceCard({
      ...rawKeys(16),
      application: ({ p2 }) => ({ sw: p2 === 1 ? 0x6a80 : 0x9000 }),
    });
    const session = await open(card, { keySet: keySet(16) });
    await expect(storeData(session, new Uint8Array(300))).rejects.toMatchObject({
      message: expect.stringContaining('block 2'),
      details: { block: 1 },
    });
    await expect(storeData(session, new Uint8Array(0))).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
    await expect(storeData(session, new Uint8Array(239 * 256 + 1))).rejects.toMatchObject({
      code: 'USAGE_ARGUMENT',
    });
  });
});

test('GET STATUS pages inside the channel carry their MAC', async () => {
  let page = 0;
  const card = new ReferenceCard({
    ...rawKeys(16),
    application: () => ({ data: fromHex('e30b4f05a0000000019f700107'), sw: page++ < 2 ? 0x6310 : 0x9000 }),
  });
  const session = await open(card, { keySet: keySet(16) });
  expect(await getStatus({ processor: session }, 'applications')).toHaveLength(3);
  expect(card.plain.map(({ p2 }) => p2)).toEqual([2, 3, 3]);
});
