/** A view through a secure channel: the application stays selected (GPC Amendment D §5.6), limits are the channel's. */
import type { CommandApdu, CommandProcessor, ResponseApdu } from '../../src/apdu/index.js';
import { toHex } from '../../src/bytes/index.js';
import { type Card, openCard } from '../../src/card/index.js';
import { emulated } from './emulated.js';
import { PKCS15 } from './support.js';

const LIMITS = { maxRead: 239, maxUpdate: 223 };

/** Stands for the secure channel: notes what it is given, and passes it on. */
class Passage implements CommandProcessor {
  readonly sent: string[] = [];

  constructor(private readonly lower: CommandProcessor) {}

  get channel() {
    return this.lower.channel;
  }

  send(command: CommandApdu): Promise<ResponseApdu> {
    const { cla, ins, p1, p2, data = new Uint8Array(0), le } = command;
    this.sent.push(`${toHex(Uint8Array.of(cla, ins, p1, p2))} ${toHex(data)} ${le ?? '-'}`);
    return this.lower.send(command);
  }
}

async function securedView(): Promise<{ card: Card; before: Card; passage: Passage }> {
  const { channel } = await emulated('uicc');
  const before = await (await openCard(channel)).openLogicalChannel();
  await before.selectApplication(PKCS15);
  const passage = new Passage(before.processor);
  return { card: before.secured(passage, LIMITS), before, passage };
}

test('files by identifier in the application; the rule in the MF, then back without the AID', async () => {
  const { card, passage } = await securedView();
  expect([card.logicalChannel, card.maxRead, card.maxUpdate]).toEqual([1, 239, 223]);
  await card.readBinary({ application: PKCS15, relative: [0x5031] });
  await card.accessCondition({ application: PKCS15, relative: [0x6431] }, 'update');
  await card.readBinary({ application: PKCS15, relative: [0x6420] });
  expect(passage.sent).toEqual([
    '01a40004 5031 256',
    '01b00000  32',
    '01a40004 6431 256',
    '01a40804 2f06 256',
    expect.stringMatching(/^01b2..04 {2}\d+$/),
    '01a40804 7fff6420 256',
    '01b00000  128',
  ]);
});

test('reads and updates are as long as the channel allows', async () => {
  const { card, before, passage } = await securedView();
  const file = { application: PKCS15, relative: [0x6431] };
  await card.readBinary(file, { offset: 0, length: 500 });
  expect(passage.sent.slice(1)).toEqual(['01b00000  239', '01b000ef  239', '01b001de  22']);
  passage.sent.length = 0;
  await expect(card.updateBinary(file, 0, new Uint8Array(500))).rejects.toMatchObject({
    code: 'SECURITY_ACCESS_DENIED',
  });
  expect(passage.sent[0]).toBe(`01d60000 ${'00'.repeat(223)} -`);
  await expect(before.readBinary(file)).rejects.toMatchObject({ code: 'USAGE_CARD_CLOSED' });
});

test('nothing in it selects an application, its own or another', async () => {
  const { card, passage } = await securedView();
  expect((await card.selectApplication(PKCS15)).kind).toBe('adf');
  const other = { aid: Uint8Array.of(0xa0, 0, 0, 0, 0x87, 0x10, 0x02) };
  await expect(card.selectApplication(other)).rejects.toMatchObject({ code: 'CARD_MODE' });
  await expect(card.openLogicalChannel()).rejects.toMatchObject({ code: 'USAGE_ARGUMENT' });
  expect(passage.sent).toEqual([]);
});

test('a view without an application has none to secure, nor has a SIM', async () => {
  const { channel } = await emulated('uicc');
  const card = await openCard(channel);
  expect(() => card.secured(card.processor, LIMITS)).toThrow('no application selected by its AID');
  const sim = await openCard((await emulated('sim')).channel);
  expect(() => sim.secured(sim.processor, LIMITS)).toThrow('no secure channel');
});
