/** X.509 certificates for DM accounts (DM 2.0 §9.2.2, §12.2.1.2; RFC 5280), read with pkijs. */
import { createHash } from 'node:crypto';
import { fromBER } from 'asn1js';
import { Certificate, type RelativeDistinguishedNames, RSAPublicKey } from 'pkijs';
import { toHex } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import { pemBlocks } from './pem.js';

export interface CertificateKey {
  /** `other`: an algorithm that no cipher suite of DM 2.0 §9.2.2 can use. */
  readonly type: 'RSA' | 'EC' | 'other';
  /** For people: `RSA 2048`, `EC P-256`, or the algorithm's OID. */
  readonly name: string;
  /** 0 where unknown. */
  readonly bits: number;
}

export interface CertificateInfo {
  readonly der: Uint8Array;
  /** 1, 2 or 3. */
  readonly version: number;
  readonly serial: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly key: CertificateKey;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
  /** SHA-256 over the DER, hex. */
  readonly sha256: string;
}

/**
 * The first certificate in a PEM or DER file, and how many more follow it.
 *
 * @param where place of the file in the description or on the command line, for errors
 * @throws DataError `DATA_CERTIFICATE`
 */
export function readCertificateFile(
  file: Uint8Array,
  where: string,
): { certificate: CertificateInfo; more: number } {
  const blocks = pemBlocks(file).filter(({ label }) =>
    ['', 'CERTIFICATE', 'X509 CERTIFICATE'].includes(label),
  );
  const [first, ...more] = blocks;
  if (first === undefined) refuse(where, 'the PEM file holds no readable CERTIFICATE block');
  const certificate = parseCertificate(first.der);
  if (certificate === undefined) refuse(where, 'this is not an X.509 certificate in PEM or DER');
  return { certificate, more: more.length };
}

function refuse(where: string, reason: string): never {
  throw new DataError('DATA_CERTIFICATE', `${where}: ${reason}`, { details: { where } });
}

/** The certificate that exactly fills `der`; undefined where there is none. */
export function parseCertificate(der: Uint8Array): CertificateInfo | undefined {
  // A SEQUENCE, and not text that happens to start with "0": saves the parser most of what is no certificate.
  if (der.length < 64 || der[0] !== 0x30) return undefined;
  try {
    const { offset, result } = fromBER(der.slice());
    if (offset !== der.length) return undefined;
    return describe(new Certificate({ schema: result }), der);
  } catch {
    return undefined;
  }
}

function describe(certificate: Certificate, der: Uint8Array): CertificateInfo {
  return {
    der,
    version: certificate.version + 1,
    serial: toHex(certificate.serialNumber.valueBlock.valueHexView),
    subject: nameText(certificate.subject),
    issuer: nameText(certificate.issuer),
    notBefore: certificate.notBefore.value,
    notAfter: certificate.notAfter.value,
    key: describeKey(certificate),
    publicKey: new Uint8Array(certificate.subjectPublicKeyInfo.toSchema().toBER()),
    sha256: createHash('sha256').update(der).digest('hex'),
  };
}

const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const EC_PUBLIC_KEY = '1.2.840.10045.2.1';
const CURVES: Readonly<Record<string, readonly [name: string, bits: number]>> = {
  '1.2.840.10045.3.1.1': ['P-192', 192],
  '1.3.132.0.33': ['P-224', 224],
  '1.2.840.10045.3.1.7': ['P-256', 256],
  '1.3.132.0.34': ['P-384', 384],
  '1.3.132.0.35': ['P-521', 521],
};
/** Curves that TLS 1.2 stacks share. */
const USABLE_CURVES = ['P-256', 'P-384', 'P-521'];

function describeKey({ subjectPublicKeyInfo }: Certificate): CertificateKey {
  const { algorithmId, algorithmParams } = subjectPublicKeyInfo.algorithm;
  if (algorithmId === RSA_ENCRYPTION) {
    const key = RSAPublicKey.fromBER(subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView.slice());
    const bits = bitLength(key.modulus.valueBlock.valueHexView);
    return { type: 'RSA', name: `RSA ${bits}`, bits };
  }
  if (algorithmId === EC_PUBLIC_KEY) {
    const curve = algorithmParams?.valueBlock?.toString?.() ?? '';
    const [name, bits] = Object.hasOwn(CURVES, curve) ? CURVES[curve]! : [`curve ${curve}`, 0];
    return { type: 'EC', name: `EC ${name}`, bits };
  }
  return { type: 'other', name: `algorithm ${algorithmId}`, bits: 0 };
}

function bitLength(integer: Uint8Array): number {
  const first = integer.findIndex((octet) => octet !== 0);
  return first < 0 ? 0 : 8 * (integer.length - first) - Math.clz32(integer[first]!) + 24;
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

function nameText(name: RelativeDistinguishedNames): string {
  return name.typesAndValues
    .map(({ type, value }) => `${ATTRIBUTES[type] ?? type}=${attributeText(value.valueBlock.value)}`)
    .join(', ');
}

// A certificate is foreign data: nothing in it may move the cursor of a terminal.
function attributeText(value: unknown): string {
  return String(value).replace(/\p{C}/gu, '\ufffd');
}

export interface CertificateMistake {
  readonly code: 'DATA_CERTIFICATE' | 'DATA_CERTIFICATE_DATES';
  /** A warning leaves the certificate usable, by some clients or later. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** What speaks against a certificate: version, key, and the dates where the time is given. */
export function certificateMistakes(certificate: CertificateInfo, now?: Date): CertificateMistake[] {
  const { version, key, notBefore, notAfter } = certificate;
  const mistakes: CertificateMistake[] = [];
  const add = (severity: 'error' | 'warning', code: CertificateMistake['code'], message: string) =>
    mistakes.push({ severity, code, message });
  if (version !== 3) add('error', 'DATA_CERTIFICATE', `the certificate is X.509 version ${version}, not 3`);
  if (key.type === 'other') {
    add('error', 'DATA_CERTIFICATE', `no cipher suite of DM 2.0 §9.2.2 can use its key (${key.name})`);
  } else if (key.type === 'RSA' && key.bits < 2048) {
    add('error', 'DATA_CERTIFICATE', `its RSA key has ${key.bits} bits; 2048 are needed`);
  } else if (key.type === 'EC' && key.bits > 0 && key.bits < 256) {
    add('error', 'DATA_CERTIFICATE', `its EC key has ${key.bits} bits; DM 2.0 §9.2.2 requires 256`);
  } else if (key.type === 'EC' && !USABLE_CURVES.some((curve) => key.name === `EC ${curve}`)) {
    add('error', 'DATA_CERTIFICATE', `its key is on ${key.name.slice(3)}; use P-256, P-384 or P-521`);
  }
  if (now === undefined) return mistakes;
  if (Number.isNaN(notBefore.getTime()) || Number.isNaN(notAfter.getTime())) {
    add('error', 'DATA_CERTIFICATE_DATES', 'its validity dates cannot be read');
  } else if (now > notAfter) {
    add('error', 'DATA_CERTIFICATE_DATES', `it expired at ${notAfter.toISOString()}`);
  } else if (now < notBefore) {
    add('warning', 'DATA_CERTIFICATE_DATES', `it is not valid before ${notBefore.toISOString()}`);
  }
  return mistakes;
}
