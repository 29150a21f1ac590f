/** TLS profiles of DM 2.0 §9.2: cipher suites, versions, certificates, pre-shared keys, identities. */
export { readCertificates, type TlsCertificate } from './certificate.js';
export {
  prepareTlsClient,
  type TlsClient,
  type TlsTrust,
  type TransportCredentials,
} from './client-profile.js';
export { startTls } from './connect.js';
export { type KeyElsewhere, TlsKey, type TlsKeyInput } from './key.js';
export { type Peer, type PeerIdentity, plainAddress } from './peer.js';
export { checkPsk, PSK_IDENTITY_OCTETS, type PskDirectory, PskTable } from './psk.js';
export { prepareTlsServer, type TlsServer, type TlsServerProfile } from './server-profile.js';
export { CIPHER_SUITES, type CipherSuite, LEGACY_SUITES } from './suites.js';
export { LEGACY_WARNING, type TlsVersion, type TlsVersionRange } from './versions.js';
