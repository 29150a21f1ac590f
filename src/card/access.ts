/** What an operation needs, from each of the four ways in which files state their rules (TS 102 221 §9.2, TS 51.011 §9.3). */
import { hex8, hex16 } from '../bytes/index.js';
import { SimbootError } from '../errors/index.js';
import { type AccessRule, decodeAccessRules } from './access-rules.js';
import type { AccessCondition, FileInfo, Operation, PinTemplate } from './card.js';
import { keyName } from './names.js';

/** Bits of the access mode octet (TS 102 221 §9.2.1.1): for EFs, and for DFs where they differ. */
const MODE_EF: Partial<Record<Operation, number>> = {
  read: 0x01,
  update: 0x02,
  deactivate: 0x08,
  activate: 0x10,
  delete: 0x40,
};
const MODE_DF: Partial<Record<Operation, number>> = {
  create: 0x02,
  'create-df': 0x04,
  deactivate: 0x08,
  activate: 0x10,
  delete: 0x40,
};
/** Instructions by which a rule may name an operation instead. */
const INSTRUCTIONS: Readonly<Record<Operation, readonly number[]>> = {
  read: [0xb0, 0xb2],
  update: [0xd6, 0xdc],
  deactivate: [0x04],
  activate: [0x44],
  resize: [0xd4],
  delete: [0xe4],
  create: [0xe0],
  'create-df': [0xe0],
};
const INS_ONLY = 4;

export const unknown = (reason: string): AccessCondition => ({ kind: 'unknown', reason });

/** The condition among expanded rules; an operation that no rule names is never allowed (TS 102 221 §9.2.1). */
function conditionFromRules(
  rules: readonly AccessRule[],
  operation: Operation,
  isDirectory: boolean,
): AccessCondition {
  const bit = (isDirectory ? MODE_DF : MODE_EF)[operation] ?? 0;
  const of = rules.filter((rule) => appliesTo(rule, operation, bit)).map((rule) => rule.condition);
  if (of.length === 0) return { kind: 'never' };
  return of.length === 1 ? of[0]! : { kind: 'any-of', of };
}

function appliesTo(rule: AccessRule, operation: Operation, bit: number): boolean {
  if ('mode' in rule) return (rule.mode & bit) !== 0 && (rule.mode & 0x80) === 0;
  return rule.header === INS_ONLY && INSTRUCTIONS[operation].some((ins) => rule.octets.includes(ins));
}

/** As `conditionFromRules`, from octets; malformed rules give `unknown` with the reason. */
export function conditionFromExpanded(
  bytes: Uint8Array,
  operation: Operation,
  isDirectory: boolean,
  where: string,
): AccessCondition {
  try {
    return conditionFromRules(decodeAccessRules(bytes), operation, isDirectory);
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    return unknown(`${where}: ${error.message}`);
  }
}

/**
 * The condition in compact format (tag 8C): an access mode octet, then a security condition octet for each of its
 * bits from the highest; several such sets are alternatives (TS 102 221 §9.2.3).
 *
 * @param pins keys of the directory, since a user authentication names none
 */
export function conditionFromCompact(
  bytes: Uint8Array,
  operation: Operation,
  isDirectory: boolean,
  pins: readonly PinTemplate[],
): AccessCondition {
  const wanted = (isDirectory ? MODE_DF : MODE_EF)[operation] ?? 0;
  const found: AccessCondition[] = [];
  for (let at = 0; at < bytes.length; ) {
    const mode = bytes[at++]!;
    const isProprietary = (mode & 0x80) !== 0;
    for (let bit = 0x40; bit > 0; bit >>= 1) {
      if ((mode & bit) === 0) continue;
      const octet = bytes[at++];
      if (octet === undefined) return unknown('tag 8C: a condition octet is missing');
      if (bit === wanted && !(isProprietary && bit >= 0x08)) {
        found.push(conditionOctet(octet, pins, operation));
      }
    }
  }
  if (found.length === 0) return { kind: 'never' };
  return found.length === 1 ? found[0]! : { kind: 'any-of', of: found };
}

/** One security condition octet (ISO/IEC 7816-4 §5.4.3.1). */
function conditionOctet(octet: number, pins: readonly PinTemplate[], operation: Operation): AccessCondition {
  if (octet === 0x00) return { kind: 'always' };
  if (octet === 0xff) return { kind: 'never' };
  const of: AccessCondition[] = [];
  if ((octet & 0x40) !== 0) of.push({ kind: 'secure-messaging' });
  if ((octet & 0x20) !== 0) of.push(externalAuthentication(octet, pins));
  if ((octet & 0x10) !== 0) of.push(userAuthentication(octet, pins, operation));
  if (of.length === 0) return unknown(`condition ${hex8(octet)} asks for nothing`);
  if (of.length === 1) return of[0]!;
  return (octet & 0x80) !== 0 ? { kind: 'all-of', of } : { kind: 'any-of', of };
}

/**
 * User authentication leaves the key open (TS 102 221 §9.2.3): for READ the PIN of the directory, for other
 * operations its PIN or its administrative key, which the same octet means too.
 */
