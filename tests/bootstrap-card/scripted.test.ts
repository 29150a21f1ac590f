/**
 * A whole write, exchange by exchange, written by hand from TS 102 221, TS 51.011 and DM 2.0 G.2.5, G.3.5: no simulated
 * card takes part.
 */
import type { CardChannel, Protocol } from '../../src/apdu/index.js';
import { planWrite, readBootstrap, writeBootstrap } from '../../src/bootstrap/index.js';
import { encodeUtf8, fromHex, toHex } from '../../src/bytes/index.js';
import { openCard } from '../../src/card/index.js';
import { ADM, CONSENT } from './support.js';

type Script = readonly (readonly [command: string, response: string])[];

/** Answers exactly the commands of the script, in their order. */
class ScriptedChannel implements CardChannel {
  readonly reader = 'script';
  readonly atr = fromHex('3B00');
  private at = 0;

  constructor(
    readonly protocol: Protocol,
    private readonly script: Script,
  ) {}

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const [expected, response] = this.script[this.at] ?? ['nothing more', ''];
    expect(`${this.at}: ${toHex(command)}`).toBe(`${this.at}: ${toHex(fromHex(expected))}`);
    this.at++;
    return fromHex(response);
  }

  async reset(): Promise<void> {}
  async close(): Promise<void> {}

  get left(): number {
    return this.script.length - this.at;
  }
}

const hex = (octet: string, count: number): string => octet.repeat(count);
/** 300 octets: `[`, 298 times `x`, `]`. */
const DOCUMENT = encodeUtf8(`[${'x'.repeat(298)}]`);
const FIRST_255_FROM_1 = hex('78', 255);
const LAST_44 = `${hex('78', 43)}5D`;
/** G.4.2: label, no flag set, 2.23.43.7.1, path 6431. */
const ENTRY = '302330110C0C444D20426F6F74737472617003010030060604672B0701A106300404026431';
const DIR_RECORD = '611D4F0CA000000063504B43532D31355007504B435323313551043F007F50FFFFFFFFFFFFFF';
const ODF = `A706300404026420${hex('FF', 8)}`;
const DODF = `${ENTRY}${hex('FF', 11)}`;
const ADM_HEX = '3132333435363738';
/** READ always, UPDATE ADM1. */
const RULE = 'AB10 800101 9000 800102 A40683010A950108';

const fcpOf = (fid: string, size: string): string =>
  `6221 82024121 8302${fid} 8A0105 ${RULE} 8002${size} 9000`;

const LOCATE_3G: Script = [
  ['00A4000402 3F00 00', '620B 82027821 83023F00 8A0105 9000'],
  ['00A4000402 2F00 00', `6224 82054221002601 83022F00 8A0105 ${RULE} 80020026 9000`],
  ['00B2010426', `${DIR_RECORD} 9000`],
  ['0070000001', '01 9000'],
  [
    '01A404040C A000000063504B43532D3135 00',
    '6224 82027821 83027F50 840CA000000063504B43532D3135 8A0105 C6099001C083010183010A 9000',
  ],
  ['01A4000402 5031 00', fcpOf('5031', '0010')],
  ['01B0000010', `${ODF} 9000`],
  ['01A4000402 6420 00', fcpOf('6420', '0030')],
];

test('3G, T=1, on logical channel 1: first write, read back', async () => {
  const channel = new ScriptedChannel('T=1', [
    ...LOCATE_3G,
    ['01B0000030', `${hex('FF', 48)} 9000`],
    ['01A4000402 5032 00', '6A82'],
    // Where a failed SELECT leaves the card is not certain: by path from the current ADF (7FFF).
    ['01A4080404 7FFF6431 00', fcpOf('6431', '0140')],
    // The plan ends here; nothing is written before the ADM is accepted.
    ['0120000A', '63CA'],
    [`0120000A08 ${ADM_HEX}`, '9000'],
    [`01D60001FF ${FIRST_255_FROM_1}`, '9000'],
    [`01D6010040 ${LAST_44} ${hex('FF', 20)}`, '9000'],
    ['01D6000001 5B', '9000'],
    ['01B0000000', `5B${FIRST_255_FROM_1} 9000`],
    ['01B0010040', `${LAST_44} ${hex('FF', 20)} 9000`],
    // Only now an entry leads there, and its first octet comes last.
    ['01A4000402 6420 00', fcpOf('6420', '0030')],
    [`01D6000124 ${ENTRY.slice(2)}`, '9000'],
    ['01D6000001 30', '9000'],
    ['01B0000030', `${DODF} 9000`],
    ['00708001', '9000'],
  ]);
  const card = await openCard(channel, { mode: '3g' });
  const plan = await planWrite(card, { document: DOCUMENT, keys: { adm: ADM } });
  expect(channel.left).toBe(plan.summary.exchanges.total);
  const result = await writeBootstrap(plan);
  expect(result).toMatchObject({ file: '3F00/7F50/6431', updates: 5, verified: true, differences: [] });
  expect(result.findings.map(({ code }) => code)).toEqual([]);
  expect(channel.left).toBe(0);
});

