/**
 * Signed checkpoints of a journal (docs/journal.md): where a chain stood at a time, under Ed25519 (RFC 8032). Kept away from
 * the station, they show what a chain alone cannot: that its end was cut off.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { decodeBase64, decodeUtf8, encodeBase64, encodeUtf8 } from '../../bytes/index.js';
import { DataError, SecurityError, SimbootError } from '../../errors/index.js';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../mo/index.js';
import { canonicalJson } from './canonical.js';

/** Where the chain of a station stood. */
export interface Checkpoint {
  readonly station: string;
  readonly seq: number;
  /** Of entry `seq`, 64 hex digits. */
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Entries from 1 to `seq` by their type. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface SignedCheckpoint extends Checkpoint {
  /** 64 octets. */
  readonly signature: Uint8Array;
}

/** A key pair for checkpoints, each as PEM (PKCS#8 and SubjectPublicKeyInfo). The first is secret. */
export function makeCheckpointKeys(): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { privateKey, publicKey };
}

/** A private key for checkpoints from its PEM. @throws SecurityError `SECURITY_CHECKPOINT_KEY` */
export function checkpointPrivateKey(pem: string): KeyObject {
  return ed25519(() => createPrivateKey(pem));
}

/** A public key for checkpoints from its PEM. @throws SecurityError `SECURITY_CHECKPOINT_KEY` */
export function checkpointPublicKey(pem: string): KeyObject {
  return ed25519(() => createPublicKey(pem));
}

function ed25519(read: () => KeyObject): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = read();
  } catch {
    // What OpenSSL says of it helps nobody, and might tell of the key.
  }
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new SecurityError('SECURITY_CHECKPOINT_KEY', 'a key for checkpoints is an Ed25519 key in PEM');
}

/** The text that is signed: canonical JSON without the signature. */
function signedText({ station, seq, hash, at, counts }: Checkpoint): string {
  return canonicalJson({ station, seq, hash, at, counts: counts as JsonObject });
}

/** Signs a checkpoint. */
export function signCheckpoint(checkpoint: Checkpoint, key: KeyObject): SignedCheckpoint {
  const signature = Uint8Array.from(sign(null, encodeUtf8(signedText(checkpoint)), key));
  return { ...checkpoint, signature };
}

/** Whether the signature of a checkpoint is that of the key's owner. */
export function isCheckpointOf(checkpoint: SignedCheckpoint, key: KeyObject): boolean {
  return verify(null, encodeUtf8(signedText(checkpoint)), key, checkpoint.signature);
}

/** A line of a checkpoint file: `signature` in base64 first, then what it is over; ends in a line feed. */
export function checkpointLine(checkpoint: SignedCheckpoint): string {
  return `{"signature":"${encodeBase64(checkpoint.signature)}",${signedText(checkpoint).slice(1)}\n`;
}

/**
 * Reads a line of a checkpoint file, without its line feed. Its signature is not looked at.
 *
 * @throws DataError `DATA_JOURNAL` where the octets are not exactly those that `checkpointLine` writes for what they say
 */
export function parseCheckpointLine(line: Uint8Array): SignedCheckpoint {
  let checkpoint: SignedCheckpoint;
  let text: string;
  try {
    text = decodeUtf8(line);
    checkpoint = checkpointOf(parseJson(line));
  } catch (cause) {
    if (!(cause instanceof SimbootError)) throw cause;
    throw refused(cause.message, cause);
  }
  if (checkpointLine(checkpoint) !== `${text}\n`) throw refused('it is in another form');
  return checkpoint;
}

function checkpointOf(value: JsonValue): SignedCheckpoint {
  if (!isJsonObject(value)) throw refused('it is no object');
  const { station, seq, hash, at, counts, signature } = value;
  if (typeof station !== 'string' || typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash))
    throw refused('station or hash is missing');
  if (!isCount(seq) || seq === 0 || !isCount(at)) throw refused('sequence number or time is missing');
  if (!isJsonObject(counts) || !Object.values(counts).every(isCount)) throw refused('the counts are missing');
  if (typeof signature !== 'string') throw refused('the signature is missing');
  const octets = decodeBase64(signature);
  if (octets?.length !== 64) throw refused('the signature has not 64 octets');
  return { station, seq, hash, at, counts: counts as Record<string, number>, signature: octets };
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function refused(why: string, cause?: unknown): DataError {
  return new DataError('DATA_JOURNAL', `a line is no signed checkpoint: ${why}`, { cause });
}
