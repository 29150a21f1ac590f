/** What an account knows its servers by, as HTTP needs it (DM 2.0 §9.2.1, §9.3.2, §12.2). */
import { parseCertificate } from '../../bootstrap/index.js';
import { decodeUtf8 } from '../../bytes/index.js';
import type { CredentialsRef } from '../../dm/index.js';
import { DataError } from '../../errors/index.js';
import {
  accountFromMo,
  type BootstrapCredentials,
  DMACC,
  type DmAccount,
  type MoTree,
  serializeNode,
} from '../../mo/index.js';
import type { TransportCredentials } from '../../net/index.js';

function accountOf(tree: MoTree, srvId: string): DmAccount | undefined {
  for (const miid of tree.instancesOf(DMACC.moid).keys()) {
    const account = accountFromMo(serializeNode(tree, { moid: DMACC.moid, miid, path: [] }));
    if (account.srvId === srvId) return account;
  }
  return undefined;
}

/**
 * The credentials that an action of the client core names.
 *
 * @returns `undefined` for an account without: the peers do not know each other then, but for the server's certificate
 * @throws DataError `DATA_BOOTSTRAP` if Data is neither a certificate nor text
 */
export function credentialsOf(
  tree: MoTree,
  { srvId, which }: CredentialsRef,
): TransportCredentials | undefined {
  const auth = accountOf(tree, srvId)?.auth;
  if (which === 'bootstrap') return auth?.bootstrap && ofBootstrap(auth.bootstrap, srvId);
  if (auth?.trsp === undefined) return undefined;
  const { data, secret } = auth.trsp;
  if (parseCertificate(data)) return { kind: 'x509', certificate: data, key: secret };
  return { kind: 'identity-secret', identity: identity(data, srvId), secret };
}

function ofBootstrap(node: BootstrapCredentials, srvId: string): TransportCredentials {
  const { clientPubKey, serverPubKey, clientSecretKey } = node;
  if (node.secMode === 'psk') {
    return { kind: 'psk', identity: identity(clientPubKey, srvId), key: clientSecretKey };
  }
  return {
    kind: 'x509',
    certificate: clientPubKey,
    key: clientSecretKey,
    ...(serverPubKey.length > 0 ? { serverCertificate: serverPubKey } : {}),
  };
}

function identity(data: Uint8Array, srvId: string): string {
  try {
    return decodeUtf8(data);
  } catch (cause) {
    const message = `the account of ${srvId} has neither a certificate nor an identity in UTF-8`;
    throw new DataError('DATA_BOOTSTRAP', message, { cause, details: { server: srvId } });
  }
}
