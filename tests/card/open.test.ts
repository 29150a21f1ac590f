/** Which card is it? One SELECT tells a UICC, two a SIM (TS 102 221 §11.1.1, TS 51.011 §9.4). */
import { fromHex, toHex } from '../../src/bytes/index.js';
import { historicalBytes, openCard, supportsExtendedLength } from '../../src/card/index.js';
import { ReaderError } from '../../src/errors/index.js';
import { ScriptedChannel } from '../support/scriptedChannel.js';
import { type Exchange, errorOf, PLAIN_ATR } from './support.js';

const open = (script: Exchange[], mode?: 'auto' | '2g' | '3g', protocol: 'T=0' | 'T=1' = 'T=0') =>
  openCard(new ScriptedChannel(script, protocol, PLAIN_ATR), mode ? { mode } : {});

test('a UICC answers the first SELECT', async () => {
  expect(await open([['00A40004023F00', '611F']])).toMatchObject({ mode: '3g', logicalChannel: 0 });
  expect(await open([['00A40004023F0000', '6F00 9000']], 'auto', 'T=1')).toMatchObject({ mode: '3g' });
  expect(
    await open([
      ['00A40004023F00', '6A86'],
      ['00A4000C023F00', '9000'],
    ]),
  ).toMatchObject({ mode: '3g' });
});

test.each(['6E00', '6D00', '6881', '6A82', '6985'])(
  'a SIM refuses it with %s and answers the second',
  async (sw) => {
    const card = await open([
      ['00A40004023F00', sw],
      ['A0A40000023F00', '9F17'],
    ]);
    expect(card).toMatchObject({ mode: '2g', logicalChannel: 0, maxRead: 256, maxUpdate: 255 });
  },
);

test('the mode can be forced: one exchange, in that mode alone', async () => {
  expect(await open([['A0A40000023F00', '9F22']], '2g')).toMatchObject({ mode: '2g' });
  expect(await open([['00A40004023F00', '611F']], '3g')).toMatchObject({ mode: '3g' });
  expect(await errorOf(open([['A0A40000023F00', '6E00']], '2g'))).toMatchObject({
    code: 'CARD_MODE',
    details: { sw2g: '6E00' },
  });
  expect(await errorOf(open([['00A40004023F00', '6E00']], '3g'))).toMatchObject({ code: 'CARD_MODE' });
});

test('neither: a bank card, for example', async () => {
  const error = await errorOf(
    open([
      ['00A40004023F00', '6A82'],
      ['A0A40000023F00', '6E00'],
    ]),
  );
  expect(error).toMatchObject({
    code: 'CARD_NOT_A_SIM',
    kind: 'card',
    details: { sw3g: '6A82', sw2g: '6E00' },
  });
  expect(error.message).toMatch(/6A82 in 3G, 6E00 in 2G/);
});

test('an answer without a status word, a card that goes away', async () => {
  expect(await errorOf(open([['00A40004023F00', '90']]))).toMatchObject({ code: 'CARD_RESPONSE' });
  const gone = new ReaderError('READER_EMPTY', 'gone');
  const channel = Object.assign(new ScriptedChannel([]), { transmit: () => Promise.reject(gone) });
  expect(await errorOf(openCard(channel))).toBe(gone);
});

test('historical bytes (ISO/IEC 7816-3 §8.2)', () => {
  expect(toHex(historicalBytes(fromHex('3B9F96801FC78031A073BE21136743200718000001A5')))).toBe(
    '8031a073be21136743200718000001',
  );
  expect(toHex(historicalBytes(fromHex('3B00')))).toBe('');
  expect(toHex(historicalBytes(fromHex('3B80800101')))).toBe('');
  expect(toHex(historicalBytes(fromHex('3B')))).toBe('');
  expect(toHex(historicalBytes(fromHex('3BFF')))).toBe('');
  expect(toHex(historicalBytes(fromHex('3FFFFFFFFFFFFFFFFF')))).toBe('');
});

// 80 = compact TLV; 73 = card capabilities in three octets, the third with bit 7 = extended Lc and Le.
const EXTENDED = '3B85 8001 8073 0000 40 00';

test('extended length only where the ATR says so (ISO/IEC 7816-4 §8.1.1.2.7)', () => {
  expect(supportsExtendedLength(fromHex(EXTENDED))).toBe(true);
  expect(supportsExtendedLength(fromHex('3B85 8001 8073 0000 80 00'))).toBe(false);
  // The common UICC ATR: capabilities BE 21 13.
  expect(supportsExtendedLength(fromHex('3B9F96801FC78031A073BE21136743200718000001A5'))).toBe(false);
  expect(supportsExtendedLength(fromHex('3B84 8001 1073 0040'))).toBe(false);
  expect(supportsExtendedLength(fromHex('3B00'))).toBe(false);
});

test('extended length: asked for, said by the ATR, over T=1, and all three', async () => {
  const limits = async (atr: string, protocol: 'T=0' | 'T=1', extendedLength: boolean) => {
    const script: Exchange[] = [[protocol === 'T=1' ? '00A40004023F0000' : '00A40004023F00', '9000']];
    const channel = new ScriptedChannel(script, protocol, atr);
    const { maxRead, maxUpdate } = await openCard(channel, { extendedLength });
    return [maxRead, maxUpdate];
  };
  expect(await limits(EXTENDED, 'T=1', true)).toEqual([0x8000, 0x7fff]);
  expect(await limits(EXTENDED, 'T=1', false)).toEqual([256, 255]);
  expect(await limits(EXTENDED, 'T=0', true)).toEqual([256, 255]);
  expect(await limits('3B00', 'T=1', true)).toEqual([256, 255]);
});

test('extended length: one READ and one UPDATE for a long file', async () => {
  const script: Exchange[] = [
    ['00A40004023F0000', '9000'],
    ['00A40004026431 00', '620C 82024121 83026431 80020400 9000'],
    ['00B00000 000400', `${'AA'.repeat(1024)} 9000`],
    [`00D60000 000400 ${'BB'.repeat(1024)}`, '9000'],
  ];
  const channel = new ScriptedChannel(script, 'T=1', EXTENDED);
  const card = await openCard(channel, { extendedLength: true });
  const file = { path: [0x3f00, 0x6431] };
  expect(await card.readBinary(file)).toHaveLength(1024);
  await card.updateBinary(file, 0, new Uint8Array(1024).fill(0xbb));
  channel.expectDone();
});
