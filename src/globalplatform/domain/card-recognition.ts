/** Card Recognition Data, tag 66: which secure channel protocols a card offers (GPC 2.3.1 §H.2, §H.3). */
import { type Codec, decodeTlvs, encodeTlv, fromHex, requireTlv, toHex } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import { decodeI, type Scp03Mode } from '../scp03/parameters.js';

/** One protocol with its i parameter, the last two arcs of the OID under 1.2.840.114283.4. */
export interface ScpOption {
  readonly protocol: number;
  readonly i: number;
}

export interface CardRecognitionData {
  /** Card management version as arcs, for example `[2, 3, 1]`; empty where the card does not say. */
  readonly version: readonly number[];
  readonly protocols: readonly ScpOption[];
}

/** 1.2.840.114283, the arc of GlobalPlatform. */
const GLOBALPLATFORM = '2a864886fc6b';
const RECOGNITION = fromHex(`${GLOBALPLATFORM}01`);

/** Card Recognition Data with its tag 66. */
export const CARD_RECOGNITION_DATA: Codec<CardRecognitionData> = {
  name: 'Card Recognition Data',
  decode(bytes) {
    const outer = requireTlv(decodeTlvs(bytes), 0x66, 'Card Recognition Data');
    const inner = requireTlv(decodeTlvs(outer.value), 0x73, 'Card Recognition Data');
    const objects = decodeTlvs(inner.value);
    const oids = (tag: number): number[][] =>
      objects
        .filter((object) => object.tag === tag)
        .flatMap((object) => decodeTlvs(object.value))
        .filter((object) => object.tag === 0x06)
        .flatMap((object) => arcsUnder(object.value) ?? []);
    const [version] = oids(0x60).filter(([arc]) => arc === 2);
    const protocols = oids(0x64)
      .filter((arcs) => arcs[0] === 4 && arcs.length === 3)
      .map(([, protocol, i]) => ({ protocol: protocol!, i: i! }));
    return { version: version?.slice(1) ?? [], protocols };
  },
  encode({ version, protocols }) {
    const oid = (...arcs: readonly number[]): Uint8Array =>
      encodeTlv(0x06, fromHex(GLOBALPLATFORM), ...arcs.map(base128));
    return encodeTlv(
      0x66,
      encodeTlv(
        0x73,
        encodeTlv(0x06, RECOGNITION),
        version.length > 0 ? encodeTlv(0x60, oid(2, ...version)) : new Uint8Array(0),
        ...protocols.map(({ protocol, i }) => encodeTlv(0x64, oid(4, protocol, i))),
      ),
    );
  },
  examples: [
    {
      hex: '6626732406072a864886fc6b01600c060a2a864886fc6b02020301640b06092a864886fc6b040370',
      value: { version: [2, 3, 1], protocols: [{ protocol: 3, i: 0x70 }] },
      source: 'made by hand from table H-1',
    },
  ],
};

/**
 * The mode in which a card with this data opens SCP03, or nothing where it does not offer SCP03 or offers both.
 */
export function scp03ModeOf(data: CardRecognitionData): Scp03Mode | undefined {
  const modes = new Set(
    data.protocols.filter(({ protocol }) => protocol === 3).map(({ i }) => decodeI(i).mode),
  );
  return modes.size === 1 ? [...modes][0] : undefined;
}

/** The arcs under 1.2.840.114283, or nothing for another OID. */
function arcsUnder(oid: Uint8Array): number[][] {
  if (!toHex(oid).startsWith(GLOBALPLATFORM)) return [];
  const arcs: number[] = [];
  let arc = 0;
  let open = false;
  for (const octet of oid.subarray(GLOBALPLATFORM.length / 2)) {
    arc = arc * 128 + (octet & 0x7f);
    open = (octet & 0x80) !== 0;
    if (arc > 0xffff)
      throw new DataError('DATA_TLV', 'an OID of Card Recognition Data has an arc above 65535');
    if (open) continue;
    arcs.push(arc);
    arc = 0;
  }
  if (open) throw new DataError('DATA_TLV', 'an OID of Card Recognition Data is cut off');
  return [arcs];
}

function base128(arc: number): number[] {
  const octets = [arc & 0x7f];
  for (let rest = arc >> 7; rest > 0; rest >>= 7) octets.unshift(0x80 | (rest & 0x7f));
  return octets;
}
