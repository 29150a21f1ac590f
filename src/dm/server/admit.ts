/** Who may speak for a device: the DevID header against the identity that the transport proved (DM 2.0 §5.2.2, §9.2.1). */
import type { AccountRecord } from './records.js';
import type { AuthenticatedIdentity, DeviceState, ServerPolicy, ServerRequest } from './types.js';

/** Characters of a DevID: a URI or URN (§12.1), so visible ASCII. */
const DEV_ID = /^[\x21-\x7e]{1,256}$/;

/**
 * DevID of the header `OMADM-DevID`.
 *
 * @returns undefined where it is absent or cannot be one
 * @example devIdOf({ 'omadm-devid': 'IMEI:493005100592800' }) // → 'IMEI:493005100592800'
 */
export function devIdOf(headers: Readonly<Record<string, string>>): string | undefined {
  const value = headers['omadm-devid']?.trim();
  return value !== undefined && DEV_ID.test(value) ? value : undefined;
}

/** `bind`: the account has no device yet and takes this one. */
export type Admission = 'yes' | 'bind' | 'no';

/**
 * Whether the peer may speak for the device. An account that is bound speaks for its own device alone; one that is not
 * takes the first device that uses it, unless that device belongs to another account.
 */
export function admit(
  state: Pick<DeviceState, 'devId' | 'device'>,
  identity: AuthenticatedIdentity,
  account: AccountRecord | undefined,
  policy: Pick<ServerPolicy, 'anonymous'>,
): Admission {
  if (identity.kind === 'none') {
    return policy.anonymous && state.device?.accountId === undefined ? 'yes' : 'no';
  }
  if (account === undefined) return 'no';
  if (account.devId !== undefined) return account.devId === state.devId ? 'yes' : 'no';
  const owner = state.device?.accountId;
  return owner === undefined || owner === account.accountId ? 'bind' : 'no';
}

/**
 * Whether the peer may use what belongs to `devId`: repository items, push registration.
 *
 * @returns false for an account that is not bound
 */
export function speaksFor(
  devId: string,
  request: Pick<ServerRequest, 'identity'>,
  account: AccountRecord | undefined,
  policy: Pick<ServerPolicy, 'anonymous'>,
): boolean {
  if (request.identity.kind === 'none') return policy.anonymous;
  return account?.devId === devId;
}
