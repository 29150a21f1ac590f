/**
 * SHA256-DIGEST (DM 2.0 §5.2.1.2): SHA-256 over secret, notification with the digest as zeros, and authentication
 * data, without separators (docs/decisions/notification-digest.md).
 */
import { createHash } from 'node:crypto';
import { sameSecret } from '../../crypto/index.js';
import { readFrame } from './frame.js';
import { NOTIFICATION_OPTIONS } from './options.js';

export const DIGEST_LENGTH = 32;

/** From the account of the server that sends the notification: `Auth/Noti/Secret` and `Auth/Noti/Data` (§12.2). */
export interface NotificationSecrets {
  /** Secret. At least one octet. */
  readonly secret: Uint8Array;
  readonly authData?: Uint8Array;
}

/** @param message the notification with 32 zero octets in place of the digest */
export function notificationDigest(
  message: Uint8Array,
  { secret, authData }: NotificationSecrets,
): Uint8Array {
  const hash = createHash('sha256').update(secret).update(message);
  return Uint8Array.from(hash.update(authData ?? new Uint8Array(0)).digest());
}

/**
 * Whether a notification comes from who knows the secret; compares in constant time.
 *
 * @returns `absent` without SHA256-DIGEST; `invalid` also for an empty secret or an option of another length
 * @throws DataError `DATA_NOTIFICATION`
 * @example verifyDigest(fromHex('20806000'), { secret: fromHex('00') }) // → 'absent'
 */
export function verifyDigest(
  bytes: Uint8Array,
  secrets: NotificationSecrets,
): 'valid' | 'invalid' | 'absent' {
  const { options } = readFrame(bytes);
  const found = options.filter(({ number }) => number === NOTIFICATION_OPTIONS.digest.number);
  const [digest] = found;
  if (digest === undefined) return 'absent';
  if (found.length > 1 || digest.value.length !== DIGEST_LENGTH || secrets.secret.length === 0)
    return 'invalid';
  const zero = bytes.slice().fill(0, digest.offset, digest.offset + DIGEST_LENGTH);
  return sameSecret(notificationDigest(zero, secrets), digest.value) ? 'valid' : 'invalid';
}
