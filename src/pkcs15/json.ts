/** PKCS#15 files to JSON and back, for `simboot pkcs15 decode|encode`. */
import type { z } from 'zod';
import { concat } from '../bytes/index.js';
import { DataError } from '../errors/index.js';
import { decodeAodf, encodeAuthObject } from './aodf.js';
import { requireReadable } from './context.js';
import { decodeDir, encodeDirEntry } from './dir.js';
import { decodeDodf, encodeDataObject } from './dodf.js';
import { applicationTemplate, authObject, dataObject, odfEntry, tokenInfo } from './json-schema.js';
import {
  applicationTemplateJson,
  authObjectJson,
  dataObjectJson,
  type JsonObject,
  odfEntryJson,
  tokenInfoJson,
} from './json-view.js';
import { decodeOdf, encodeOdfEntry } from './odf.js';
import { decodeTokenInfo, encodeTokenInfo } from './tokeninfo.js';
import type { Decoded, Finding } from './types.js';

/** The files that have a JSON form: EF(DIR), EF(ODF), EF(DODF), EF(AODF), EF(TokenInfo). */
export const PKCS15_FILES = ['dir', 'odf', 'dodf', 'aodf', 'tokeninfo'] as const;
export type Pkcs15File = (typeof PKCS15_FILES)[number];

/** A decoded file. `used` counts the octets before the padding. */
export interface Pkcs15Document {
  readonly file: Pkcs15File;
  readonly entries: readonly JsonObject[];
  readonly used: number;
  readonly findings: readonly Finding[];
}

/** One way out and one way back for each kind of file. */
interface FileForm {
  read(bytes: Uint8Array): Decoded<readonly JsonObject[]>;
  write(entry: unknown, place: string): Uint8Array;
}

function fileForm<New, Read>(
  decode: (bytes: Uint8Array) => Decoded<readonly Read[]>,
  view: (entry: Read) => JsonObject,
  schema: z.ZodType<New>,
  encode: (entry: New) => Uint8Array,
): FileForm {
  return {
    read: (bytes) => {
      const decoded = decode(bytes);
      return { ...decoded, entries: decoded.entries.map(view) };
    },
    write: (entry, place) => encode(checked(schema, entry, place)),
  };
}

const FORMS: Readonly<Record<Pkcs15File, FileForm>> = {
  dir: fileForm(decodeDir, applicationTemplateJson, applicationTemplate, encodeDirEntry),
  odf: fileForm(decodeOdf, odfEntryJson, odfEntry, encodeOdfEntry),
  dodf: fileForm(decodeDodf, dataObjectJson, dataObject, encodeDataObject),
  aodf: fileForm(decodeAodf, authObjectJson, authObject, encodeAuthObject),
  tokeninfo: fileForm(
    (bytes) => {
      const decoded = decodeTokenInfo(bytes);
      return { ...decoded, entries: decoded.entries ? [decoded.entries] : [] };
    },
    tokenInfoJson,
    tokenInfo,
    encodeTokenInfo,
  ),
};

/**
 * The content of a PKCS#15 file as JSON.
 *
 * @throws DataError `DATA_PKCS15` where an entry or the framing cannot be read
 * @example pkcs15ToJson('odf', fromHex('A706300404026420')).entries[0]?.path // → '6420'
 */
export function pkcs15ToJson(file: Pkcs15File, bytes: Uint8Array): Pkcs15Document {
  const decoded = FORMS[file].read(bytes);
  const entries = requireReadable(decoded, file);
  return { file, entries, used: decoded.end, findings: decoded.findings };
}

/**
 * The octets of a PKCS#15 file, without padding, from its entries: a document of `pkcs15ToJson`, a list of entries, or
 * one entry. `der`, `offset`, `used` and `findings` are not read: the writer makes DER of its own.
 *
 * @throws DataError `DATA_PKCS15` with the JSON path of the mistake
 * @example
 * toHex(pkcs15FromJson('odf', { kind: 'dataObjects', path: '6420' })) // → 'a706300404026420'
 * pkcs15FromJson('odf', { kind: 'dataObject', path: '6420' }) // throws DATA_PKCS15
 */
export function pkcs15FromJson(file: Pkcs15File, input: unknown): Uint8Array {
  const [entries, place] = entriesOf(file, input);
  if (file === 'tokeninfo' && entries.length !== 1) {
    throw new DataError('DATA_PKCS15', `EF(TokenInfo) holds one TokenInfo, not ${entries.length}`);
  }
  return concat(...entries.map((entry, index) => FORMS[file].write(entry, place(index))));
}

function entriesOf(file: Pkcs15File, input: unknown): [readonly unknown[], (index: number) => string] {
  if (Array.isArray(input)) return [input, (index) => `[${index}]`];
  if (typeof input === 'object' && input !== null && 'entries' in input && Array.isArray(input.entries)) {
    if ('file' in input && input.file !== file) {
      throw new DataError('DATA_PKCS15', `the document is of file "${String(input.file)}", not "${file}"`);
    }
    return [input.entries, (index) => `entries[${index}]`];
  }
  return [[input], () => ''];
}

function checked<T>(schema: z.ZodType<T>, input: unknown, place: string): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = (issue?.path ?? []).map((part) =>
    typeof part === 'number' ? `[${part}]` : `.${String(part)}`,
  );
  const where = `${place}${path.join('')}`.replace(/^\./, '') || 'entry';
  throw new DataError('DATA_PKCS15', `${where}: ${issue?.message ?? 'not as expected'}`, {
    details: { path: where, mistakes: result.error.issues.length },
  });
}
