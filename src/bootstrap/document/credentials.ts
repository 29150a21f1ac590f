/** Descriptions of keys and certificates as what stands in the account's nodes (DM 2.0 §12.2, §12.2.1). */
import { encodeUtf8 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import type { BootstrapCredentials, Finding } from '../../mo/index.js';
import { type CertificateInfo, certificateMistakes, readCertificateFile } from './certificate.js';
import type { PskDescription, SecurityDescription, X509Description } from './description.js';
import { keyBelongsTo, readPrivateKeyFile } from './private-key.js';

/** Where the description stands, the time, and where warnings go. */
export interface CredentialContext {
  readonly where: string;
  readonly now: Date;
  readonly findings: Finding[];
}

export type KeyMaterial = Omit<BootstrapCredentials, 'serverUri'>;

/**
 * @throws DataError `DATA_DESCRIPTION`, `DATA_DESCRIPTION_CONTRADICTION`, `DATA_CERTIFICATE`,
 * `DATA_CERTIFICATE_DATES`, `DATA_PRIVATE_KEY`, `DATA_KEY_MISMATCH`
 */
export function keyMaterial(security: SecurityDescription, context: CredentialContext): KeyMaterial {
  const { psk, x509 } = security;
  const { where } = context;
  if (psk !== undefined && x509 !== undefined) {
    const message = `${where} has both psk and x509; an account is secured by one of them`;
    throw new DataError('DATA_DESCRIPTION_CONTRADICTION', message, { details: { where } });
  }
  if (psk !== undefined) return pskMaterial(psk, where);
  if (x509 !== undefined) return x509Material(x509, context);
  throw new DataError('DATA_DESCRIPTION', `${where} needs psk or x509`, { details: { where } });
}

function pskMaterial({ identity, key, serverIdentity }: PskDescription, where: string): KeyMaterial {
  if (identity === '') refuse(`${where}.psk.identity`, 'the identity is empty');
  if (key.length === 0) refuse(`${where}.psk.key`, 'the key is empty');
  return {
    secMode: 'psk',
    clientPubKey: encodeUtf8(identity),
    serverPubKey: encodeUtf8(serverIdentity ?? identity),
    clientSecretKey: key,
  };
}

function refuse(where: string, reason: string): never {
  throw new DataError('DATA_DESCRIPTION', `${where}: ${reason}`, { details: { where } });
}

function x509Material(x509: X509Description, context: CredentialContext): KeyMaterial {
  const where = `${context.where}.x509`;
  const certificate = certificateOf(x509.certificate, `${where}.certificate`, context);
  const clientSecretKey = readPrivateKeyFile(x509.privateKey, `${where}.privateKey`);
  if (!keyBelongsTo(certificate, clientSecretKey)) {
    const message = `${where}.privateKey does not belong to the certificate of ${certificate.subject}`;
    throw new DataError('DATA_KEY_MISMATCH', message, { details: { where: `${where}.privateKey` } });
  }
  const server =
    x509.serverCertificate === undefined
      ? new Uint8Array()
      : certificateOf(x509.serverCertificate, `${where}.serverCertificate`, context).der;
  return { secMode: 'x509', clientPubKey: certificate.der, serverPubKey: server, clientSecretKey };
}

function certificateOf(file: Uint8Array, where: string, context: CredentialContext): CertificateInfo {
  const { certificate, more } = readCertificateFile(file, where);
  const mistakes = certificateMistakes(certificate, context.now);
  const wrong = mistakes.find(({ severity }) => severity === 'error');
  if (wrong !== undefined) {
    const message = `${where} (${certificate.subject}): ${wrong.message}`;
    throw new DataError(wrong.code, message, { details: { where } });
  }
  for (const { severity, message } of mistakes) {
    context.findings.push({ severity, code: 'BOOTSTRAP_CERTIFICATE', where, message });
  }
  if (more > 0) {
    const message = `the file holds ${more} more certificate(s); only the first is used`;
    context.findings.push({ severity: 'warning', code: 'BOOTSTRAP_CERTIFICATE', where, message });
  }
  return certificate;
}
