/** One encapsulation of a multipart body: header fields (RFC 5322 §2.2, RFC 7578 §4), then the content. */

import { remembered } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import type { Finding } from '../../mo/index.js';
import { HeaderReader } from './media-type.js';

/** One encapsulation: its name (none for Package#3), media type and content. */
export interface Encapsulation {
  readonly name?: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

const MAX_HEADER_OCTETS = 8192;
const MAX_FIELDS = 32;

/** @param at octet of the part in the body, for messages */
export function readPart(part: Buffer, at: number, findings: Finding[]): Encapsulation {
  const { head, body } = split(part, at);
  const { name, contentType, encoding, hasDisposition } = readHead(head, at);
  if (!hasDisposition) {
    const message = 'the part has no Content-Disposition';
    findings.push({ severity: 'warning', code: 'MULTIPART_DISPOSITION', where: `octet ${at}`, message });
  }
  const content = decodeTransfer(encoding, body, at);
  return name === undefined ? { contentType, body: content } : { name, contentType, body: content };
}

function split(part: Buffer, at: number): { head: string; body: Uint8Array } {
  // A part without header fields starts with the empty line.
  if (part[0] === 0x0a) return { head: '', body: new Uint8Array(part.subarray(1)) };
  if (part[0] === 0x0d && part[1] === 0x0a) return { head: '', body: new Uint8Array(part.subarray(2)) };
  const searched = part.toString('latin1', 0, MAX_HEADER_OCTETS + 4);
  const [end, next] = emptyLine(searched, part.length);
  if (end < 0) refuse(at, 'no empty line ends the header of the part');
  if (end > MAX_HEADER_OCTETS)
    refuse(at, `the header of the part is longer than ${MAX_HEADER_OCTETS} octets`);
  return { head: searched.slice(0, end), body: new Uint8Array(part.subarray(next)) };
}

/** Where the header ends and where the content starts. */
function emptyLine(searched: string, length: number): readonly [number, number] {
  const crlf = searched.indexOf('\r\n\r\n');
  const lf = searched.indexOf('\n\n');
  if (crlf >= 0 && (lf < 0 || crlf < lf)) return [crlf, crlf + 4];
  if (lf >= 0) return [lf, lf + 2];
  // The line end of the last field was taken by the boundary after it: there is no content.
  return /\n[ \t]*\r?$|\n$/.test(searched) ? [length, length] : [-1, -1];
}

interface Head {
  readonly hasDisposition: boolean;
  readonly name: string | undefined;
  readonly contentType: string;
  readonly encoding: string | undefined;
}

const readHead = remembered((head: string, at: number): Head => {
  const fields = readFields(head, at);
  const disposition = fields.get('content-disposition');
  return {
    hasDisposition: disposition !== undefined,
    name: disposition === undefined ? undefined : nameOf(disposition),
    contentType: fields.get('content-type') ?? 'text/plain',
    encoding: fields.get('content-transfer-encoding')?.toLowerCase(),
  };
});

function readFields(head: string, at: number): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  // A line that starts with white space goes on with the one before it.
  const lines = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  for (const line of lines) {
    if (line.trim() === '') continue;
    const colon = line.indexOf(':');
    if (colon <= 0) refuse(at, 'a header field of the part has no name');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (fields.has(name)) refuse(at, 'a header field of the part is given twice');
    if (fields.size === MAX_FIELDS) refuse(at, `the part has more than ${MAX_FIELDS} header fields`);
    fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
}

function nameOf(disposition: string): string | undefined {
  const reader = new HeaderReader(disposition, 'Content-Disposition');
  reader.token();
  return reader.parameters().get('name');
}

/** RFC 7578 §4.7 gave the field up; where it is used, its plain forms and base64 are read. */
function decodeTransfer(encoding: string | undefined, body: Uint8Array, at: number): Uint8Array {
  switch (encoding) {
    case undefined:
    case '7bit':
    case '8bit':
    case 'binary':
      return body;
    case 'base64':
      return Uint8Array.from(Buffer.from(Buffer.from(body).toString('latin1'), 'base64'));
    default:
      return refuse(at, 'a Content-Transfer-Encoding that is not read');
  }
}

function refuse(at: number, message: string): never {
  throw new DataError('DATA_MULTIPART', `${message} (octet ${at})`, { details: { offset: at } });
}
