/**
 * Protects a bootstrap for the push and opens it again (DM 2.0 §9.3.1.3): encrypt, then authenticate, with everything
 * bound that the keys belong to (docs/decisions/protected-bootstrap-message.md).
 */
import { createHmac } from 'node:crypto';
import { concat, equal, uint16 } from '../../bytes/index.js';
import { AesKey, nodeEngine, sameSecret } from '../../crypto/index.js';
import { SecurityError, UsageError } from '../../errors/index.js';
import type { AssociationStore, SecurityAssociation } from './association.js';
import { decodeEnvelope, type Envelope, encodeHeader, IV, TAG } from './envelope.js';

/** What a bootstrap is, inside (§7.2.1.4). */
const INNER_MEDIA_TYPE = 'application/dmmo+json';
/** Registered by nobody for this purpose: the clause leaves the media type open. */
export const PROTECTED_MEDIA_TYPE = 'application/octet-stream';
const BLOCK = 16;

/** Content-Type of a protected message: the media type and `SEC=3GPP_GBA`. */
export function protectedContentType(mediaType: string = PROTECTED_MEDIA_TYPE): string {
  return `${mediaType}; SEC=3GPP_GBA`;
}

export interface ProtectOptions {
  /** Gives so many random octets, for the vector. */
  readonly random: (octets: number) => Uint8Array;
  readonly mediaType?: string;
}

/**
 * The protected message: its header, a vector, the encrypted document and the tag; 60 octets and the two names more
 * than the document, and up to 16 of padding.
 *
 * @throws UsageError `USAGE_ARGUMENT` for names or keys of a length that the format does not have
 */
export function protectBootstrap(
  document: Uint8Array,
  association: SecurityAssociation,
  { random, mediaType = INNER_MEDIA_TYPE }: ProtectOptions,
): Uint8Array {
  requireKeys(association);
  const header = encodeHeader(association.pTid, mediaType);
  const iv = random(IV);
  if (iv.length !== IV) throw new UsageError('USAGE_ARGUMENT', `the vector has ${IV} octets`);
  const key = new AesKey(association.keys.dmbek, nodeEngine);
  const ciphertext = key.encryptCbc(iv, pad(document));
  key.wipe();
  return concat(header, iv, ciphertext, tagOf(association, header, iv, ciphertext));
}

export interface OpenedBootstrap {
  readonly document: Uint8Array;
  readonly mediaType: string;
  readonly association: SecurityAssociation;
}

/**
 * Opens a message once: finds its association, checks that it still lives, verifies the tag in constant time, and only
 * then decrypts and uses the association up. Every failure is the same error, after the same work.
 *
 * @throws SecurityError `SECURITY_PUSH_REFUSED`
 */
export function unprotectBootstrap(
  message: Uint8Array,
  associations: AssociationStore,
  now: Date,
): OpenedBootstrap {
  const envelope = decodeEnvelope(message);
  const found = envelope && associations.find(envelope.pTid);
  const alive = found !== undefined && found.expires > now;
  const association = alive ? found : NOBODY;
  const parts = envelope ?? nothingOf(message);
  const expected = tagOf(association, parts.header, parts.iv, parts.ciphertext);
  const genuine = sameSecret(expected, parts.tag);
  if (!genuine || !alive || envelope === undefined) refuse();
  const key = new AesKey(association.keys.dmbek, nodeEngine);
  const document = unpad(key.decryptCbc(parts.iv, parts.ciphertext));
  key.wipe();
  if (document === undefined) refuse();
  associations.use(association.pTid);
  return { document, mediaType: parts.mediaType, association };
}

/** Stands in where there is no association, so that the work is the same. Its keys open nothing. */
const NOBODY: SecurityAssociation = {
  pTid: 'nobody',
  nafId: new Uint8Array(16),
  rand: new Uint8Array(16),
  keys: { dmbik: new Uint8Array(32), dmbek: new Uint8Array(32) },
  expires: new Date(0),
};

function nothingOf(message: Uint8Array): Envelope {
  return {
    pTid: '',
    mediaType: '',
    header: new Uint8Array(),
    iv: new Uint8Array(),
    ciphertext: message,
    tag: new Uint8Array(TAG),
  };
}

function refuse(): never {
  throw new SecurityError(
    'SECURITY_PUSH_REFUSED',
    'a protected bootstrap message was refused; nothing was applied',
  );
}

function tagOf(
  { keys, nafId, rand }: SecurityAssociation,
  header: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array {
  const mac = createHmac('sha256', keys.dmbik);
  mac.update(header).update(uint16(nafId.length)).update(nafId).update(uint16(rand.length)).update(rand);
  return new Uint8Array(mac.update(iv).update(ciphertext).digest());
}

function requireKeys({ keys, rand, nafId }: SecurityAssociation): void {
  const right = keys.dmbik.length === 32 && keys.dmbek.length === 32 && rand.length === 16;
  if (!right || nafId.length === 0 || equal(keys.dmbik, keys.dmbek))
    throw new UsageError(
      'USAGE_ARGUMENT',
      'a security association has two different keys of 32 octets, a NAF_Id and a RAND of 16 octets',
    );
}

/** PKCS#7: 1 to 16 octets that tell their number. */
function pad(data: Uint8Array): Uint8Array {
  const count = BLOCK - (data.length % BLOCK);
  return concat(data, new Uint8Array(count).fill(count));
}

function unpad(data: Uint8Array): Uint8Array | undefined {
  const count = data.at(-1) ?? 0;
  if (count < 1 || count > BLOCK || count > data.length) return undefined;
  const end = data.length - count;
  return data.subarray(end).every((octet) => octet === count) ? data.slice(0, end) : undefined;
}
