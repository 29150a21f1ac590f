/** PUT KEY with AES keys (GPC 2.3.1 §11.8; Amendment D v1.2 §6.2.8). All keys of a command arrive, or none. */
import { SW } from '../../../apdu/index.js';
import { concat } from '../../../bytes/index.js';
import { type AesKey, sameSecret } from '../../../crypto/index.js';
import type { Answer, Command, Machine } from '../../machine/machine.js';
import type { SecurityDomain } from '../domain.js';
import { type CardKey, checkValue } from '../keys.js';

const P1_MORE = 0x80;
const P2_MULTIPLE = 0x80;
const KEY_TYPE_AES = 0x88;
const CHECK_LENGTH = 3;
const MAX_VERSION = 0x7f;
const BLOCK = 16;
const ZERO_ICV = new Uint8Array(BLOCK);

/** One key data field as it stands in the command. */
interface KeyField {
  readonly block: Uint8Array;
  readonly check: Uint8Array;
}

export function putKey(machine: Machine, { p1, p2, data }: Command, channel: number): Answer {
  const domain = machine.domain!;
  if ((p1 & P1_MORE) !== 0) return { sw: SW.INCORRECT_P1P2 };
  const version = data[0] ?? 0;
  if (version === 0 || version > MAX_VERSION) return { sw: SW.WRONG_DATA };
  const fields = readFields(data.subarray(1));
  const hasFittingCount = (p2 & P2_MULTIPLE) !== 0 || fields?.length === 1;
  if (fields === undefined || !hasFittingCount) return { sw: SW.WRONG_DATA };
  const fresh = decryptAll(domain, domain.session(channel)!.dek, fields, version, p2 & MAX_VERSION);
  const sw = typeof fresh === 'number' ? fresh : refusal(domain, fresh, p1);
  if (typeof fresh === 'number' || sw !== undefined) return { sw: sw ?? SW.WRONG_DATA };
  const octets = fresh.reduce((sum, key) => sum + key.value.length, 0);
  machine.octetsWritten += octets;
  // power lost on the way: atomic means that the old keys are there (§11.8.2.3.3)
  if ((machine.writeBudget ?? octets) < octets) return { sw: SW.MEMORY_FAILURE };
  domain.keys.put(fresh, p1);
  return { sw: SW.OK, data: concat([version], ...fields.map(({ check }) => check)) };
}

/** Basic format (table 11-68), one component a key; nothing where the data do not divide into fields. */
function readFields(data: Uint8Array): KeyField[] | undefined {
  const out: KeyField[] = [];
  for (let at = 0; at < data.length; ) {
    if (data[at] !== KEY_TYPE_AES) return undefined;
    const length = data[at + 1] ?? 0;
    const block = data.subarray(at + 2, at + 2 + length);
    at += 2 + length;
    const checkLength = data[at];
    if (length === 0 || length > MAX_VERSION || checkLength !== CHECK_LENGTH) return undefined;
    const check = data.subarray(at + 1, at + 1 + checkLength);
    at += 1 + checkLength;
    if (at > data.length) return undefined;
    out.push({ block, check });
  }
  return out.length > 0 ? out : undefined;
}

function decryptAll(
  domain: SecurityDomain,
  dek: AesKey,
  fields: readonly KeyField[],
  version: number,
  first: number,
): CardKey[] | number {
  const out: CardKey[] = [];
  for (const [index, { block, check }] of fields.entries()) {
    const value = decryptBlock(domain, dek, block);
    if (value === undefined) return SW.WRONG_DATA;
    if (!sameSecret(checkValue(value), check)) return domain.profile.deviations.wrongKcv;
    out.push({ version, identifier: first + index, value });
  }
  return out;
}

/** A whole number of blocks is the key alone; otherwise its length stands before it (§11.8.2.3.3). */
function decryptBlock(domain: SecurityDomain, dek: AesKey, block: Uint8Array): Uint8Array | undefined {
  const { keyField } = domain.profile.deviations;
  const isBare = block.length % BLOCK === 0;
  if (keyField === (isBare ? 'length' : 'bare')) return undefined;
  const encrypted = isBare ? block : block.subarray(1);
  const length = isBare ? block.length : block[0]!;
  const isFitting = encrypted.length % BLOCK === 0 && encrypted.length - length < BLOCK;
  if (![16, 24, 32].includes(length) || length > encrypted.length || !isFitting) return undefined;
  return dek.decryptCbc(ZERO_ICV, encrypted).slice(0, length);
}

/** New keys are new, replaced ones are there and keep their length; a version of others is not overwritten. */
function refusal(domain: SecurityDomain, fresh: readonly CardKey[], replaced: number): number | undefined {
  const { keys, profile } = domain;
  for (const { version, identifier, value } of fresh) {
    const taken = keys.find(version, identifier);
    if (replaced === 0) {
      if (taken !== undefined) return SW.WRONG_DATA;
      continue;
    }
    const old = keys.find(replaced, identifier);
    if (old === undefined) return SW.REFERENCED_DATA_NOT_FOUND;
    if (old.value.length !== value.length) return SW.WRONG_DATA;
    if (taken !== undefined && taken !== old) return SW.WRONG_DATA;
  }
  const isFull = replaced === 0 && keys.all.length + fresh.length > profile.maxKeys;
  return isFull ? SW.NOT_ENOUGH_MEMORY : undefined;
}
