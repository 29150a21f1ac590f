/** Access rules: which condition guards which operation (TS 102 221 §9.2, §11.1.1.4.7; ISO/IEC 7816-4 §5.4.3). */
import { concat, decodeTlvs, encodeTlv, type Tlv, toHex } from '../../bytes/index.js';
import { ALWAYS, type Condition, NEVER } from './condition.js';

/** Operations by the bit of the access mode octet, for EFs and for directories, or by their instruction. */
export const EF_OPERATIONS = {
  read: 0x01,
  update: 0x02,
  append: 0x04,
  deactivate: 0x08,
  activate: 0x10,
  terminate: 0x20,
  delete: 0x40,
} as const;
export const DF_OPERATIONS = {
  deleteChild: 0x01,
  createEf: 0x02,
  createDf: 0x04,
  deactivate: 0x08,
  activate: 0x10,
  terminate: 0x20,
  delete: 0x40,
} as const;
const INS_OPERATIONS = { resize: 0xd4 } as const;

type EfOperation = keyof typeof EF_OPERATIONS | keyof typeof INS_OPERATIONS;
type DfOperation = keyof typeof DF_OPERATIONS | keyof typeof INS_OPERATIONS;
export type Operation = EfOperation | DfOperation;

/** One rule with the operations that it allows; what is missing is never allowed. */
export type RuleSet = ReadonlyMap<Operation, Condition>;

const USER_AUTHENTICATION = 0x08;
/** Usage qualifiers of secure messaging in commands and in responses (ISO/IEC 7816-4 §5.4.3.2, table 57). */
const IN_COMMANDS = 0x10;
const IN_RESPONSES = 0x20;
const TEMPLATE = { CHECKSUM: 0xb4, CONFIDENTIALITY: 0xb8 } as const;
/** Command and response, MAC and encryption, in the bits of a security level. */
const FULL_PROTECTION = 0x33;

/** A rule set as expanded format: access mode objects, each followed by its condition (TS 102 221 §9.2.7). */
export function encodeExpanded(rules: RuleSet, kind: 'ef' | 'df'): Uint8Array {
  const bits: Readonly<Record<string, number>> = kind === 'ef' ? EF_OPERATIONS : DF_OPERATIONS;
  const groups = new Map<string, { condition: Uint8Array; mode: number; instructions: number[] }>();
  for (const [operation, rule] of rules) {
    const condition = encodeCondition(rule);
    const key = toHex(condition);
    const group = groups.get(key) ?? { condition, mode: 0, instructions: [] };
    const instruction = (INS_OPERATIONS as Readonly<Record<string, number>>)[operation];
    if (instruction !== undefined) group.instructions.push(instruction);
    else group.mode |= bits[operation] ?? 0;
    groups.set(key, group);
  }
  const parts: Uint8Array[] = [];
  for (const { condition, mode, instructions } of groups.values()) {
    if (mode !== 0) parts.push(encodeTlv(0x80, [mode]), condition);
    for (const instruction of instructions) parts.push(encodeTlv(0x84, [instruction]), condition);
  }
  return concat(...parts);
}

function encodeCondition(condition: Condition): Uint8Array {
  switch (condition.kind) {
    case 'always':
      return encodeTlv(0x90);
    case 'never':
      return encodeTlv(0x97);
    case 'key':
      return encodeTlv(0xa4, encodeTlv(0x83, [condition.reference]), encodeTlv(0x95, [USER_AUTHENTICATION]));
    case 'channel':
      return encodeChannel(condition.level);
    case 'any':
      return encodeTlv(0xa0, ...condition.of.map(encodeCondition));
    case 'all':
      return encodeTlv(0xaf, ...condition.of.map(encodeCondition));
    case 'not':
      return encodeTlv(0xa7, ...condition.of.map(encodeCondition));
  }
}

/** Level bits 01 and 10 ask for a checksum in command and response, 02 and 20 for confidentiality. */
function encodeChannel(level: number): Uint8Array {
  const template = (tag: number, inCommand: number, inResponse: number) => {
    const usage = (level & inCommand ? IN_COMMANDS : 0) | (level & inResponse ? IN_RESPONSES : 0);
    return usage === 0 ? [] : [encodeTlv(tag, encodeTlv(0x95, [usage]))];
  };
  const parts = [
    ...template(TEMPLATE.CHECKSUM, 0x01, 0x10),
    ...template(TEMPLATE.CONFIDENTIALITY, 0x02, 0x20),
  ];
  return parts.length === 1 ? parts[0]! : encodeTlv(0xaf, ...parts);
}

function decodeChannel({ tag, value }: Tlv): Condition {
  const usage = decodeTlvs(value).find((inner) => inner.tag === 0x95)?.value[0] ?? 0;
  const shift = tag === TEMPLATE.CHECKSUM ? 0 : 1;
  const level = ((usage & IN_COMMANDS ? 0x01 : 0) | (usage & IN_RESPONSES ? 0x10 : 0)) << shift;
  return level === 0 ? NEVER : { kind: 'channel', level };
}

/**
 * The condition for an operation in expanded format; never where no access mode object names it.
 *
 * @throws DataError `DATA_TLV` for a malformed rule
 */
