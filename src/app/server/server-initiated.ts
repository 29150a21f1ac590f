/** Server-initiated bootstrap (DM 2.0 §8.4): the document goes to the device over TLS, both sides proven by a key (§9.3). */
import { MEDIA_TYPES, type ServerStore } from '../../dm/index.js';
import { NetworkError, UsageError } from '../../errors/index.js';
import type { HttpClient } from '../../net/index.js';

/**
 * Posts the bootstrap document of an account to a device.
 *
 * @param url where the device takes it, https
 * @throws UsageError `USAGE_ARGUMENT` for an account without document or without a pre-shared bootstrap key
 * @throws NetworkError where the device is not reached, does not know the key, or does not take the document
 */
export async function sendBootstrap(
  { store, http, signal }: { store: ServerStore; http: HttpClient; signal: AbortSignal },
  accountId: string,
  url: string,
): Promise<void> {
  const account = await store.account(accountId);
  const document = account?.bootstrap;
  if (document === undefined) {
    throw new UsageError('USAGE_ARGUMENT', `there is no bootstrap document for account ${accountId}`);
  }
  const known = account?.credentials.find(
    (one) => one.purpose === 'bootstrap' && one.kind === 'identity-secret',
  );
  if (known?.kind !== 'identity-secret') {
    throw new UsageError('USAGE_ARGUMENT', `account ${accountId} has no pre-shared bootstrap key`);
  }
  const { status } = await http.send(
    { method: 'POST', url, headers: { 'content-type': MEDIA_TYPES.mo }, body: document, signal },
    {
      credentials: { kind: 'psk', identity: known.identity, key: known.secret },
      // Without TLS, or to whom a redirection names, the secrets in it would be anybody's (§9.3.1.1).
      policy: { schemes: ['https'], redirects: 0 },
    },
  );
  if (status < 200 || status > 299) {
    throw new NetworkError('NETWORK_PROTOCOL', `the device did not take the bootstrap (${status})`, {
      details: { status },
    });
  }
}
