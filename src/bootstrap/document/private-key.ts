/** Private keys as PKCS#8 (RFC 5958), from PKCS#8, PKCS#1 or SEC1 in PEM or DER; matched with a certificate. */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { fromBER, Integer, OctetString, Sequence } from 'asn1js';
import { PrivateKeyInfo } from 'pkijs';
import { encodeUtf8 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import type { CertificateInfo } from './certificate.js';
import { pemBlocks } from './pem.js';

type KeyForm = 'pkcs8' | 'pkcs1' | 'sec1' | 'encrypted';
const FORM_OF_LABEL: Readonly<Record<string, KeyForm>> = {
  'PRIVATE KEY': 'pkcs8',
  'RSA PRIVATE KEY': 'pkcs1',
  'EC PRIVATE KEY': 'sec1',
  'ENCRYPTED PRIVATE KEY': 'encrypted',
};

/**
 * The private key in a PEM or DER file, as PKCS#8 in DER. A PKCS#8 key is kept octet for octet.
 *
 * @param where place of the file, for errors
 * @throws DataError `DATA_PRIVATE_KEY`; its message and cause say nothing of the key
 */
export function readPrivateKeyFile(file: Uint8Array, where: string): Uint8Array {
  const blocks = pemBlocks(file);
  const block = blocks.find(({ label }) => label === '' || Object.hasOwn(FORM_OF_LABEL, label));
  if (block === undefined) refuse(where, 'the file holds no readable private key');
  const form = block.label === '' ? formOfDer(block.der) : FORM_OF_LABEL[block.label];
  if (block.encrypted || form === 'encrypted') {
    refuse(where, 'the private key is encrypted; decrypt it first (`openssl pkcs8 -topk8 -nocrypt`)');
  }
  if (form === undefined) refuse(where, 'this is not a private key in PEM or DER');
  const pkcs8 = form === 'pkcs8' ? block.der : converted(block.der, form);
  if (pkcs8 === undefined || !isPkcs8(pkcs8))
    refuse(where, 'the private key is damaged or of an unknown kind');
  return pkcs8;
}

function refuse(where: string, reason: string): never {
  throw new DataError('DATA_PRIVATE_KEY', `${where}: ${reason}`, { details: { where } });
}

// Told apart by their first two elements: RFC 5958 §2 and §3, RFC 8017 A.1.2, RFC 5915 §3.
function formOfDer(der: Uint8Array): KeyForm | undefined {
  const [first, second] = sequenceElements(der);
  if (first instanceof Sequence) return second instanceof OctetString ? 'encrypted' : undefined;
  if (!(first instanceof Integer)) return undefined;
  if (second instanceof Sequence) return 'pkcs8';
  if (second instanceof Integer) return 'pkcs1';
  return second instanceof OctetString ? 'sec1' : undefined;
}

function sequenceElements(der: Uint8Array): readonly unknown[] {
  try {
    const { offset, result } = fromBER(der.slice());
    return offset === der.length && result instanceof Sequence ? result.valueBlock.value : [];
  } catch {
    return [];
  }
}

function converted(der: Uint8Array, type: 'pkcs1' | 'sec1'): Uint8Array | undefined {
  try {
    const key = createPrivateKey({ key: Buffer.from(der), format: 'der', type });
    return Uint8Array.from(key.export({ format: 'der', type: 'pkcs8' }));
  } catch {
    return undefined;
  }
}

/** Whether the octets are one unencrypted PKCS#8 key that can be used. */
export function isPkcs8(der: Uint8Array): boolean {
  return importKey(der) !== undefined;
}

function importKey(der: Uint8Array): KeyObject | undefined {
  try {
    if (fromBER(der.slice()).offset !== der.length) return undefined;
    PrivateKeyInfo.fromBER(der.slice());
    return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
  } catch {
    return undefined;
  }
}

const PROBE = encodeUtf8('simboot: does this key belong to this certificate?');

/** Whether a signature of the private key verifies with the certificate's public key. */
export function keyBelongsTo(certificate: CertificateInfo, pkcs8: Uint8Array): boolean {
  const privateKey = importKey(pkcs8);
  if (privateKey === undefined) return false;
  try {
    const publicKey = createPublicKey({
      key: Buffer.from(certificate.publicKey),
      format: 'der',
      type: 'spki',
    });
    if (publicKey.asymmetricKeyType !== privateKey.asymmetricKeyType) return false;
    return verify('sha256', PROBE, publicKey, sign('sha256', PROBE, privateKey));
  } catch {
    return false;
  }
}
