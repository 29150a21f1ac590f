/** Ways to write Package#0: the binary one that §7.1.1 defines, and others (§7.1.2) in the list that a core is given. */
import { decodeNotification, type Notification } from './decode.js';
import { type NotificationSecrets, verifyDigest } from './digest.js';
import { encodeNotification } from './encode.js';
import type { NotificationFields } from './options.js';

/** One way to write Package#0. Decoders throw DataError only. */
export interface NotificationFormat {
  readonly name: string;
  /** Whether octets are in this format, by what they start with; the first of a list that says so reads them. */
  recognizes(bytes: Uint8Array): boolean;
  /** With a secret, the notification gets its digest. */
  encodeNotification(fields: NotificationFields, secrets?: Partial<NotificationSecrets>): Uint8Array;
  /** @throws DataError */
  decodeNotification(bytes: Uint8Array): Notification;
  /** `invalid` also for an empty secret. @throws DataError */
  verifyDigest(bytes: Uint8Array, secrets: NotificationSecrets): 'valid' | 'invalid' | 'absent';
}

/** The format of §7.1.1. It takes what no other format does. */
export const BINARY_NOTIFICATION_FORMAT: NotificationFormat = {
  name: 'binary',
  recognizes: () => true,
  encodeNotification,
  decodeNotification,
  verifyDigest,
};

/**
 * The format that octets are in: the first that recognizes them, the binary one where none does.
 *
 * @example findNotificationFormat([], fromHex('20806000')).name // → 'binary'
 */
export function findNotificationFormat(
  formats: readonly NotificationFormat[] | undefined,
  bytes: Uint8Array,
): NotificationFormat {
  return formats?.find((format) => format.recognizes(bytes)) ?? BINARY_NOTIFICATION_FORMAT;
}
