/** The exchange of one command against a card that follows a script of octets (TS 102 221 §7.3.1.1, TS 51.011 §9). */
import { ApduProcessor, type CommandApdu, type Protocol } from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { ScriptedChannel } from '../support/scriptedChannel.js';

async function send(protocol: Protocol, command: CommandApdu, script: readonly [string, string][]) {
  const channel = new ScriptedChannel(script, protocol);
  const { data, sw } = await new ApduProcessor(channel).send(command);
  channel.expectDone();
  return { data: toHex(data), sw: sw.toString(16) };
}

const select: CommandApdu = { cla: 0x00, ins: 0xa4, p1: 0x08, p2: 0x04, data: fromHex('7f50'), le: 256 };
const read: CommandApdu = { cla: 0x00, ins: 0xb0, p1: 0, p2: 0, le: 4 };

describe('T=0', () => {
  test('case 4 goes without Le, 61xx is fetched with exactly that length', async () => {
    const script: [string, string][] = [
      ['00a40804027f50', '6104'],
      ['00c0000004', '620282009000'],
    ];
    expect(await send('T=0', select, script)).toEqual({ data: '62028200', sw: '9000' });
  });

  test('61xx after 61xx: the answer comes in pieces', async () => {
    const script: [string, string][] = [
      ['00a40804027f50', '6100'],
      ['00c0000000', `${'aa'.repeat(256)}6102`],
      ['00c0000002', 'bbbb6101'],
      ['00c0000001', 'cc9000'],
    ];
    expect(await send('T=0', select, script)).toEqual({ data: `${'aa'.repeat(256)}bbbbcc`, sw: '9000' });
  });

  test('9Fxx of a 2G card is fetched in the GSM class', async () => {
    const script: [string, string][] = [
      ['a0a40000026f07', '9f0f'],
      ['a0c000000f', '000000096f07040014001401020000 9000'],
    ];
    const command = { cla: 0xa0, ins: 0xa4, p1: 0, p2: 0, data: fromHex('6f07'), le: 256 };
    expect(await send('T=0', command, script)).toEqual({
      data: '000000096f07040014001401020000',
      sw: '9000',
    });
  });

  test('6Cxx repeats the command with that length', async () => {
    const script: [string, string][] = [
      ['00b0000004', '6c02'],
      ['00b0000002', 'aabb9000'],
    ];
    expect(await send('T=0', read, script)).toEqual({ data: 'aabb', sw: '9000' });
  });

  test('6C00 means 256 octets', async () => {
    const script: [string, string][] = [
      ['00b0000004', '6c00'],
      ['00b0000000', `${'dd'.repeat(256)}9000`],
    ];
    expect((await send('T=0', read, script)).data).toHaveLength(512);
  });

  test('6Cxx to GET RESPONSE', async () => {
    const script: [string, string][] = [
      ['00a40804027f50', '6110'],
      ['00c0000010', '6c02'],
      ['00c0000002', 'aabb9000'],
    ];
    expect(await send('T=0', select, script)).toEqual({ data: 'aabb', sw: '9000' });
  });

  test('67xx of a 2G card says the right length of a READ; 6700 and 67xx of a 3G card are errors', async () => {
    const read2g = { ...read, cla: 0xa0 };
    const script: [string, string][] = [
      ['a0b0000004', '6702'],
      ['a0b0000002', 'aabb9000'],
    ];
    expect(await send('T=0', read2g, script)).toEqual({ data: 'aabb', sw: '9000' });
    expect(await send('T=0', read2g, [['a0b0000004', '6700']])).toEqual({ data: '', sw: '6700' });
    expect(await send('T=0', read, [['00b0000004', '6702']])).toEqual({ data: '', sw: '6702' });
  });

  test('a wrong length of an UPDATE is not repeated: it would write something else', async () => {
    const update = { cla: 0xa0, ins: 0xd6, p1: 0, p2: 0, data: fromHex('aabb') };
    expect(await send('T=0', update, [['a0d6000002aabb', '6701']])).toEqual({ data: '', sw: '6701' });
    expect(await send('T=0', update, [['a0d6000002aabb', '6c01']])).toEqual({ data: '', sw: '6c01' });
  });

  test('a length is corrected once', async () => {
    const script: [string, string][] = [
      ['00b0000004', '6c02'],
      ['00b0000002', '6c03'],
    ];
    expect(await send('T=0', read, script)).toEqual({ data: '', sw: '6c03' });
  });

  test('without Le nothing is fetched', async () => {
    const { le: _, ...withoutLe } = select;
    expect(await send('T=0', withoutLe, [['00a40804027f50', '6120']])).toEqual({ data: '', sw: '6120' });
  });

  test('an error in place of the announced answer comes back', async () => {
    const script: [string, string][] = [
      ['00a40804027f50', '6104'],
      ['00c0000004', '6f00'],
    ];
    expect(await send('T=0', select, script)).toEqual({ data: '', sw: '6f00' });
  });
});

test('T=1: one exchange, and announced answers are fetched too', async () => {
  expect(await send('T=1', select, [['00a40804027f5000', '620282009000']])).toEqual({
    data: '62028200',
    sw: '9000',
  });
  const script: [string, string][] = [
    ['00a40804027f5000', '6102'],
    ['00c0000002', 'aabb9000'],
  ];
  expect(await send('T=1', select, script)).toEqual({ data: 'aabb', sw: '9000' });
});

test('a warning with data comes back as it is', async () => {
  expect(await send('T=1', read, [['00b0000004', 'aabb6282']])).toEqual({ data: 'aabb', sw: '6282' });
});

test.each([
  [0x00, '00'],
  [0x01, '01'],
  [0x03, '03'],
  [0x40, '40'],
  [0x4f, '4f'],
  [0x80, '00'],
  [0x83, '03'],
  [0xc0, '40'],
  [0xcf, '4f'],
  [0x04, '00'],
  [0x06, '02'],
  [0x0c, '00'],
  [0x60, '40'],
  [0x84, '00'],
  [0xe1, '41'],
  [0xa0, 'a0'],
])('GET RESPONSE after class %d goes to its channel', async (cla, expected) => {
  const script: [string, string][] = [
    [`${cla.toString(16).padStart(2, '0')}ca000000`, '6101'],
    [`${expected}c0000001`, 'aa9000'],
  ];
  expect(await send('T=0', { cla, ins: 0xca, p1: 0, p2: 0, le: 256 }, script)).toEqual({
    data: 'aa',
    sw: '9000',
  });
});

test.each(['6110', 'aa6101', `${'aa'.repeat(256)}6100`])(
  'a card that announces %.8s… for ever is given up',
  async (hex) => {
    const endless = new ScriptedChannel([], 'T=1');
    endless.transmit = async () => fromHex(hex);
    const failure = new ApduProcessor(endless).send(select);
    await expect(failure).rejects.toMatchObject({ code: 'CARD_RESPONSE', kind: 'card' });
  },
);

test.each(['', '90'])('an answer of "%s" is no answer', async (hex) => {
  await expect(send('T=1', read, [['00b0000004', hex]])).rejects.toMatchObject({ code: 'CARD_RESPONSE' });
});