function userAuthentication(
  octet: number,
  pins: readonly PinTemplate[],
  operation: Operation,
): AccessCondition {
  const keys = pins.map(({ key }) => key);
  const user = keys.find((key) => isApplicationPin(key)) ?? keys.find((key) => !isAdm(key));
  const adm = operation === 'read' && user !== undefined ? undefined : keys.find(isAdm);
  const of = [user, adm].flatMap((key) => (key === undefined ? [] : [{ kind: 'key', key } as const]));
  if (of.length > 0) return of.length === 1 ? of[0]! : { kind: 'any-of', of };
  return unknown(`condition ${hex8(octet)}: user authentication, and the directory names no key (C6)`);
}

/** External authentication names no key either: the administrative key of the directory. */
function externalAuthentication(octet: number, pins: readonly PinTemplate[]): AccessCondition {
  const adm = pins.find(({ key }) => isAdm(key));
  if (adm) return { kind: 'key', key: adm.key };
  return unknown(
    `condition ${hex8(octet)}: external authentication, and the directory names no administrative key (C6)`,
  );
}

/** ADM1 to ADM10: 0A to 0E, 8A to 8E (TS 102 221 §9.5.1). */
export function isAdm(key: number): boolean {
  return (key & 0x7f) >= 0x0a && (key & 0x7f) <= 0x0e;
}

/** PINs of applications 1 to 8 (TS 102 221 §9.4.1). */
export function isApplicationPin(key: number): boolean {
  return key >= 0x01 && key <= 0x08;
}

/** The condition in 2G mode: a nibble for each operation (TS 51.011 §9.3). */
export function condition2g(info: FileInfo, operation: Operation): AccessCondition {
  if (info.security.form !== '2g') return unknown('in 2G mode a directory states no access rules');
  const [readUpdate = 0, , states = 0] = info.security.bytes;
  switch (operation) {
    case 'read':
      return nibbleCondition(readUpdate >> 4);
    case 'update':
      return nibbleCondition(readUpdate & 0x0f);
    case 'activate':
      return nibbleCondition(states >> 4);
    case 'deactivate':
      return nibbleCondition(states & 0x0f);
    default:
      return unknown(`2G mode has no standard way to ${operation} a file`);
  }
}

function nibbleCondition(nibble: number): AccessCondition {
  if (nibble === 0) return { kind: 'always' };
  if (nibble === 1 || nibble === 2) return { kind: 'key', key: nibble };
  if (nibble === 3) return unknown('access condition 3 is reserved (TS 51.011 §9.3)');
  return nibble === 0x0f ? { kind: 'never' } : { kind: 'adm', level: nibble };
}

/** Where the rule of tag 8B stands: the identifier of EF(ARR), and the record for a security environment. */
export interface RuleReference {
  readonly fid: number;
  readonly record: number;
}

/**
 * Tag 8B: identifier and record, or identifier and pairs of SEID and record. SE01 holds where an application PIN is
 * enabled, SE00 where it is not (TS 102 221 §9.4.1, §9.2.5).
 *
 * @returns the reference, or why there is none
 */
export function ruleReference(
  bytes: Uint8Array,
  pins: readonly PinTemplate[],
): RuleReference | { readonly reason: string } {
  const fid = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  if (bytes.length === 3) return { fid, record: bytes[2]! };
  if (bytes.length < 4 || bytes.length % 2 !== 0) {
    return {
      reason: `tag 8B has ${bytes.length} octets: neither identifier and record nor pairs of SEID and record`,
    };
  }
  const environment = pins.some((pin) => isApplicationPin(pin.key) && pin.enabled) ? 0x01 : 0x00;
  const pairs = Array.from({ length: (bytes.length - 2) / 2 }, (_, i) => ({
    seid: bytes[2 + 2 * i]!,
    record: bytes[3 + 2 * i]!,
  }));
  const pair = pairs.find(({ seid }) => seid === environment) ?? (pairs.length === 1 ? pairs[0] : undefined);
  if (pair) return { fid, record: pair.record };
  return { reason: `tag 8B has no rule for security environment ${hex8(environment)} (EF ${hex16(fid)})` };
}

/** Whether the pairs of tag 8B make the rule depend on the PINs of the directory. */
export function needsPins(info: FileInfo): boolean {
  const { security } = info;
  return security.form === 'compact' || (security.form === 'referenced' && security.bytes.length > 3);
}

/**
 * `PIN1 (key 01) or ADM1 (key 0A)`.
 *
 * @example describeCondition({ kind: 'key', key: 0x0a }) // → 'ADM1 (key 0A)'
 */
export function describeCondition(condition: AccessCondition): string {
  switch (condition.kind) {
    case 'always':
      return 'always';
    case 'never':
      return 'never';
    case 'key':
      return keyName(condition.key);
    case 'adm':
      return `an administrative key (level ${condition.level.toString(16).toUpperCase()})`;
    case 'any-of':
      return listOf(condition.of, 'or');
    case 'all-of':
      return listOf(condition.of, 'and');
    case 'not':
      return `not ${describeNested(condition.of)}`;
    case 'secure-messaging':
      return 'a secure channel';
    case 'unknown':
      return `unknown (${condition.reason})`;
  }
}

/** What reads the same is said once: checksum and encryption of commands are both the secure channel. */
function listOf(conditions: readonly AccessCondition[], word: 'or' | 'and'): string {
  return [...new Set(conditions.map(describeNested))].join(` ${word} `);
}

function describeNested(condition: AccessCondition): string {
  const text = describeCondition(condition);
  const isList = condition.kind === 'any-of' || condition.kind === 'all-of';
  return isList && condition.of.length > 1 ? `(${text})` : text;
}