test('2G, T=0: first write, read back', async () => {
  const channel = new ScriptedChannel('T=0', [
    ['A0A4000002 3F00', '9F17'],
    ['A0A4000002 2F00', '9F0F'],
    ['A0C000000F', '000000262F00040004FF4401020126 9000'],
    ['A0B2010426', `${DIR_RECORD} 9000`],
    ['A0A4000002 7F50', '9F17'],
    ['A0C0000017', '000010007F500200000000000A1300030400838A838A00 9000'],
    ['A0A4000002 5031', '9F0F'],
    ['A0C000000F', '000000105031040004FF4401020000 9000'],
    ['A0B0000010', `${ODF} 9000`],
    ['A0A4000002 6420', '9F0F'],
    ['A0C000000F', '000000306420040004FF4401020000 9000'],
    ['A0B0000030', `${hex('FF', 48)} 9000`],
    ['A0A4000002 5032', '9404'],
    ['A0A4000002 6431', '9F0F'],
    ['A0C000000F', '000001406431040004FF4401020000 9000'],
    // A SIM does not tell the tries of its ADM: presented once, with consent.
    [`A020000A08 ${ADM_HEX}`, '9000'],
    [`A0D60001FF ${FIRST_255_FROM_1}`, '9000'],
    [`A0D6010040 ${LAST_44} ${hex('FF', 20)}`, '9000'],
    ['A0D6000001 5B', '9000'],
    ['A0B0000000', `5B${FIRST_255_FROM_1} 9000`],
    ['A0B0010040', `${LAST_44} ${hex('FF', 20)} 9000`],
    ['A0A4000002 6420', '9F0F'],
    [`A0D6000124 ${ENTRY.slice(2)}`, '9000'],
    ['A0D6000001 30', '9000'],
    ['A0B0000030', `${DODF} 9000`],
  ]);
  const card = await openCard(channel, { mode: '2g' });
  const plan = await planWrite(card, { document: DOCUMENT, keys: { adm: ADM, policy: CONSENT } });
  const result = await writeBootstrap(plan);
  expect(result).toMatchObject({ file: '3F00/7F50/6431', updates: 5, verified: true, differences: [] });
  expect(channel.left).toBe(0);
});

test('3G: an old document goes out of use first', async () => {
  const channel = new ScriptedChannel('T=1', [
    ...LOCATE_3G,
    ['01B0000030', `${DODF} 9000`],
    ['01A4000402 5032 00', '6A82'],
    // Where a failed SELECT leaves the card is not certain: by path from the current ADF (7FFF).
    ['01A4080404 7FFF6431 00', fcpOf('6431', '0140')],
    ['01B0000000', `5B${hex('79', 200)}5D${hex('FF', 54)} 9000`],
    ['0120000A', '63CA'],
    [`0120000A08 ${ADM_HEX}`, '9000'],
    ['01D6000001 FF', '9000'],
    [`01D60001FF ${FIRST_255_FROM_1}`, '9000'],
    [`01D6010040 ${LAST_44} ${hex('FF', 20)}`, '9000'],
    ['01D6000001 5B', '9000'],
    ['01B0000000', `5B${FIRST_255_FROM_1} 9000`],
    ['01B0010040', `${LAST_44} ${hex('FF', 20)} 9000`],
    ['00708001', '9000'],
  ]);
  const card = await openCard(channel, { mode: '3g' });
  const result = await writeBootstrap(await planWrite(card, { document: DOCUMENT, keys: { adm: ADM } }));
  expect(result).toMatchObject({ updates: 4, verified: true });
  expect(channel.left).toBe(0);
});

test('3G: the reading procedure of a device (G.3.5), oidDO with its OID tagged twice, absolute path', async () => {
  const twice = 'A1243000300E0C0C444D20426F6F747374726170A110300E06060604672B0701300404026431';
  const channel = new ScriptedChannel('T=1', [
    ...LOCATE_3G,
    ['01B0000030', `${twice}${hex('FF', 10)} 9000`],
    ['01A4000402 6431 00', fcpOf('6431', '0014')],
    ['01B0000014', `5B${hex('78', 5)}5D${hex('FF', 13)} 9000`],
    ['00708001', '9000'],
  ]);
  const card = await openCard(channel, { mode: '3g' });
  const read = await readBootstrap(card);
  expect(read).toMatchObject({ state: 'document', file: '3F00/7F50/6431', size: 20 });
  expect(read.document).toEqual(encodeUtf8('[xxxxx]'));
  expect(channel.left).toBe(0);
});
