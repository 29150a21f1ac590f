/** The key derivation function of the Generic Bootstrapping Architecture (TS 33.220 Annex B.2). */
import { createHmac } from 'node:crypto';
import { encodeUtf8 } from '../bytes/index.js';
import { UsageError } from '../errors/index.js';

/**
 * S = FC ‖ P0 ‖ L0 ‖ P1 ‖ L1 ‖ …, each length in two octets, most significant first.
 *
 * @param fc one octet
 * @throws UsageError `USAGE_ARGUMENT` for a parameter of more than 65535 octets
 * @example toHex(kdfInput(0x01, [encodeUtf8('dm-bik')])) // → '01646d2d62696b0006'
 */
export function kdfInput(fc: number, parameters: readonly Uint8Array[]): Uint8Array {
  if (!Number.isInteger(fc) || fc < 0 || fc > 0xff)
    throw new UsageError('USAGE_ARGUMENT', 'FC is one octet (TS 33.220 Annex B.2)');
  let octets = 1;
  for (const [index, { length }] of parameters.entries()) {
    if (length > 0xffff) throw new UsageError('USAGE_ARGUMENT', `P${index} has more than 65535 octets`);
    octets += length + 2;
  }
  const input = new Uint8Array(octets);
  input[0] = fc;
  let at = 1;
  for (const parameter of parameters) {
    input.set(parameter, at);
    at += parameter.length;
    input[at++] = parameter.length >> 8;
    input[at++] = parameter.length & 0xff;
  }
  return input;
}

/**
 * HMAC-SHA-256 of S under `key`: 32 octets, not truncated.
 *
 * @param fc one octet
 * @throws UsageError `USAGE_ARGUMENT` as `kdfInput`
 */
export function gbaKdf(key: Uint8Array, fc: number, parameters: readonly Uint8Array[]): Uint8Array {
  return kdfOf(key, kdfInput(fc, parameters));
}

/** The KDF over an S that is made already. */
export function kdfOf(key: Uint8Array, input: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(input).digest());
}

/** A text as a parameter: normalized (NFKC), then UTF-8 (Annex B.2.1.2). */
export function kdfText(text: string): Uint8Array {
  return encodeUtf8(text.normalize('NFKC'));
}
