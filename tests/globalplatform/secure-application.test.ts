/** The flow of DM 2.0 Appendix H, exchange by exchange: clear up to EXTERNAL AUTHENTICATE, wrapped from then on. */
import type { CardChannel } from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { openSecureApplication } from '../../src/globalplatform/index.js';
import { ReferenceCard } from './reference-card.js';
import { keySet, rawKeys } from './support.js';

const AID = fromHex('a000000063504b43532d3135');
const BOOTSTRAP = Buffer.from(
  '{"secret":"of the bootstrap document, longer than one command carries"}'.repeat(8),
);

/** A card whose files can be read inside the secure channel only. */
function uicc(more: { channelAnswer?: string; selectSw?: string } = {}) {
  const sent: string[] = [];
  const received: string[] = [];
  const inner = new ReferenceCard({
    ...rawKeys(16),
    i: 0x70,
    aid: Buffer.from(AID),
    application: ({ ins, p1, p2, le }) =>
      ins === 0xb0 ? { data: BOOTSTRAP.subarray((p1 << 8) | p2, ((p1 << 8) | p2) + (le ?? 0)) } : {},
  });
  const channel: CardChannel = {
    reader: 'uicc',
    atr: new Uint8Array(0),
    protocol: 'T=1',
    async transmit(command) {
      sent.push(toHex(command));
      const answer = await answerTo(command);
      received.push(toHex(answer));
      return answer;
    },
    reset: () => inner.reset(),
    close: () => inner.close(),
  };
  async function answerTo(command: Uint8Array): Promise<Uint8Array> {
    const secured = (command[0]! & 0x04) !== 0;
    if (command[1] === 0x70) return fromHex(command[2] === 0x80 ? '9000' : (more.channelAnswer ?? '019000'));
    if (command[1] === 0xa4 && !secured) return fromHex(more.selectSw ?? '62009000');
    return inner.transmit(command);
  }
  return { channel, sent, received };
}

test('channel, selection in clear, handshake, then every command wrapped at level 33', async () => {
  const { channel, sent, received } = uicc();
  const { session, selectResponse, close } = await openSecureApplication(channel, {
    keySet: keySet(16),
    aid: AID,
    strict: true, // the pseudo-random challenge follows from the selected AID
    random: (octets) => new Uint8Array(octets).fill(0x5c), // so that the octets looked for below are not there by chance
  });
  expect([session.level, session.logicalChannel, toHex(selectResponse)]).toEqual([0x33, 1, '6200']);

  await session.send({ cla: 0x01, ins: 0xa4, p1: 0x00, p2: 0x04, data: fromHex('6431'), le: 256 });
  const parts: Uint8Array[] = [];
  for (let at = 0; at < BOOTSTRAP.length; at += session.maxResponseData) {
    const le = Math.min(session.maxResponseData, BOOTSTRAP.length - at);
    const { data } = await session.send({ cla: 0x01, ins: 0xb0, p1: at >> 8, p2: at & 0xff, le });
    parts.push(data);
  }
  expect(Buffer.concat(parts)).toEqual(BOOTSTRAP);
  await close();

  expect(sent.slice(0, 2)).toEqual(['0070000001', `01a404040c${toHex(AID)}00`]);
  expect(sent[2]).toMatch(/^8150010008[0-9a-f]{16}00$/);
  expect(sent[3]).toMatch(/^8582330010[0-9a-f]{32}$/);
  expect(sent.slice(4, -1).every((command) => command.startsWith('05'))).toBe(true);
  expect(sent.at(-1)).toBe('00708001');
  const wire = [...sent.slice(4), ...received].join(' ');
  expect(wire).not.toContain(toHex(BOOTSTRAP.subarray(0, 8)));
  expect(wire).not.toContain('6431');
  for (const key of Object.values(rawKeys(16))) expect(wire).not.toContain(toHex(key));
});

test('an open channel is used as it is, and left open', async () => {
  const { channel, sent } = uicc();
  const { close } = await openSecureApplication(channel, { keySet: keySet(16), aid: AID, logicalChannel: 2 });
  await close();
  expect(sent.map((command) => command.slice(0, 4))).toEqual(['02a4', '8250', '8682']);
});

test.each([
  [
    'the application is missing',
    { selectSw: '6a82' },
    keySet(16),
    'CARD_FILE_NOT_FOUND',
    ['0070', '01a4', '0070'],
  ],
  [
    'the key version is missing',
    {},
    keySet(16, 'S8', 9),
    'SECURITY_KEY_VERSION',
    ['0070', '01a4', '8150', '0070'],
  ],
  ['there is no channel', { channelAnswer: '6881' }, keySet(16), 'CARD_STATUS', ['0070']],
  ['the channel makes no sense', { channelAnswer: '009000' }, keySet(16), 'CARD_RESPONSE', ['0070']],
])('%s: what was opened is closed again', async (_what, card, keys, code, commands) => {
  const { channel, sent } = uicc(card);
  await expect(openSecureApplication(channel, { keySet: keys, aid: AID })).rejects.toMatchObject({ code });
  expect(sent.map((command) => command.slice(0, 4))).toEqual(commands);
});
