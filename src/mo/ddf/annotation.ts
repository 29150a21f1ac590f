/**
 * What §6.3.1 says of a node and DDF has no element for: Status, values, which leaves are secrets. It stands in a
 * processing instruction `<?simboot {…}?>`, which other readers of DDF skip (docs/decisions/ddf-dialects.md).
 */
import { encodeUtf8 } from '../../bytes/index.js';
import { SimbootError } from '../../errors/index.js';
import type { AccessType, Occurrence } from '../definition.js';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../json.js';

export interface Annotation {
  readonly status?: 'Optional';
  /** Where the element Occurrence says ZeroOrOne because the node is optional. */
  readonly occurrence?: 'One';
  /** The name of an un-named node. */
  readonly name?: string;
  readonly secret?: true;
  readonly open?: boolean;
  readonly never?: readonly AccessType[];
  readonly values?: readonly (string | number)[];
  readonly range?: readonly [number, number];
  readonly aliases?: Readonly<Record<string, string>>;
  readonly mo?: {
    readonly name?: string;
    readonly clause?: string;
    readonly moidAliases?: readonly string[];
    readonly ddfUrl?: string;
  };
}

type Check = (value: JsonValue) => boolean;
const isText: Check = (value) => typeof value === 'string' && value !== '';
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const is =
  (...allowed: JsonValue[]): Check =>
  (value) =>
    allowed.includes(value);
const ACCESS_TYPES: readonly AccessType[] = ['Add', 'Delete', 'Exec', 'Get', 'Replace'];

const MEMBERS: Readonly<Record<keyof Annotation, Check>> = {
  status: is('Optional'),
  occurrence: is('One' satisfies Occurrence),
  name: (value) => typeof value === 'string' && /^<[A-Za-z0-9._~-]+>$/.test(value),
  secret: is(true),
  open: is(true, false),
  never: (value) => Array.isArray(value) && value.every(is(...ACCESS_TYPES)),
  values: (value) =>
    Array.isArray(value) && value.every((each) => typeof each === 'string' || typeof each === 'number'),
  range: (value) =>
    Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === 'number'),
  aliases: (value) => isJsonObject(value) && Object.values(value).every(isText),
  mo: (value) => isJsonObject(value) && hasMembers(value, MO_MEMBERS),
};
const MO_MEMBERS: Readonly<Record<keyof NonNullable<Annotation['mo']>, Check>> = {
  name: isText,
  clause: isText,
  moidAliases: isTexts,
  ddfUrl: isText,
};

function hasMembers(value: JsonObject, members: Readonly<Record<string, Check>>): boolean {
  return Object.entries(value).every(
    ([name, member]) => Object.hasOwn(members, name) && members[name]!(member),
  );
}

/** The annotation in a processing instruction; undefined where it is none. */
export function parseAnnotation(body: string): Annotation | undefined {
  try {
    const value = parseJson(encodeUtf8(body.trim()), { maxDepth: 4 });
    return isJsonObject(value) && hasMembers(value, MEMBERS) ? (value as Annotation) : undefined;
  } catch (error) {
    if (error instanceof SimbootError) return undefined;
    throw error;
  }
}

/** JSON that can stand in a processing instruction. */
export function formatAnnotation(annotation: Annotation): string {
  return JSON.stringify(annotation).replace(
    /[>\u007f-\u009f\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
