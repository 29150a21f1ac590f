/** Errors: one root, one catalogue a kind (`docs/errors.md` is generated from it). */
export { CARD_ERRORS, CardError, type CardErrorCode } from './card.js';
export { DATA_ERRORS, DataError, type DataErrorCode } from './data.js';
export {
  type CatalogueEntry,
  type ErrorDetails,
  type ErrorKind,
  type ErrorOptions,
  SimbootError,
} from './error.js';
export { NETWORK_ERRORS, NetworkError, type NetworkErrorCode } from './network.js';
export { READER_ERRORS, ReaderError, type ReaderErrorCode } from './reader.js';
export { SECURITY_ERRORS, SecurityError, type SecurityErrorCode } from './security.js';
export { USAGE_ERRORS, UsageError, type UsageErrorCode } from './usage.js';
export { VERIFICATION_ERRORS, VerificationError, type VerificationErrorCode } from './verification.js';
