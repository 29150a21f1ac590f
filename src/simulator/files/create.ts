/** A new file from the parameters of CREATE FILE (TS 102 222 §6.3.2.2, table 4). */
import { SW } from '../../apdu/index.js';
import { decodeTlvs, findTlv, type Tlv } from '../../bytes/index.js';
import { LIFE_CYCLE } from './fcp.js';
import type { Df, Ef, EfStructure, FileNode, LifeCycle, SecurityAttributes } from './node.js';

const TEMPLATE_FCP = 0x62;
const STRUCTURES: Readonly<Record<number, EfStructure>> = { 1: 'transparent', 2: 'linear', 6: 'cyclic' };
const CATEGORY_DF = 0x38;

/**
 * The file that the command describes, not yet in its directory.
 *
 * @returns a status word in place of the file where the parameters are incomplete or contradict one another
 * @throws DataError `DATA_TLV` for malformed TLV
 */
export function fileFromFcp(data: Uint8Array, parent: Df): FileNode | number {
  const template = decodeTlvs(data);
  const outer = template[0];
  if (template.length !== 1 || outer?.tag !== TEMPLATE_FCP) return SW.WRONG_DATA;
  const parameters = decodeTlvs(outer.value);
  const descriptor = findTlv(parameters, 0x82)?.value;
  const fid = uintOf(findTlv(parameters, 0x83), 2);
  const state = lifeCycleOf(findTlv(parameters, 0x8a));
  const security = securityOf(parameters);
  if (descriptor === undefined || fid === undefined || state === undefined || security === undefined) {
    return SW.WRONG_DATA;
  }
  const common = { fid, name: undefined, parent, state, security };
  const isDf = ((descriptor[0] ?? 0) & CATEGORY_DF) === CATEGORY_DF;
  return isDf ? dfFrom(parameters, common) : efFrom(parameters, descriptor, common);
}

type Common = Pick<Df, 'fid' | 'name' | 'parent' | 'state' | 'security'>;

function dfFrom(parameters: readonly Tlv[], common: Common): Df | number {
  const totalSize = uintOf(findTlv(parameters, 0x81));
  const status = findTlv(parameters, 0xc6);
  if (totalSize === undefined || status === undefined) return SW.WRONG_DATA;
  const pins = decodeTlvs(status.value)
    .filter((tlv) => tlv.tag === 0x83)
    .map((tlv) => tlv.value[0] ?? 0);
  const aid = findTlv(parameters, 0x84)?.value.slice();
  return { kind: 'df', ...common, aid, pins, totalSize, children: [] };
}

function efFrom(parameters: readonly Tlv[], descriptor: Uint8Array, common: Common): Ef | number {
  const structure = STRUCTURES[(descriptor[0] ?? 0) & 0x07];
  const size = uintOf(findTlv(parameters, 0x80));
  if (structure === undefined || size === undefined || size === 0) return SW.WRONG_DATA;
  const sfi = sfiOf(findTlv(parameters, 0x88), common.fid ?? 0);
  if (structure === 'transparent') {
    const content = initialContent(parameters, size, size);
    return { kind: 'ef', ...common, structure, content, recordLength: 0, sfi };
  }
  const recordLength = ((descriptor[2] ?? 0) << 8) | (descriptor[3] ?? 0);
  const recordsGiven = descriptor.length >= 5 ? (descriptor[4] ?? 0) : undefined;
  if (recordLength === 0 || recordLength > 0xff || size % recordLength !== 0) return SW.WRONG_DATA;
  const records = size / recordLength;
  if (records > 254 || (recordsGiven !== undefined && recordsGiven !== records)) return SW.WRONG_DATA;
  const content = initialContent(parameters, size, recordLength);
  return { kind: 'ef', ...common, structure, content, recordLength, sfi };
}

/** Filled with FF, or as a filling (C1) or repeat (C2) pattern in the proprietary object says, record by record. */
function initialContent(parameters: readonly Tlv[], size: number, unit: number): Uint8Array {
  const content = new Uint8Array(size).fill(0xff);
  const proprietary = findTlv(parameters, 0xa5);
  if (proprietary === undefined) return content;
  const inside = decodeTlvs(proprietary.value);
  const filling = findTlv(inside, 0xc1)?.value;
  const repeat = findTlv(inside, 0xc2)?.value;
  for (let at = 0; at < size; at++) {
    const within = at % unit;
    if (filling?.length) content[at] = filling[Math.min(within, filling.length - 1)]!;
    else if (repeat?.length) content[at] = repeat[within % repeat.length]!;
  }
  return content;
}

/** Missing: the low five bits of the file identifier; empty: none; otherwise in the high five bits. */
function sfiOf(tlv: Tlv | undefined, fid: number): number | undefined {
  const sfi = tlv === undefined ? fid & 0x1f : (tlv.value[0] ?? 0) >> 3;
  return sfi >= 1 && sfi <= 30 ? sfi : undefined;
}

function lifeCycleOf(tlv: Tlv | undefined): LifeCycle | undefined {
  const octet = tlv?.value[0];
  if (octet === undefined || tlv?.value.length !== 1) return undefined;
  const activated = octet & ~0x02 & 0x0f;
  if (octet > 0x0f) return undefined;
  if (octet >= 0x04 && octet <= 0x07) return activated === LIFE_CYCLE.activated ? 'activated' : 'deactivated';
  return octet === LIFE_CYCLE.creation
    ? 'creation'
    : octet === LIFE_CYCLE.initialisation
      ? 'initialisation'
      : undefined;
}

function securityOf(parameters: readonly Tlv[]): SecurityAttributes | undefined {
  const found = parameters.filter((tlv) => tlv.tag === 0x8b || tlv.tag === 0x8c || tlv.tag === 0xab);
  const only = found[0];
  if (found.length !== 1 || only === undefined || only.value.length === 0) return undefined;
  return { tag: only.tag as SecurityAttributes['tag'], value: only.value.slice() };
}

function uintOf(tlv: Tlv | undefined, length?: number): number | undefined {
  if (tlv === undefined || tlv.value.length === 0 || tlv.value.length > 4) return undefined;
  if (length !== undefined && tlv.value.length !== length) return undefined;
  return tlv.value.reduce((value, octet) => value * 256 + octet, 0);
}