export function conditionInExpanded(bytes: Uint8Array, operation: Operation, kind: 'ef' | 'df'): Condition {
  const objects = decodeTlvs(bytes, { padding: true });
  for (let at = 0; at < objects.length; ) {
    const modes: Tlv[] = [];
    while (at < objects.length && isAccessMode(objects[at]!.tag)) modes.push(objects[at++]!);
    const conditions: Condition[] = [];
    while (at < objects.length && !isAccessMode(objects[at]!.tag))
      conditions.push(decodeCondition(objects[at++]!));
    if (!modes.some((mode) => namesOperation(mode, operation, kind))) continue;
    return conditions.length === 1 ? conditions[0]! : { kind: 'any', of: conditions };
  }
  return NEVER;
}

function isAccessMode(tag: number): boolean {
  return tag >= 0x80 && tag <= 0x8f;
}

function namesOperation(mode: Tlv, operation: Operation, kind: 'ef' | 'df'): boolean {
  const instruction = (INS_OPERATIONS as Readonly<Record<string, number>>)[operation];
  if (mode.tag === 0x84) return instruction !== undefined && mode.value.includes(instruction);
  if (mode.tag !== 0x80) return false;
  const bits: Readonly<Record<string, number>> = kind === 'ef' ? EF_OPERATIONS : DF_OPERATIONS;
  return ((mode.value[0] ?? 0) & (bits[operation] ?? 0)) !== 0;
}

function decodeCondition(tlv: Tlv): Condition {
  switch (tlv.tag) {
    case 0x90:
      return ALWAYS;
    case 0xa4: {
      const reference = decodeTlvs(tlv.value).find((inner) => inner.tag === 0x83)?.value[0];
      return reference === undefined ? NEVER : { kind: 'key', reference };
    }
    case TEMPLATE.CHECKSUM:
    case TEMPLATE.CONFIDENTIALITY:
      return decodeChannel(tlv);
    case 0xa0:
      return { kind: 'any', of: decodeTlvs(tlv.value).map(decodeCondition) };
    case 0xaf:
      return { kind: 'all', of: decodeTlvs(tlv.value).map(decodeCondition) };
    case 0xa7:
      return { kind: 'not', of: decodeTlvs(tlv.value).map(decodeCondition) };
    default:
      return NEVER;
  }
}

/**
 * A rule set as compact format: the access mode octet, then one condition octet for each set bit from the highest
 * (ISO/IEC 7816-4 §5.4.3.1). An octet cannot name a key: 10 is the PIN of the application, 20 stands for the
 * administrative key of these cards.
 */
export function encodeCompact(rules: RuleSet, kind: 'ef' | 'df'): Uint8Array {
  const bits: Readonly<Record<string, number>> = kind === 'ef' ? EF_OPERATIONS : DF_OPERATIONS;
  const guarded = [...rules]
    .map(([operation, condition]) => ({ bit: bits[operation] ?? 0, octet: compactOctet(condition) }))
    .filter(({ bit }) => bit !== 0)
    .sort((a, b) => b.bit - a.bit);
  const mode = guarded.reduce((octet, { bit }) => octet | bit, 0);
  return Uint8Array.of(mode, ...guarded.map(({ octet }) => octet));
}

const COMPACT_USER = 0x10;
const COMPACT_ADMINISTRATIVE = 0x20;
const COMPACT_SECURE_MESSAGING = 0x40;
const COMPACT_ALL = 0x80;

function compactOctet(condition: Condition): number {
  switch (condition.kind) {
    case 'always':
      return 0x00;
    case 'key':
      return isAdministrative(condition.reference) ? COMPACT_ADMINISTRATIVE : COMPACT_USER;
    case 'channel':
      return COMPACT_SECURE_MESSAGING;
    case 'any':
      return condition.of.map(compactOctet).reduce((a, b) => a | b, 0);
    case 'all':
      return condition.of.map(compactOctet).reduce((a, b) => a | b, COMPACT_ALL);
    case 'never':
    case 'not':
      return 0xff;
  }
}

/** The condition for an operation in compact format. Resizing is guarded like updating, which it can undo. */
export function conditionInCompact(
  bytes: Uint8Array,
  operation: Operation,
  kind: 'ef' | 'df',
  keys: { readonly user: number; readonly administrative: number },
): Condition {
  const bits: Readonly<Record<string, number>> = kind === 'ef' ? EF_OPERATIONS : DF_OPERATIONS;
  const wanted = bits[operation] ?? bits.update ?? bits.createEf ?? 0;
  const mode = bytes[0] ?? 0;
  let at = 1;
  for (let bit = 0x40; bit > 0; bit >>= 1) {
    if ((mode & bit) === 0) continue;
    const octet = bytes[at++];
    if (bit === wanted) return octet === undefined ? NEVER : decodeCompact(octet, keys);
  }
  return NEVER;
}

function decodeCompact(octet: number, keys: { user: number; administrative: number }): Condition {
  if (octet === 0x00) return ALWAYS;
  if (octet === 0xff) return NEVER;
  const of: Condition[] = [];
  if ((octet & COMPACT_USER) !== 0) of.push({ kind: 'key', reference: keys.user });
  if ((octet & COMPACT_ADMINISTRATIVE) !== 0) of.push({ kind: 'key', reference: keys.administrative });
  // the octet does not say how much protection: all of it
  if ((octet & COMPACT_SECURE_MESSAGING) !== 0) of.push({ kind: 'channel', level: FULL_PROTECTION });
  if (of.length === 0) return NEVER;
  return { kind: (octet & COMPACT_ALL) !== 0 ? 'all' : 'any', of };
}

/** ADM1 to ADM10 (TS 102 221 §9.5.1, table 9.3). */
export function isAdministrative(reference: number): boolean {
  const low = reference & 0x7f;
  return low >= 0x0a && low <= 0x0e;
}
