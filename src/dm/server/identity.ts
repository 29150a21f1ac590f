/** Identities as keys: which account a peer is (DM 2.0 §9.2.1, §12.2.1). */
import type { AccountCredential, AccountRecord } from './records.js';
import type { AuthenticatedIdentity } from './types.js';

/** The keys of an account's credentials; no other account may have one of them, for whatever purpose. */
export function identityKeys({ credentials }: Pick<AccountRecord, 'credentials'>): string[] {
  return [...new Set(credentials.map(credentialKey))];
}

function credentialKey(credential: AccountCredential): string {
  return credential.kind === 'x509' ? `x509 ${credential.fingerprint256}` : `id ${credential.identity}`;
}

/** The key of a proved identity; a PSK identity and a user name are the same. */
export function keyOf(identity: AuthenticatedIdentity): string | undefined {
  switch (identity.kind) {
    case 'psk':
      return `id ${identity.identity}`;
    case 'user':
      return `id ${identity.user}`;
    case 'x509':
      return `x509 ${identity.fingerprint256}`;
    case 'none':
      return undefined;
  }
}

/** Whether an account has a credential of that key for the purpose. */
export function hasCredential(
  { credentials }: Pick<AccountRecord, 'credentials'>,
  key: string,
  purpose: AccountCredential['purpose'],
): boolean {
  return credentials.some(
    (credential) => credential.purpose === purpose && credentialKey(credential) === key,
  );
}
