import { createHash, X509Certificate } from 'node:crypto';
import {
  type BootstrapDescription,
  createBootstrap,
  parseCertificate,
  readCertificateFile,
  readPrivateKeyFile,
  type X509Description,
} from '../../src/bootstrap/index.js';
import { concat, encodeUtf8, fromHex, toHex } from '../../src/bytes/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { fuzz } from '../support/fuzz.js';
import { convert, openssl, type Pair, pair, read } from './authority.js';

const NOW = new Date('2030-01-01T00:00:00Z');
const clock = { now: () => NOW };
const described = (x509: X509Description): BootstrapDescription => ({
  accounts: [
    {
      srvId: 'dm.example.com',
      srvUri: 'https://dm.example.com/dm',
      name: 'Example',
      bootstrap: { serverUri: 'https://bs.example.com', x509 },
    },
  ],
});
const create = (x509: X509Description, at = clock) => createBootstrap(described(x509), { clock: at });
const failure = (run: () => unknown): SimbootError => {
  try {
    run();
  } catch (error) {
    if (error instanceof SimbootError) return error;
    throw error;
  }
  throw new Error('accepted');
};
const der = ({ name }: Pair) => convert('x509', `${name}.pem`, `${name}.der`, '-outform', 'DER');
const pkcs8 = ({ name }: Pair) =>
  convert('pkcs8', `${name}.key`, `${name}.p8`, '-topk8', '-nocrypt', '-outform', 'DER');
const where = 'key';

