/**
 * The octets of a protected bootstrap message. DM 2.0 §9.3.1.3 names the keys and leaves the format open: this one is
 * simboot's own (docs/decisions/protected-bootstrap-message.md), not one of OMA or 3GPP.
 *
 * `DMGB` ‖ version 01 ‖ suite ‖ 0000 ‖ length and P-TID ‖ length and inner media type ‖ IV (16) ‖ ciphertext ‖ tag (32);
 * lengths have two octets, most significant first.
 */
import { concat, decodeUtf8, encodeUtf8 } from '../../bytes/index.js';
import { UsageError } from '../../errors/index.js';

const MAGIC = encodeUtf8('DMGB');
const VERSION = 0x01;
const FIXED = MAGIC.length + 4;
const LONGEST_NAME = 255;
const BLOCK = 16;

/** Octets of the vector, and of the tag. */
export const IV = 16;
export const TAG = 32;

/** How a message is protected. 02 is reserved for AES-128 and not written by this version. */
const SUITES = {
  /** AES-256-CBC under DMBEK, then HMAC-SHA-256 under DMBIK, nothing truncated. */
  'aes256-cbc-hmac-sha256': 0x01,
} as const;

/** Magic, version, suite, and two octets 00. */
const PREFIX = concat(MAGIC, [VERSION, SUITES['aes256-cbc-hmac-sha256'], 0, 0]);

export interface Envelope {
  readonly pTid: string;
  readonly mediaType: string;
  /** Everything before the vector, as it was received or will be sent. */
  readonly header: Uint8Array;
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
  /** Vector and ciphertext. */
  readonly body: Uint8Array;
  readonly tag: Uint8Array;
}

/**
 * @throws UsageError `USAGE_ARGUMENT` for names that are empty or longer than 255 octets
 */
export function encodeHeader(pTid: string, mediaType: string): Uint8Array {
  const [name, type] = [named('the P-TID', pTid), named('the media type', mediaType)];
  const header = new Uint8Array(FIXED + 4 + name.length + type.length);
  header.set(PREFIX);
  header[FIXED + 1] = name.length; // at most 255
  header.set(name, FIXED + 2);
  header[FIXED + 3 + name.length] = type.length;
  header.set(type, FIXED + 4 + name.length);
  return header;
}

function named(what: string, text: string): Uint8Array {
  const octets = encodeUtf8(text);
  if (octets.length >= 1 && octets.length <= LONGEST_NAME) return octets;
  throw new UsageError(
    'USAGE_ARGUMENT',
    `${what} has 1 to ${LONGEST_NAME} octets of UTF-8, not ${octets.length}`,
  );
}

/** The parts of a message, or undefined where it is not one that this version reads. Nothing is verified yet. */
export function decodeEnvelope(message: Uint8Array): Envelope | undefined {
  if (message.length < FIXED || !MAGIC.every((octet, index) => message[index] === octet)) return undefined;
  const [version, suite, reserved, more] = message.subarray(MAGIC.length, FIXED);
  if (version !== VERSION || suite !== SUITES['aes256-cbc-hmac-sha256']) return undefined;
  if (reserved !== 0 || more !== 0) return undefined;
  const pTid = nameAt(message, FIXED);
  const mediaType = pTid && nameAt(message, pTid.end);
  if (pTid === undefined || mediaType === undefined) return undefined;
  const body = message.subarray(mediaType.end);
  const length = body.length - IV - TAG;
  if (length < BLOCK || length % BLOCK !== 0) return undefined;
  return {
    pTid: pTid.text,
    mediaType: mediaType.text,
    header: message.subarray(0, mediaType.end),
    iv: body.subarray(0, IV),
    ciphertext: body.subarray(IV, IV + length),
    body: body.subarray(0, IV + length),
    tag: body.subarray(IV + length),
  };
}

function nameAt(message: Uint8Array, at: number): { text: string; end: number } | undefined {
  if (at + 2 > message.length) return undefined;
  const length = (message[at]! << 8) | message[at + 1]!;
  const end = at + 2 + length;
  if (length < 1 || length > LONGEST_NAME || end > message.length) return undefined;
  try {
    return { text: decodeUtf8(message.subarray(at + 2, end)), end };
  } catch {
    return undefined;
  }
}

/** The P-TID that a message names, or undefined where it is no message. It is not verified. */
export function pTidOf(message: Uint8Array): string | undefined {
  return decodeEnvelope(message)?.pTid;
}
