/** Packages 1 to 3, their media types, and the status codes of commands (DM 2.0 §5.2, §5.5, §7.2, Appendices C and F). */
export { acceptHeader, formatAccept, type MediaRange, negotiate, parseAccept } from './accept.js';
export {
  DEFAULT_FORMATS,
  type FormatRole,
  findFormat,
  JSON_FORMAT,
  type PackageFormat,
} from './format.js';
export { MEDIA_TYPES, type MediaType, parseMediaType } from './media-type.js';
export { decodePackage1, encodePackage1 } from './package1.js';
export { decodePackage2, encodePackage2 } from './package2.js';
export { decodePackage3, encodePackage3 } from './package3.js';
export type { Decoded, PackageLimits } from './read.js';
export { type DecodedResponse, decodeResponse, type EncodedResponse, encodeResponse } from './response.js';
export { isStatus, STATUS, type StatusEntry, statusLabel } from './status.js';
