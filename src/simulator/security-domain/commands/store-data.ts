/** STORE DATA to the security domain itself (GPC 2.3.1 §11.11): data objects in BER-TLV, or in DGI 0070. */
import { SW } from '../../../apdu/index.js';
import { concat, decodeTlvs, type Tlv } from '../../../bytes/index.js';
import { DataError } from '../../../errors/index.js';
import type { Answer, Command, Machine } from '../../machine/machine.js';

const P1_LAST = 0x80;
const P1_STRUCTURE = 0x18;
const STRUCTURE = { NONE: 0x00, DGI: 0x08, TLV: 0x10 } as const;
const DGI_TEMPLATE = 0x0070;
/** What can be stored, and what the domain makes itself (§11.11.2.3). */
const STORABLE = [0x42, 0x45, 0x66, 0x67, 0x5f50];
const MAX_STORED = 4096;

export function storeData(machine: Machine, { p1, p2, data }: Command, channel: number): Answer {
  const domain = machine.domain!;
  const progress = domain.storing.get(channel) ?? { octets: new Uint8Array(0), next: 0 };
  domain.storing.delete(channel);
  if (p2 !== progress.next) return { sw: SW.CONDITIONS_NOT_SATISFIED };
  const octets = concat(progress.octets, data);
  if (octets.length > MAX_STORED) return { sw: SW.NOT_ENOUGH_MEMORY };
  if ((p1 & P1_LAST) === 0) {
    domain.storing.set(channel, { octets, next: (p2 + 1) & 0xff });
    return { sw: SW.OK };
  }
  const objects = readObjects(octets, p1 & P1_STRUCTURE);
  if (objects === undefined) return { sw: SW.WRONG_DATA };
  for (const { tag, value } of objects) domain.data.set(tag, value.slice());
  machine.octetsWritten += octets.length;
  return { sw: SW.OK };
}

/** Nothing where the data are malformed, or hold an object that cannot be stored. */
function readObjects(octets: Uint8Array, structure: number): readonly Tlv[] | undefined {
  if (structure === STRUCTURE.NONE) return [];
  try {
    const objects = structure === STRUCTURE.TLV ? decodeTlvs(octets) : decodeTlvs(templateOf(octets));
    return objects.every(({ tag }) => STORABLE.includes(tag)) ? objects : undefined;
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

/** The value of DGI 0070, the only one here: identifier in two octets, length in one, or FF and two. */
function templateOf(octets: Uint8Array): Uint8Array {
  const [high = 0, low = 0, short, long1 = 0, long2 = 0] = octets;
  const isLong = short === 0xff;
  const length = isLong ? (long1 << 8) | long2 : short;
  const value = octets.subarray(isLong ? 5 : 3);
  if (((high << 8) | low) !== DGI_TEMPLATE || value.length !== length) {
    throw new DataError('DATA_TLV', 'STORE DATA: DGI 0070 expected, alone and whole');
  }
  return value;
}
