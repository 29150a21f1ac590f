/** Every key size, mode, level, APDU case and a range of channels, judged by a host made of node:crypto alone. */
import type { SimulatedCard } from '../../src/simulator/index.js';
import { changed, insert } from './cards.js';
import { hex, type StaticKeys, staticKeys, unhex } from './reference.js';
import { octet, open, PKCS15, send, sendAll } from './support.js';

const ENC = '1D72CD9283FD55162722C6BEAA4DC1877F4C0CD0ECC15E052AAC39A99AF9AD72';
const MAC = 'F4932BA02FFC3098D172790099D2838236F2E61068D56F4401CC0374C25AF8CB';
const DEK = 'B4BDC610C3F6793708FF1132E2C5BF60523AEAC06B32F204B851B6CC007C8D3C';
const LEVELS = [0x01, 0x03, 0x11, 0x13, 0x33];

/** Class, instruction, P1, P2, data, Le. */
type Plain = readonly [cla: 0x00 | 0x80, ins: number, p1: number, p2: number, data: string, le: string];

/** Cases 1 to 4 with warnings and errors among them. */
const COMMANDS: readonly Plain[] = [
  [0x00, 0x20, 0x00, 0x0a, '', ''],
  [0x00, 0x20, 0x00, 0x0a, '3132333435363737', ''],
  [0x00, 0x20, 0x00, 0x0a, '3132333435363738', ''],
  [0x00, 0xa4, 0x08, 0x04, '7F506431', '00'],
  [0x00, 0xd6, 0x00, 0x00, hex(Buffer.from('a document in the channel')), ''],
  [0x00, 0xd6, 0x00, 0x10, '00'.repeat(16), ''],
  [0x00, 0xb0, 0x00, 0x00, '', '40'],
  [0x00, 0xb0, 0x00, 0x00, '', '10'],
  [0x00, 0xb0, 0x7f, 0x00, '', '10'],
  [0x00, 0xa4, 0x08, 0x0c, '2F00', ''],
  [0x00, 0xb2, 0x02, 0x04, '', '26'],
  [0x00, 0xb2, 0x09, 0x04, '', '26'],
  [0x80, 0xf2, 0x00, 0x00, '', '00'],
  [0x00, 0xfe, 0x00, 0x00, '', '00'],
];

const setOf = (length: number) => ({
  enc: ENC.slice(0, 2 * length),
  mac: MAC.slice(0, 2 * length),
  dek: DEK.slice(0, 2 * length),
});
const keysOf = (length: number): StaticKeys => {
  const { enc, mac, dek } = setOf(length);
  return staticKeys(enc, mac, dek);
};

async function plainly(card: SimulatedCard, [cla, ins, p1, p2, data, le]: Plain): Promise<string> {
  const lc = data === '' ? '' : octet(data.length / 2);
  return send(card, `${octet(cla)}${octet(ins)}${octet(p1)}${octet(p2)}${lc}${data}${le}`);
}

describe.each([16, 24, 32])('keys of %d octets', (length) => {
  describe.each([8, 16] as const)('S%d', (size) => {
    test.each(LEVELS)('level %i: the same answers as in clear', async (level) => {
      const i = size === 16 ? 0x71 : 0x70;
      const profile = changed('uicc-scp03', { i, keySets: { '21': setOf(length) } });
      for (const channel of [0, 1, 3, 4, 19]) {
        const card = await insert(profile);
        const host = await open(card, { channel, level, size, keys: keysOf(length) });
        const inClear = await insert(profile);
        await send(inClear, `00A4040C0C${PKCS15}`);
        for (const command of COMMANDS) {
          const [cla, ins, p1, p2, data, le] = command;
          const expected = await plainly(inClear, command);
          const answer = host.unwrap(await send(card, host.wrap(cla, ins, p1, p2, unhex(data)) + le));
          expect([channel, command, answer.data + answer.sw]).toEqual([channel, command, expected]);
        }
        expect(card.file('3F00/7F50/6431')).toEqual(inClear.file('3F00/7F50/6431'));
      }
    });

    test.each([0x11, 0x33])(
      'level %i over T=0: announced with 61xx, fetched with GET RESPONSE',
      async (level) => {
        const i = size === 16 ? 0x61 : 0x60;
        const card = await insert(changed('uicc-scp03-t0', { i, keySets: { '21': setOf(length) } }));
        for (const channel of [0, 3]) {
          const host = await open(card, { channel, level, size, keys: keysOf(length) });
          const exchange = async (ins: number, p1: number, p2: number, data = '') =>
            host.unwrap(await sendAll(card, host.wrap(0x00, ins, p1, p2, unhex(data)), channel));
          expect((await exchange(0x20, 0, 0x0a, '3132333435363738')).sw).toBe('9000');
          expect((await exchange(0xa4, 0x08, 0x04, '7F506431')).data).toMatch(/^62/);
          expect(await exchange(0xd6, 0, 0, 'CAFE')).toEqual({ data: '', sw: '9000' });
          const { data, sw } = await exchange(0xb0, 0, 0);
          const room = level === 0x33 ? 239 : 256 - size;
          expect([data.slice(0, 6), data.length / 2, sw]).toEqual(['CAFEFF', room, '9000']);
          expect(await exchange(0xb0, 0x7f, 0)).toEqual({ data: '', sw: '6B00' });
        }
      },
    );
  });
});

test('extended length at level 33: 1000 octets out and back in one command each', async () => {
  const card = await insert('uicc-scp03');
  const host = await open(card);
  const document = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
  const ok = { data: '', sw: '9000' };
  expect(host.unwrap(await send(card, host.wrap(0x00, 0x20, 0, 0x0a, unhex('3132333435363738'))))).toEqual(
    ok,
  );
  expect(host.unwrap(await send(card, host.wrap(0x00, 0xa4, 0x08, 0x0c, unhex('7F506431'))))).toEqual(ok);
  expect(host.unwrap(await send(card, host.wrap(0x00, 0xd6, 0, 0, document)))).toEqual(ok);
  // the extended form because of Le: Lc has three octets, and so it stands in the MAC
  const read = host.wrapExtended(0x00, 0xb0, 0, 0, 1000);
  expect(host.unwrap(await send(card, read))).toEqual({ data: hex(document), sw: '9000' });
});

test('level 00: authenticated, and nothing more is protected', async () => {
  const card = await insert('uicc-scp03-only');
  await open(card, { level: 0x00 });
  expect(card.secureChannels).toEqual([{ channel: 0, state: 'open', level: 0, keyVersion: 0x30 }]);
  expect(await send(card, '00A4080C047F506431')).toBe('9000');
  expect(await send(card, '00B0000002')).toBe('6982');
});

test('an answer that fits into 256 octets only without its MAC comes in two pieces', async () => {
  const card = await insert('uicc-scp03');
  const host = await open(card);
  await send(card, host.wrap(0x00, 0xa4, 0x08, 0x0c, unhex('7F506431')));
  const { data, sw } = host.unwrap(await sendAll(card, `${host.wrap(0x00, 0xb0, 0, 0)}FA`));
  expect([data.length / 2, sw]).toEqual([250, '9000']);
});

test('two channels have a session each, with their own keys and chaining', async () => {
  const card = await insert('uicc-scp03');
  const [one, two] = [await open(card, { channel: 1 }), await open(card, { channel: 5, level: 0x01 })];
  for (const host of [one, two, two, one]) {
    const answer = host.unwrap(await send(card, `${host.wrap(0x80, 0xf2, 0, 0x01)}00`));
    expect(answer).toEqual({ data: `840C${PKCS15}`, sw: '9000' });
  }
});
