/** Keys that everybody knows. A card that accepts one of them protects nothing, so they are named loudly. */
import { fromHex, toHex } from '../bytes/index.js';
import { AesKey } from './aes-key.js';
import { type KeyHandle, keyCheckValue } from './key-handle.js';

export interface WellKnownKey {
  readonly name: string;
  readonly octets: Uint8Array;
}

const counting = (from: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => from + i);

const repeated = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => 0x40 + (i % 16));

/** Values that card vendors, specifications and public tools use for tests. */
export const WELL_KNOWN_KEYS: readonly WellKnownKey[] = [
  { name: 'GlobalPlatform default test key 40..4F', octets: counting(0x40, 16) },
  { name: 'GlobalPlatform default test key 40..57', octets: counting(0x40, 24) },
  { name: 'GlobalPlatform default test key 40..5F', octets: counting(0x40, 32) },
  { name: 'GlobalPlatform default test key 40..4F and its first half again', octets: repeated(24) },
  { name: 'GlobalPlatform default test key 40..4F twice', octets: repeated(32) },
  { name: 'GEMXPRESSOSAMPLE', octets: fromHex('47454d5850524553534f53414d504c45') },
  ...[16, 24, 32].flatMap((length) => [
    { name: `all zeros, ${length} octets`, octets: new Uint8Array(length) },
    { name: `all FF, ${length} octets`, octets: new Uint8Array(length).fill(0xff) },
    { name: `00 01 02 …, ${length} octets`, octets: counting(0, length) },
  ]),
];

const PROBE = new Uint8Array(16).fill(0x02);

/**
 * The name of the well-known key that this one is, or nothing. The check value only preselects: a probe block
 * decides, so that an honest key is not taken for a test key by chance.
 *
 * @example await recognizeTestKey(new MemoryKey(new Uint8Array(16))) // → 'all zeros, 16 octets'
 */
export async function recognizeTestKey(key: KeyHandle): Promise<string | undefined> {
  for (const known of WELL_KNOWN_KEYS) {
    if (known.octets.length !== key.length) continue;
    const candidate = new AesKey(known.octets);
    if (keyCheckValue(candidate) !== key.kcv) continue;
    if (toHex(candidate.encryptBlock(PROBE)) === toHex(await key.encrypt(PROBE))) return known.name;
  }
  return undefined;
}
