/**
 * Serialization formats of the packages (DM 2.0 §7.2). JSON is the one that the specification defines; another one
 * (§7.2.2) is an object of the same shape in the list that a client or server is given.
 */
import { decodeDmmo, encodeDmmo, type SerializedMo } from '../../mo/index.js';
import type { Package1, Package2, Package3 } from '../messages.js';
import { MEDIA_TYPES, parseMediaType } from './media-type.js';
import { decodePackage1, encodePackage1 } from './package1.js';
import { decodePackage2, encodePackage2 } from './package2.js';
import { decodePackage3, encodePackage3 } from './package3.js';
import type { Decoded, PackageLimits } from './read.js';

/** What a format names media types for. */
export type FormatRole = 'package1' | 'package2' | 'package3' | 'mo';

/** One way to write packages and management objects. Decoders throw DataError only, and keep to the limits. */
export interface PackageFormat {
  readonly name: string;
  readonly mediaTypes: Readonly<Record<FormatRole, string>>;
  /** Package#1. @throws DataError for a value that has no form */
  encodePackage1(value: Package1): Uint8Array;
  /** @throws DataError */
  decodePackage1(bytes: Uint8Array, limits?: PackageLimits): Decoded<Package1>;
  /** Package#2. @throws DataError for a value that has no form */
  encodePackage2(value: Package2): Uint8Array;
  /** @throws DataError */
  decodePackage2(bytes: Uint8Array, limits?: PackageLimits): Decoded<Package2>;
  /** Package#3 without the data of its GETs. @throws DataError for a value that has no form */
  encodePackage3(value: Package3): Uint8Array;
  /** @throws DataError */
  decodePackage3(bytes: Uint8Array, limits?: PackageLimits): Decoded<Package3>;
  /** Management objects (§7.2.1.4). */
  encodeMos(objects: readonly SerializedMo[]): Uint8Array;
  /** @throws DataError */
  decodeMos(bytes: Uint8Array, limits?: PackageLimits): Decoded<readonly SerializedMo[]>;
}

/** The format of §7.2.1. */
export const JSON_FORMAT: PackageFormat = {
  name: 'json',
  mediaTypes: MEDIA_TYPES,
  encodePackage1,
  decodePackage1,
  encodePackage2,
  decodePackage2,
  encodePackage3,
  decodePackage3,
  encodeMos: encodeDmmo,
  decodeMos(bytes, limits) {
    const { objects, findings } = decodeDmmo(bytes, limits);
    return { value: objects, findings };
  },
};

/** The formats of a client or server that was given none. */
export const DEFAULT_FORMATS: readonly PackageFormat[] = [JSON_FORMAT];

/**
 * The format whose media type for `role` is the one of a Content-Type header.
 *
 * @returns undefined where none is: 415
 * @throws DataError `DATA_MEDIA_TYPE`
 * @example findFormat(DEFAULT_FORMATS, 'application/dmmo+json;charset=utf-8', 'mo')?.name // → 'json'
 */
export function findFormat(
  formats: readonly PackageFormat[],
  contentType: string,
  role: FormatRole,
): PackageFormat | undefined {
  const { essence } = parseMediaType(contentType);
  return formats.find(({ mediaTypes }) => mediaTypes[role] === essence);
}
