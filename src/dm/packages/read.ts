/** What the decoders of packages share: the place of a member, findings, refusals. */
import { DataError } from '../../errors/index.js';
import {
  type Finding,
  isJsonObject,
  type JsonLimits,
  type JsonObject,
  type JsonValue,
  jsonType,
  memberPath,
} from '../../mo/index.js';

/** What a decoder returns: the value, and what it tolerated. */
export interface Decoded<T> {
  readonly value: T;
  readonly findings: readonly Finding[];
}

/** Beside the limits of JSON itself: how many elements an array of a package may have. */
export interface PackageLimits extends JsonLimits {
  /** Commands, statuses, alerts, MOs; 1000 each unless told. */
  readonly maxItems?: number;
}

const MAX_ITEMS = 1000;
/** Findings that are kept of one document; a person reads no more. */
const MAX_FINDINGS = 100;

/** Collects findings while one document is read. */
export class PackageReader {
  readonly findings: Finding[] = [];
  constructor(private readonly limits: PackageLimits) {}

  note(code: string, where: string, message: string): void {
    if (this.findings.length === MAX_FINDINGS) return;
    this.findings.push({ severity: 'warning', code, where, message });
  }

  object(value: JsonValue, where: string): JsonObject {
    return isJsonObject(value) ? value : refuse(where, `an object is required, found ${jsonType(value)}`);
  }

  array(value: JsonValue, where: string): readonly JsonValue[] {
    if (!Array.isArray(value)) refuse(where, `an array is required, found ${jsonType(value)}`);
    const most = this.limits.maxItems ?? MAX_ITEMS;
    if (value.length > most) {
      throw new DataError('DATA_LIMIT', `${value.length} elements are more than ${most} (${where})`, {
        details: { path: where, elements: value.length, limit: most },
      });
    }
    return value;
  }

  /** Tells of members that the clause does not have; they are ignored. */
  ignoreOthers(object: JsonObject, known: readonly string[], where: string): void {
    for (const name of Object.keys(object)) {
      if (known.includes(name)) continue;
      this.note('PACKAGE_UNKNOWN_MEMBER', memberPath(where, name), 'no such member; it is ignored');
    }
  }
}

/** A member of the object's own: never one that its prototype lends. */
export function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

export function refuse(where: string, message: string): never {
  throw new DataError('DATA_PACKAGE', `${message} (${where})`, { details: { path: where } });
}
