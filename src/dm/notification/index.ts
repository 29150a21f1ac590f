/** DM notifications (Package#0, DM 2.0 §5.2.1, §7.1.1): the binary format, its digest, duplicates and age. */
export { type AvailableConnection, type ConnectionChoice, chooseConnection } from './connection.js';
export { decodeNotification, NOTIFICATION_CODEC, type Notification } from './decode.js';
export { type NotificationSecrets, verifyDigest } from './digest.js';
export { encodeNotification } from './encode.js';
export { BINARY_NOTIFICATION_FORMAT, findNotificationFormat, type NotificationFormat } from './format.js';
export {
  EMPTY_NOTIFICATION_GUARD,
  type GuardOptions,
  guardNotification,
  type NotificationGuard,
  type NotificationVerdict,
} from './guard.js';
export {
  CONNECTION_TYPES,
  type ConnectionType,
  NOTIFICATION_OPTIONS,
  type NotificationFields,
  type OtherOption,
} from './options.js';
export {
  encodePushRegistration,
  type PushRegistration,
  parsePushRegistration,
  type RegistrationLimits,
} from './registration.js';
