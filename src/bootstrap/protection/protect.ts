/**
 * Protects a bootstrap for the push and opens it again (DM 2.0 §9.3.1.3): encrypt, then authenticate, with everything
 * bound that the keys belong to (docs/decisions/protected-bootstrap-message.md).
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { equal } from '../../bytes/index.js';
import { sameSecret } from '../../crypto/index.js';
import { SecurityError, UsageError } from '../../errors/index.js';
import type { AssociationStore, SecurityAssociation } from './association.js';
import { decodeEnvelope, type Envelope, encodeHeader, IV, TAG } from './envelope.js';

/** What a bootstrap is, inside (§7.2.1.4). */
const INNER_MEDIA_TYPE = 'application/dmmo+json';
/** Registered by nobody for this purpose: the clause leaves the media type open. */
export const PROTECTED_MEDIA_TYPE = 'application/octet-stream';
/** Padding is PKCS#7, which both directions get from the cipher. */
const CIPHER = 'aes-256-cbc';

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
  const cipher = createCipheriv(CIPHER, association.keys.dmbek, iv);
  const most = cipher.update(document);
  const last = cipher.final();
  const end = header.length + IV + most.length + last.length;
  const message = new Uint8Array(end + TAG);
  message.set(header);
  message.set(iv, header.length);
  message.set(most, header.length + IV);
  message.set(last, end - last.length);
  message.set(tagOf(association, header, message.subarray(header.length, end)), end);
  return message;
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
  const expected = tagOf(association, parts.header, parts.body);
  const genuine = sameSecret(expected, parts.tag);
  if (!genuine || !alive || envelope === undefined) refuse();
  const document = decrypted(association.keys.dmbek, parts);
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
    ciphertext: new Uint8Array(),
    body: message,
    tag: new Uint8Array(TAG),
  };
}

function refuse(): never {
  throw new SecurityError(
    'SECURITY_PUSH_REFUSED',
    'a protected bootstrap message was refused; nothing was applied',
  );
}

/** @param body vector and ciphertext, which follow one another in a message */
function tagOf(association: SecurityAssociation, header: Uint8Array, body: Uint8Array): Uint8Array {
  const { keys, nafId, rand } = association;
  const bound = new Uint8Array(header.length + 4 + nafId.length + rand.length);
  bound.set(header);
  let at = header.length;
  for (const part of [nafId, rand]) {
    bound[at++] = part.length >> 8;
    bound[at++] = part.length & 0xff;
    bound.set(part, at);
    at += part.length;
  }
  return createHmac('sha256', keys.dmbik).update(bound).update(body).digest();
}

/** The document, or undefined where its padding is none; the tag was verified before. */
function decrypted(key: Uint8Array, { iv, ciphertext }: Envelope): Uint8Array | undefined {
  const decipher = createDecipheriv(CIPHER, key, iv);
  try {
    const most = decipher.update(ciphertext);
    const last = decipher.final();
    const document = new Uint8Array(most.length + last.length);
    document.set(most);
    document.set(last, most.length);
    return document;
  } catch {
    return undefined;
  }
}

function requireKeys({ keys, rand, nafId }: SecurityAssociation): void {
  const right = keys.dmbik.length === 32 && keys.dmbek.length === 32 && rand.length === 16;
  if (!right || nafId.length === 0 || equal(keys.dmbik, keys.dmbek))
    throw new UsageError(
      'USAGE_ARGUMENT',
      'a security association has two different keys of 32 octets, a NAF_Id and a RAND of 16 octets',
    );
}
