/** Writes a DM notification (DM 2.0 §5.2.1, §7.1.1). */
import { encodeUtf8, uint16 } from '../../bytes/index.js';
import { DIGEST_LENGTH, type NotificationSecrets, notificationDigest } from './digest.js';
import { refuse, writeFrame } from './frame.js';
import {
  CONNECTION_TYPES,
  type ConnectionType,
  NOTIFICATION_OPTIONS,
  type NotificationFields,
} from './options.js';

const KNOWN = Object.values(NOTIFICATION_OPTIONS).map(({ number }): number => number);

/**
 * A DM notification: options in ascending order, TIMESTAMP as four octets.
 *
 * @param secrets secret and authentication data of the account (`Auth/Noti`); with a secret, SHA256-DIGEST is computed
 * @throws DataError `DATA_NOTIFICATION` for a value that has no place in a notification
 * @example toHex(encodeNotification({ reqMos: true })) // → '20806000'
 */
export function encodeNotification(
  fields: NotificationFields,
  secrets: Partial<NotificationSecrets> = {},
): Uint8Array {
  const { secret } = secrets;
  if (secret === undefined) return write(fields);
  if (secret.length === 0) refuse('the secret of the digest is empty');
  const zero = write({ ...fields, digest: new Uint8Array(DIGEST_LENGTH) });
  return write({ ...fields, digest: notificationDigest(zero, { ...secrets, secret }) });
}

function write(fields: NotificationFields): Uint8Array {
  const { serverId, connectionTypes, notificationId, digest, timestamp, reqMos, others = [] } = fields;
  const options: { number: number; value: Uint8Array }[] = [];
  const add = (name: keyof typeof NOTIFICATION_OPTIONS, value: Uint8Array | undefined) => {
    if (value !== undefined) options.push({ number: NOTIFICATION_OPTIONS[name].number, value });
  };
  add('serverId', serverId === undefined ? undefined : serverIdOctets(serverId));
  add('connectionTypes', connectionTypes === undefined ? undefined : connectionOctets(connectionTypes));
  add('notificationId', notificationId === undefined ? undefined : idOctets(notificationId));
  add('digest', digest === undefined ? undefined : digestOctets(digest));
  add('timestamp', timestamp === undefined ? undefined : timeOctets(timestamp));
  add('reqMos', reqMos === true ? new Uint8Array(0) : undefined);
  for (const { number, value } of others) {
    if (!Number.isInteger(number) || number < 0) refuse('an option number is a whole number');
    if (KNOWN.includes(number)) refuse(`option ${number} has a field of its own`);
    options.push({ number, value });
  }
  return writeFrame(options.sort((one, other) => one.number - other.number));
}

/** Net-Unicode (RFC 5198): normalized (NFC), without control characters. */
function serverIdOctets(serverId: string): Uint8Array {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  const forbidden = /[\u0000-\u001f\u007f-\u009f]|\p{Surrogate}/u;
  if (serverId === '' || forbidden.test(serverId) || serverId.normalize('NFC') !== serverId) {
    refuse('SERVER-ID is empty, not normalized (NFC), or has control characters');
  }
  return encodeUtf8(serverId);
}

function connectionOctets(types: readonly ConnectionType[]): Uint8Array {
  if (types.length === 0 || new Set(types).size < types.length) {
    refuse('PREFERRED-CON-TYPE names no connection, or one twice');
  }
  if (types.includes('any') && types.at(-1) !== 'any') refuse('ANY_AVAILABLE is the last of the connections');
  return Uint8Array.from(types, (type) => CONNECTION_TYPES.indexOf(type));
}

function idOctets(id: number): Uint8Array {
  if (!Number.isInteger(id) || id < 0 || id > 0xffff) refuse('NOTIFICATION-ID is a number from 0 to 65535');
  return uint16(id);
}

function digestOctets(digest: Uint8Array): Uint8Array {
  if (digest.length !== DIGEST_LENGTH) refuse(`SHA256-DIGEST has ${DIGEST_LENGTH} octets`);
  return digest;
}

function timeOctets(seconds: number): Uint8Array {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 0xffffffff) {
    refuse('TIMESTAMP is a whole number of seconds that fits in four octets');
  }
  const value = new Uint8Array(4);
  new DataView(value.buffer).setUint32(0, seconds);
  return value;
}
