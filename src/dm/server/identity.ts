/** Identities as keys: which account a peer is (DM 2.0 §9.2.1, §12.2.1). */
import type { AccountCredential, AccountRecord } from './records.js';
import type { AuthenticatedIdentity } from './types.js';

/** The keys of an account's credentials, one for each; no other account may have one of them. */
export function identityKeys({ credentials }: Pick<AccountRecord, 'credentials'>): string[] {
  return [...new Set(credentials.map(credentialKey))];
}

function credentialKey(credential: AccountCredential): string {
  const own = credential.kind === 'x509' ? `x509 ${credential.fingerprint256}` : `id ${credential.identity}`;
  return `${credential.purpose} ${own}`;
}

/** The key under which the credential of a proved identity is found; a PSK identity and a user name are the same. */
export function keyOf(
  identity: AuthenticatedIdentity,
  purpose: AccountCredential['purpose'],
): string | undefined {
  switch (identity.kind) {
    case 'psk':
      return `${purpose} id ${identity.identity}`;
    case 'user':
      return `${purpose} id ${identity.user}`;
    case 'x509':
      return `${purpose} x509 ${identity.fingerprint256}`;
    case 'none':
      return undefined;
  }
}
