/** Data derivation of SCP03 as the card computes it (GPC Amendment D v1.2 §4.1.5, NIST SP 800-108 counter mode). */
import { AesKey } from '../../crypto/index.js';

/** Derivation constants (table 4-1). */
export const DERIVE = {
  CARD_CRYPTOGRAM: 0x00,
  HOST_CRYPTOGRAM: 0x01,
  CARD_CHALLENGE: 0x02,
  S_ENC: 0x04,
  S_MAC: 0x06,
  S_RMAC: 0x07,
} as const;

const BLOCK = 16;
/** Label with the constant at its end, separator, L, counter. */
const CONSTANT_AT = 11;
const LENGTH_AT = 13;
const COUNTER_AT = 15;

/** `octets` derived octets (8, 16, 24 or 32) from a key and a context. */
export function derive(key: AesKey, constant: number, octets: number, context: Uint8Array): Uint8Array {
  const input = new Uint8Array(COUNTER_AT + 1 + context.length);
  input[CONSTANT_AT] = constant;
  input[LENGTH_AT] = (octets * 8) >> 8;
  input[LENGTH_AT + 1] = (octets * 8) & 0xff;
  input.set(context, COUNTER_AT + 1);
  const out = new Uint8Array(Math.ceil(octets / BLOCK) * BLOCK);
  for (let at = 0, counter = 1; at < octets; at += BLOCK, counter++) {
    input[COUNTER_AT] = counter;
    out.set(key.cmac(input), at);
  }
  return out.slice(0, octets);
}

/** A derived key of the same length as the static one (§6.2.1). */
export function deriveKey(key: Uint8Array, constant: number, context: Uint8Array): AesKey {
  const source = new AesKey(key);
  const octets = derive(source, constant, key.length, context);
  const out = new AesKey(octets);
  source.wipe();
  octets.fill(0);
  return out;
}