describe('certificate mode (DM 2.0 §12.2.1.2)', () => {
  const p256 = pair('p256', 'ec:P-256');
  const rsa = pair('rsa', 'rsa:2048');

  test.each([
    ['EC P-256', 'ec:P-256'],
    ['EC P-384', 'ec:P-384'],
    ['EC P-521', 'ec:P-521'],
    ['RSA 2048', 'rsa:2048'],
  ] as const)('%s: certificate and PKCS#8 key stand in the account as DER', (name, kind) => {
    const own = pair(kind === 'rsa:2048' ? 'rsa' : name.slice(3).toLowerCase().replace('-', ''), kind);
    const { accounts, findings } = create(own);
    expect(accounts[0]?.auth?.bootstrap).toEqual({
      serverUri: 'https://bs.example.com',
      secMode: 'x509',
      clientPubKey: der(own),
      serverPubKey: new Uint8Array(),
      clientSecretKey: pkcs8(own),
    });
    expect(findings).toMatchObject([{ severity: 'info', code: 'BOOTSTRAP_CERTIFICATE' }]);
    expect(parseCertificate(der(own))?.key.name).toBe(name);
  });

  test('what is read agrees with OpenSSL', () => {
    const judge = new X509Certificate(p256.certificate);
    const { certificate } = readCertificateFile(p256.certificate, where);
    expect(certificate).toMatchObject({
      version: 3,
      subject: 'O=Example, CN=p256',
      issuer: 'O=Example, CN=p256',
      sha256: judge.fingerprint256.replaceAll(':', '').toLowerCase(),
      serial: judge.serialNumber.toLowerCase(),
    });
    expect(certificate.notBefore.toISOString()).toBe('2020-01-01T00:00:00.000Z');
    expect(certificate.notAfter.toISOString()).toBe('2040-01-01T00:00:00.000Z');
    expect(toHex(certificate.publicKey)).toBe(
      judge.publicKey.export({ format: 'der', type: 'spki' }).toString('hex'),
    );
    expect(createHash('sha256').update(certificate.der).digest('hex')).toBe(certificate.sha256);
  });

  test('a server certificate stands in ServerPubKey', () => {
    const { accounts, findings } = create({ ...p256, serverCertificate: rsa.certificate });
    expect(accounts[0]?.auth?.bootstrap?.serverPubKey).toEqual(der(rsa));
    expect(findings).toEqual([]);
  });

  test('DER, PEM with CRLF and with text around give the same document', () => {
    const { bytes } = create(p256);
    const crlf = (file: Uint8Array) => Buffer.from(Buffer.from(file).toString().replaceAll('\n', '\r\n'));
    const verbose = openssl('x509', '-in', 'p256.pem', '-text');
    expect(create({ certificate: der(p256), privateKey: pkcs8(p256) }).bytes).toEqual(bytes);
    expect(create({ certificate: crlf(p256.certificate), privateKey: crlf(p256.privateKey) }).bytes).toEqual(
      bytes,
    );
    expect(
      create({ certificate: verbose, privateKey: concat(encodeUtf8('a key\n'), p256.privateKey) }).bytes,
    ).toEqual(bytes);
  });

  test('PKCS#1 and SEC1 keys, PEM and DER, are converted to PKCS#8', () => {
    const sec1 = convert('ec', 'p256.key', 'p256.sec1');
    const sec1Der = convert('ec', 'p256.key', 'p256.sec1.der', '-outform', 'DER');
    const pkcs1 = convert('rsa', 'rsa.key', 'rsa.pkcs1', '-traditional');
    const pkcs1Der = convert('rsa', 'rsa.key', 'rsa.pkcs1.der', '-traditional', '-outform', 'DER');
    expect(Buffer.from(sec1).toString()).toContain('BEGIN EC PRIVATE KEY');
    expect(Buffer.from(pkcs1).toString()).toContain('BEGIN RSA PRIVATE KEY');
    const withParameters = concat(openssl('ecparam', '-name', 'prime256v1'), sec1);
    for (const file of [sec1, sec1Der, withParameters]) {
      expect(readPrivateKeyFile(file, where)).toEqual(pkcs8(p256));
    }
    for (const file of [pkcs1, pkcs1Der]) expect(readPrivateKeyFile(file, where)).toEqual(pkcs8(rsa));
  });

  test('a key of another certificate is refused, of the same kind and of another', () => {
    const other = pair('other', 'ec:P-256');
    const p384 = pair('p384', 'ec:P-384');
    for (const { privateKey } of [other, rsa, p384]) {
      const error = failure(() => create({ certificate: p256.certificate, privateKey }));
      expect(error).toMatchObject({
        code: 'DATA_KEY_MISMATCH',
        details: { where: 'accounts[0].bootstrap.x509.privateKey' },
      });
    }
  });

  test.each([
    ['P-192', 'ec:prime192v1', /192 bits.*256/],
    ['P-224', 'ec:secp224r1', /224 bits.*256/],
    ['a curve that TLS stacks do not share', 'ec:secp256k1', /1\.3\.132\.0\.10/],
    ['RSA 1024', 'rsa:1024', /1024 bits.*2048/],
    ['Ed25519', 'ed25519', /no cipher suite/],
  ] as const)('%s is refused', (name, kind, message) => {
    const weak =
      kind === 'ed25519' ? ed25519() : pair(name.replaceAll(' ', '-').toLowerCase().slice(0, 8), kind);
    const error = failure(() => create(weak));
    expect(error).toMatchObject({
      code: 'DATA_CERTIFICATE',
      details: { where: 'accounts[0].bootstrap.x509.certificate' },
    });
    expect(error.message).toMatch(message);
  });

  // `openssl ca` signs with a digest, which Ed25519 has not.
  function ed25519(): Pair {
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ed25519',
      '-nodes',
      '-keyout',
      'ed.key',
      '-out',
      'ed.pem',
      '-subj',
      '/CN=ed',
    );
    return { name: 'ed', certificate: read('ed.pem'), privateKey: read('ed.key') };
  }

  test('X.509 version 1 is refused', () => {
    openssl('x509', '-req', '-in', 'p256.csr', '-signkey', 'p256.key', '-out', 'v1.pem', '-days', '3650');
    const error = failure(() => create({ ...p256, certificate: read('v1.pem') }));
    expect(error.code).toBe('DATA_CERTIFICATE');
    expect(error.message).toContain('version 1');
  });

  test('an expired certificate is refused, one not yet valid warned of', () => {
    const late = { now: () => new Date('2040-01-01T00:00:01Z') };
    const early = { now: () => new Date('2019-12-31T23:59:59Z') };
    expect(failure(() => create(p256, late))).toMatchObject({ code: 'DATA_CERTIFICATE_DATES' });
    expect(create(p256, early).findings).toContainEqual(
      expect.objectContaining({
        severity: 'warning',
        code: 'BOOTSTRAP_CERTIFICATE',
        where: 'accounts[0].bootstrap.x509.certificate',
      }),
    );
  });

  test('encrypted keys are refused with what to do', () => {
    const modern = convert('pkcs8', 'p256.key', 'enc.pem', '-topk8', '-passout', 'pass:secret');
    const modernDer = convert(
      'pkcs8',
      'p256.key',
      'enc.der',
      '-topk8',
      '-passout',
      'pass:secret',
      '-outform',
      'DER',
    );
    const old = convert('rsa', 'rsa.key', 'enc.old', '-traditional', '-aes256', '-passout', 'pass:secret');
    expect(Buffer.from(old).toString()).toContain('Proc-Type');
    for (const file of [modern, modernDer, old]) {
      const error = failure(() => readPrivateKeyFile(file, where));
      expect(error.code).toBe('DATA_PRIVATE_KEY');
      expect(error.message).toMatch(/encrypted.*openssl pkcs8/);
    }
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['text', encodeUtf8('no certificate, no key')],
    ['an empty SEQUENCE', fromHex('3000')],
    ['a SEQUENCE of 100 octets of nonsense', concat([0x30, 0x64], new Uint8Array(100).fill(0x42))],
    [
      'a PEM block without base64',
      encodeUtf8('-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n'),
    ],
    ['a PEM block that does not end', encodeUtf8('-----BEGIN CERTIFICATE-----\nMIIB\n')],
    ['a public key', openssl('ec', '-in', 'p256.key', '-pubout')],
  ])('%s is neither a certificate nor a key', (_name, file) => {
    expect(failure(() => readCertificateFile(file, where)).code).toBe('DATA_CERTIFICATE');
    expect(failure(() => readPrivateKeyFile(file, where)).code).toBe('DATA_PRIVATE_KEY');
  });

  test('certificate and key in each other’s place are told apart', () => {
    expect(failure(() => create({ certificate: p256.privateKey, privateKey: p256.certificate })).code).toBe(
      'DATA_CERTIFICATE',
    );
    expect(failure(() => create({ certificate: p256.certificate, privateKey: p256.certificate })).code).toBe(
      'DATA_PRIVATE_KEY',
    );
  });

  test('octets after the DER are refused', () => {
    expect(failure(() => readCertificateFile(concat(der(p256), [0]), where)).code).toBe('DATA_CERTIFICATE');
    expect(failure(() => readPrivateKeyFile(concat(pkcs8(p256), [0]), where)).code).toBe('DATA_PRIVATE_KEY');
  });

  test('of a chain the first certificate is used, with a warning', () => {
    const chain = concat(p256.certificate, rsa.certificate);
    const { accounts, findings } = create({ ...p256, certificate: chain });
    expect(accounts[0]?.auth?.bootstrap?.clientPubKey).toEqual(der(p256));
    expect(findings).toContainEqual(
      expect.objectContaining({ severity: 'warning', message: expect.stringMatching(/1 more/) }),
    );
  });

  test('damaged certificates and keys never crash (100,000 of each: damage.fuzz.test.ts)', () => {
    const files = [der(p256), der(rsa), pkcs8(p256), pkcs8(rsa), p256.certificate, p256.privateKey];
    expect(fuzz((bytes) => readCertificateFile(bytes, where), files, 1500).refused).toBeGreaterThan(500);
    expect(fuzz((bytes) => readPrivateKeyFile(bytes, where), files, 1500).refused).toBeGreaterThan(500);
  });
});

describe('errors about keys say nothing of the key', () => {
  test('neither message, details nor cause', () => {
    const key = pair('p256', 'ec:P-256').privateKey.slice();
    key[60] = 0x21;
    const error = failure(() => readPrivateKeyFile(key, where));
    const base64 = Buffer.from(key).toString().split('\n')[1]!;
    expect(JSON.stringify(error) + String(error.cause)).not.toContain(base64.slice(0, 20));
  });
});
