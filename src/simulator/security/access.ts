/** From the security attributes of a file to the condition of an operation (TS 102 221 §9.2.7, §11.1.1.4.7). */
import { DataError } from '../../errors/index.js';
import { childByFid, type Df, type Ef, type FileNode } from '../files/node.js';
import { type Condition, NEVER } from './condition.js';
import { KEY_PIN1, type PinStore } from './pins.js';
import { conditionInCompact, conditionInExpanded, isAdministrative, type Operation } from './rules.js';

/** What guards an operation on a file now. Attributes that cannot be resolved allow nothing. */
export function conditionFor(node: FileNode, operation: Operation, pins: PinStore): Condition {
  const { tag, value } = node.security;
  try {
    if (tag === 0xab) return conditionInExpanded(value, operation, node.kind);
    if (tag === 0x8c) return conditionInCompact(value, operation, node.kind, compactKeys(node, pins));
    const record = referencedRule(node, pins.securityEnvironment);
    return record === undefined ? NEVER : conditionInExpanded(record, operation, node.kind);
  } catch (error) {
    if (error instanceof DataError) return NEVER;
    throw error;
  }
}

/** The PIN and the administrative key that the octets of the compact format stand for. */
function compactKeys(node: FileNode, pins: PinStore): { user: number; administrative: number } {
  const named = pinsInForce(node);
  const administrative = pins.pins.find((pin) => isAdministrative(pin.reference));
  return {
    user: named.find((reference) => !isAdministrative(reference)) ?? KEY_PIN1,
    administrative: administrative?.reference ?? 0x0a,
  };
}

function pinsInForce(node: FileNode): readonly number[] {
  if (node.kind === 'df') return node.pins;
  return node.parent?.pins ?? [];
}

/** The record of EF_ARR that the attributes name, in the three-octet form or the one with environments. */
function referencedRule(node: FileNode, environment: 0 | 1): Uint8Array | undefined {
  const { value } = node.security;
  const fid = ((value[0] ?? 0) << 8) | (value[1] ?? 0);
  const record = value.length === 3 ? value[2] : recordForEnvironment(value, environment);
  if (record === undefined || record === 0) return undefined;
  const arr = findArr(node.parent ?? (node.kind === 'df' ? node : undefined), fid);
  if (arr === undefined) return undefined;
  const from = (record - 1) * arr.recordLength;
  return from + arr.recordLength <= arr.content.length
    ? arr.content.subarray(from, from + arr.recordLength)
    : undefined;
}

function recordForEnvironment(value: Uint8Array, environment: number): number | undefined {
  for (let at = 2; at + 1 < value.length; at += 2) {
    if (value[at] === environment) return value[at + 1];
  }
  return undefined;
}

/** EF_ARR is looked for in the directory of the file, then upwards to the MF. */
function findArr(from: Df | undefined, fid: number): Ef | undefined {
  for (let df = from; df !== undefined; df = df.parent) {
    const found = childByFid(df, fid);
    if (found?.kind === 'ef' && found.recordLength > 0) return found;
  }
  return undefined;
}
