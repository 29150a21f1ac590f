/**
 * Cards that answer by hand: every octet from TS 102 221 and DM 2.0 Appendices G and H, no simulated card. Behind the
 * secure channel is the reference security domain of the tests, which shares no line with the product.
 */
import type { CardChannel, Protocol } from '../../src/apdu/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { type PlainCommand, ReferenceCard } from '../globalplatform/reference-card.js';

export type Script = readonly (readonly [command: string, response: string])[];

const RULE = 'AB10 800101 9000 800102 A40683010A950108';
const hex4 = (value: number): string => value.toString(16).padStart(4, '0');
const fcpOf = (fid: string, size: number): string =>
  `6221 82024121 8302${fid} 8A0105 ${RULE} 8002${hex4(size)} 9000`;
/** G.2.1: application template with AID, label and path. */
const DIR_RECORD = '611D4F0CA000000063504B43532D31355007504B435323313551043F007F50FFFFFFFFFFFFFF';
/** G.4.2: label, no flag set, 2.23.43.7.1, path 6431. */
const ENTRY = '302330110C0C444D20426F6F74737472617003010030060604672B0701A106300404026431';

/** Up to the application, in clear on the basic channel, and the SELECT of it on channel 1. */
const CLEAR: Script = [
  ['00A4000402 3F00 00', '620B 82027821 83023F00 8A0105 9000'],
  // EF(ICCID): 8988211000000000011 (TS 102 221 §13.2)
  ['00A4000402 2FE2 00', fcpOf('2FE2', 10)],
  ['00B000000A', '988812010000000010F1 9000'],
  ['00A4000402 2F00 00', `6224 82054221002601 83022F00 8A0105 ${RULE} 80020026 9000`],
  ['00B2010426', `${DIR_RECORD} 9000`],
  ['0070000001', '01 9000'],
  [
    '01A404040C A000000063504B43532D3135 00',
    '6224 82027821 83027F50 840CA000000063504B43532D3135 8A0105 C6099001C083010183010A 9000',
  ],
];

/** The same without the class octet: inside the secure channel it is the wrapped one. */
function filesOf(document: string): Script {
  const octets = Buffer.from(document).toString('hex');
  const size = 512;
  const content = octets.padEnd(2 * size, 'f');
  const reads: [string, string][] = [];
  for (let at = 0; at < size; at += 256)
    reads.push([`B0${hex4(at)}00`, `${content.slice(2 * at, 2 * at + 512)} 9000`]);
  return [
    ['A4000402 5031 00', fcpOf('5031', 16)],
    ['B0000010', `A706300404026420${'FF'.repeat(8)} 9000`],
    ['A4000402 6420 00', fcpOf('6420', 48)],
    ['B0000030', `${ENTRY}${'FF'.repeat(11)} 9000`],
    ['A4000402 6431 00', fcpOf('6431', size)],
    ...reads,
  ];
}

const CLOSE: Script = [['00708001', '9000']];

/** Octet 0 of EF DM_Bootstrap and all others FF: no document (G.4.3). */
export const BLANK = '';

/** A card that takes exactly the commands of Appendix G.3.5 for this document, in clear. */
export function clearCard(document: string): HandCard {
  return new HandCard([...CLEAR, ...filesOf(document).map(([c, r]) => [`01${c}`, r] as const), ...CLOSE]);
}

export class HandCard implements CardChannel {
  readonly reader = 'by hand';
  readonly protocol: Protocol = 'T=1';
  readonly atr = fromHex('3B00');
  readonly sent: string[] = [];
  readonly #script: (readonly [string, string])[];

  constructor(script: Script) {
    this.#script = [...script];
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const [expected = '', response = ''] = this.#script.shift() ?? [];
    this.sent.push(toHex(command));
    if (toHex(command) !== toHex(fromHex(expected))) {
      throw new Error(`command ${this.sent.length}: expected ${expected}, got ${toHex(command)}`);
    }
    return fromHex(response);
  }

  async reset(): Promise<void> {}
  async close(): Promise<void> {}

  /** Commands of the script that were not sent. */
  get left(): number {
    return this.#script.length;
  }
}

const KEY = Buffer.from('404142434445464748494A4B4C4D4E4F', 'hex');

/** A card that shows the document inside SCP03 alone (Appendix H). */
export class SecuredCard implements CardChannel {
  readonly reader = 'by hand, secured';
  readonly protocol: Protocol = 'T=1';
  readonly atr = fromHex('3B00');
  readonly domain: ReferenceCard;
  readonly sent: string[] = [];
  /** What the application saw inside, without class octets. */
  readonly inside: string[] = [];
  readonly #clear: (readonly [string, string])[] = [...CLEAR, ...CLOSE];
  readonly #files: (readonly [string, string])[];

  constructor(document: string) {
    this.#files = [...filesOf(document)];
    this.domain = new ReferenceCard({
      enc: KEY,
      mac: KEY,
      version: 0x30,
      cardChallenge: Buffer.from('0102030405060708', 'hex'),
      i: 0x60,
      application: (command) => this.file(command),
    });
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const hex = toHex(command);
    this.sent.push(hex);
    const isSecured = (command[0]! & 0x84) !== 0;
    if (isSecured) return this.domain.transmit(command);
    const [expected = '', response = ''] = this.#clear.shift() ?? [];
    if (hex !== toHex(fromHex(expected))) throw new Error(`expected ${expected}, got ${hex}`);
    return fromHex(response);
  }

  async reset(): Promise<void> {}
  async close(): Promise<void> {}

  private file({ ins, p1, p2, data, le }: PlainCommand): { data?: Uint8Array; sw?: number } {
    this.inside.push(toHex(Uint8Array.of(ins, p1, p2, ...data)));
    const next = this.#files[0];
    if (ins !== 0xb0) {
      if (
        next === undefined ||
        toHex(fromHex(next[0])).slice(0, -2) !== toHex(Uint8Array.of(ins, p1, p2, data.length, ...data))
      ) {
        return { sw: 0x6a82 };
      }
      this.#files.shift();
      this.#content = '';
      return answerOf(next[1]);
    }
    // READ BINARY: what follows the SELECT, as much of it as fits inside the channel.
    while (this.#files[0]?.[0].startsWith('B0'))
      this.#content += this.#files.shift()![1].replace(/ 9000$/, '');
    const content = fromHex(this.#content);
    return { data: content.subarray(p1 * 256 + p2, p1 * 256 + p2 + (le ?? 256)) };
  }
  #content = '';
}

function answerOf(response: string): { data: Uint8Array; sw: number } {
  const octets = fromHex(response);
  return { data: octets.slice(0, -2), sw: 0x9000 };
}
