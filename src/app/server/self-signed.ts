/** A certificate for a server that was given none: self-signed, so that devices must be told to trust it. */
import { createHash, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { derToPem } from './pem.js';

/** A certificate and its key, PEM. */
export interface MadeCertificate {
  readonly cert: string;
  /** PKCS#8. */
  readonly key: string;
  /** SHA-256 of the certificate in DER, lower-case hex. */
  readonly fingerprint256: string;
}

const DAY = 86_400_000;
const LIFE_DAYS = 3650;
const ALGORITHMS = {
  ec: { name: 'ECDSA', namedCurve: 'P-256' },
  rsa: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: 'SHA-256',
  },
} as const;

/**
 * Makes a key and a certificate for it (RFC 5280): one of each kind serves all suites of DM 2.0 §9.2.2.
 *
 * @param names host names and IP addresses of the server; the first is the subject
 */
export async function makeCertificate(
  kind: 'ec' | 'rsa',
  names: readonly string[],
  now: Date,
  random: (octets: number) => Uint8Array,
): Promise<MadeCertificate> {
  // Loaded here, since most servers bring a certificate.
  const pkijs = await import('pkijs');
  const asn1js = await import('asn1js');
  const engine = new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto as never });
  const keys = (await webcrypto.subtle.generateKey(ALGORITHMS[kind], true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const certificate = new pkijs.Certificate();
  certificate.version = 2;
  certificate.serialNumber = new asn1js.Integer({ valueHex: serial(random).slice().buffer });
  for (const name of [certificate.subject, certificate.issuer]) {
    name.typesAndValues.push(
      new pkijs.AttributeTypeAndValue({
        type: '2.5.4.3',
        value: new asn1js.Utf8String({ value: names[0] ?? 'simboot' }),
      }),
    );
  }
  certificate.notBefore.value = new Date(now.getTime() - DAY);
  certificate.notAfter.value = new Date(now.getTime() + LIFE_DAYS * DAY);
  const alternatives = new pkijs.GeneralNames({
    names: names.map((name) => generalName(pkijs, asn1js, name)),
  });
  certificate.extensions = [
    new pkijs.Extension({
      extnID: '2.5.29.17',
      critical: false,
      extnValue: alternatives.toSchema().toBER(false),
    }),
  ];
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey as never, engine);
  await certificate.sign(keys.privateKey as never, 'SHA-256', engine);
  const der = new Uint8Array(certificate.toSchema(true).toBER(false));
  const key = new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    cert: derToPem(der, 'CERTIFICATE'),
    key: derToPem(key, 'PRIVATE KEY'),
    fingerprint256: createHash('sha256').update(der).digest('hex'),
  };
}

/** Positive and 16 octets long (RFC 5280 §4.1.2.2). */
function serial(random: (octets: number) => Uint8Array): Uint8Array {
  const octets = random(16);
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40;
  return octets;
}

function generalName(pkijs: typeof import('pkijs'), asn1js: typeof import('asn1js'), name: string) {
  const family = isIP(name);
  if (family === 0) return new pkijs.GeneralName({ type: 2, value: name });
  return new pkijs.GeneralName({
    type: 7,
    value: new asn1js.OctetString({ valueHex: addressOctets(name, family) }),
  });
}

/** RFC 5280 §4.2.1.6: 4 or 16 octets. */
function addressOctets(address: string, family: number): ArrayBuffer {
  if (family === 4) return Uint8Array.from(address.split('.').map(Number)).slice().buffer;
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string | undefined) =>
    text ? text.split(':').map((group) => Number.parseInt(group, 16)) : [];
  const [first, last] = [groups(head), groups(tail)];
  const all =
    tail === undefined ? first : [...first, ...Array(8 - first.length - last.length).fill(0), ...last];
  return Uint8Array.from(all.flatMap((group: number) => [group >> 8, group & 0xff])).slice().buffer;
}
