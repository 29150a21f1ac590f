/** Keys, identities and certificates inside an account (DM 2.0 §9.2.2, §12.2, §12.2.1; RFC 4279 §5.3). */
import { decodeUtf8 } from '../../bytes/index.js';
import type { BootstrapCredentials, DmAccount, Finding } from '../../mo/index.js';
import { certificateMistakes, parseCertificate } from './certificate.js';
import { isPkcs8, keyBelongsTo } from './private-key.js';
import { isBareIpv4, serverUriMistakes } from './uri.js';

type Severity = Finding['severity'];
type Add = (severity: Severity, code: string, where: string, message: string) => void;

/** Findings on Auth/Bootstrap, Auth/Noti and Auth/Trsp; dates only where the time is given. */
export function credentialFindings(account: DmAccount, path: string, now?: Date): Finding[] {
  const findings: Finding[] = [];
  const add: Add = (severity, code, where, message) =>
    findings.push({ severity, code, where: `${path}.Auth.${where}`, message });
  const { bootstrap, noti, trsp } = account.auth ?? {};
  if (bootstrap !== undefined) judgeServer(bootstrap, add, now);
  if (noti !== undefined) judgeSecret(noti.secret, 'Noti.Secret', add);
  if (trsp !== undefined) {
    const certificate = parseCertificate(trsp.data);
    if (certificate === undefined) {
      judgeIdentity(trsp.data, 'Trsp.Data', add);
      judgeSecret(trsp.secret, 'Trsp.Secret', add);
    } else judgeCertificate(trsp.data, trsp.secret, 'Trsp.Data', 'Trsp.Secret', add, now);
  }
  return findings;
}

function judgeServer(credentials: BootstrapCredentials, add: Add, now?: Date): void {
  const { serverUri, secMode, clientPubKey, serverPubKey, clientSecretKey } = credentials;
  if (isBareIpv4(serverUri)) {
    add('info', 'BOOTSTRAP_URI', 'Bootstrap.ServerURI', 'an address without scheme; https is assumed');
  } else {
    for (const { severity, code, message } of serverUriMistakes(serverUri)) {
      add(severity, code, 'Bootstrap.ServerURI', message);
    }
  }
  if (secMode === 'psk') {
    judgeIdentity(clientPubKey, 'Bootstrap.ClientPubKey', add);
    if (serverPubKey.length > 0) judgeIdentity(serverPubKey, 'Bootstrap.ServerPubKey', add);
    judgeSecret(clientSecretKey, 'Bootstrap.ClientSecretKey', add);
    return;
  }
  judgeCertificate(
    clientPubKey,
    clientSecretKey,
    'Bootstrap.ClientPubKey',
    'Bootstrap.ClientSecretKey',
    add,
    now,
  );
  if (serverPubKey.length === 0) {
    const message = 'no server certificate; the client verifies the server by other means';
    add('info', 'BOOTSTRAP_CERTIFICATE', 'Bootstrap.ServerPubKey', message);
  } else judgeCertificate(serverPubKey, undefined, 'Bootstrap.ServerPubKey', '', add, now);
}

function judgeCertificate(
  der: Uint8Array,
  privateKey: Uint8Array | undefined,
  where: string,
  keyWhere: string,
  add: Add,
  now?: Date,
): void {
  const certificate = parseCertificate(der);
  if (certificate === undefined) {
    add('error', 'BOOTSTRAP_CERTIFICATE', where, 'this is not an X.509 certificate in DER');
    return;
  }
  for (const { severity, message } of certificateMistakes(certificate, now)) {
    add(severity, 'BOOTSTRAP_CERTIFICATE', where, `${certificate.subject}: ${message}`);
  }
  if (privateKey === undefined) return;
  if (!isPkcs8(privateKey)) {
    add('error', 'BOOTSTRAP_PRIVATE_KEY', keyWhere, 'this is not a private key as PKCS#8 in DER');
  } else if (!keyBelongsTo(certificate, privateKey)) {
    add('error', 'BOOTSTRAP_KEY_MISMATCH', keyWhere, `the key does not belong to ${certificate.subject}`);
  }
}

function judgeIdentity(octets: Uint8Array, where: string, add: Add): void {
  const code = 'BOOTSTRAP_IDENTITY';
  if (octets.length === 0) add('error', code, where, 'the identity is empty');
  if (octets.length > 128) {
    const message = `the identity has ${octets.length} octets; clients need to support 128 only (RFC 4279 §5.3)`;
    add('warning', code, where, message);
  }
  if (octets.includes(0))
    add('warning', code, where, 'the identity has a zero octet, where many stacks stop');
  try {
    decodeUtf8(octets);
  } catch {
    add('error', code, where, 'the identity is neither UTF-8 nor a certificate');
  }
}

function judgeSecret(octets: Uint8Array, where: string, add: Add): void {
  const code = 'BOOTSTRAP_SECRET';
  if (octets.length === 0) add('error', code, where, 'the secret is empty');
  else if (octets.length < 16) {
    add('warning', code, where, `the secret has ${octets.length} octets; 16 resist guessing`);
  } else if (octets.length > 64) {
    const message = `the secret has ${octets.length} octets; clients need to support 64 only (RFC 4279 §5.3)`;
    add('info', code, where, message);
  }
}
