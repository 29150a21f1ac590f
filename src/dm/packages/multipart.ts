/** multipart/form-data (RFC 2046 §5.1, RFC 7578) as Appendix F uses it: the writer is strict, the reader is not. */
import { concat, encodeUtf8 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import type { Finding } from '../../mo/index.js';
import { type Encapsulation, readPart } from './multipart-part.js';

export interface MultipartLimits {
  /** Octets of the whole body; 8 MiB unless told. */
  readonly maxBodyOctets?: number;
  /** Encapsulations; 1001 unless told. */
  readonly maxParts?: number;
}

const MAX_BODY_OCTETS = 8 * 1024 * 1024;
const MAX_PARTS = 1001;

/** Writes encapsulations with CRLF line ends. `boundary` occurs in none of them: see `chooseBoundary`. */
export function encodeMultipart(parts: readonly Encapsulation[], boundary: string): Uint8Array {
  const pieces = parts.flatMap(({ name, contentType, body }) => {
    const label = name === undefined ? '' : `; name="${name}"`;
    const head = `--${boundary}\r\nContent-Disposition: form-data${label}\r\nContent-Type: ${contentType}\r\n\r\n`;
    return [encodeUtf8(head), body, encodeUtf8('\r\n')];
  });
  return concat(...pieces, encodeUtf8(`--${boundary}--\r\n`));
}

/**
 * A boundary that occurs in no part.
 *
 * @param random 16 octets of the caller's randomness; asked again while the outcome occurs in a part
 */
export function chooseBoundary(
  parts: readonly Encapsulation[],
  random: (octets: number) => Uint8Array,
): string {
  for (let attempt = 0; ; attempt++) {
    // The number makes each attempt another one, also where the randomness repeats.
    const boundary = `dm-${Buffer.from(random(16)).toString('hex')}-${attempt}`;
    if (!parts.some(({ body }) => Buffer.from(body).includes(boundary))) return boundary;
  }
}

export interface DecodedMultipart {
  readonly parts: readonly Encapsulation[];
  readonly findings: readonly Finding[];
}

/**
 * Takes a multipart body apart. Tolerated with a finding: another boundary than the one declared, line ends of LF
 * alone, a missing end.
 *
 * @throws DataError `DATA_MULTIPART` with the octet in `details`, `DATA_LIMIT`
 */
export function decodeMultipart(
  boundary: string | undefined,
  body: Uint8Array,
  limits: MultipartLimits = {},
): DecodedMultipart {
  const most = limits.maxBodyOctets ?? MAX_BODY_OCTETS;
  if (body.length > most) tooMuch(`the body has ${body.length} octets, more than ${most}`);
  const findings: Finding[] = [];
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.length);
  const delimiters = findDelimiters(buffer, boundary, findings);
  const sections = delimiters.slice(0, -1).map(({ end }, index) => ({
    from: end,
    to: Math.max(end, delimiters[index + 1]!.start),
  }));
  const last = delimiters.at(-1)!;
  if (!last.closing) {
    note(findings, 'MULTIPART_END', 'no boundary ends the last part');
    sections.push({ from: last.end, to: buffer.length });
  }
  if (sections.length > (limits.maxParts ?? MAX_PARTS)) tooMuch(`${sections.length} parts are too many`);
  return {
    parts: sections.map(({ from, to }) => readPart(buffer.subarray(from, to), from, findings)),
    findings,
  };
}

interface Delimiter {
  /** The line end before it belongs to it. */
  readonly start: number;
  readonly end: number;
  readonly closing: boolean;
}

function findDelimiters(buffer: Buffer, declared: string | undefined, findings: Finding[]): Delimiter[] {
  if (declared !== undefined) {
    const found = delimitersOf(buffer, [declared], findings);
    if (found.at(-1)?.closing) return found;
  }
  const written = boundariesWritten(buffer);
  const all = declared === undefined ? written : [declared, ...written.filter((text) => text !== declared)];
  const found = delimitersOf(buffer, all, findings);
  if (found.length === 0) {
    throw new DataError('DATA_MULTIPART', 'no boundary stands in the body', { details: { offset: 0 } });
  }
  if (written.some((text) => text !== declared)) {
    note(findings, 'MULTIPART_BOUNDARY', 'another boundary than the one that the header declares');
  }
  return found;
}

/** RFC 2046 §5.1.1: up to 70 characters of this set. */
const BOUNDARY_LINE = /^--([0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-])$/;

/** The boundaries that the first and the last line of the body show: those lines can be nothing else. */
function boundariesWritten(buffer: Buffer): string[] {
  const lines = [firstLine(buffer), lastLine(buffer).replace(/--$/, '')];
  return [...new Set(lines.flatMap((line) => BOUNDARY_LINE.exec(line)?.[1] ?? []))];
}

/** More cannot stand in a line with a boundary. */
const MAX_LINE = 128;

function firstLine(buffer: Buffer): string {
  const lines = buffer.subarray(0, MAX_LINE).toString('latin1').split(/\r?\n/);
  return lines.find((line) => line !== '')?.trimEnd() ?? '';
}

function lastLine(buffer: Buffer): string {
  const lines = buffer.subarray(-MAX_LINE).toString('latin1').trimEnd().split('\n');
  return lines.at(-1)!.trimEnd();
}

function delimitersOf(buffer: Buffer, boundaries: readonly string[], findings: Finding[]): Delimiter[] {
  const found = boundaries
    .flatMap((boundary) => linesOf(buffer, `--${boundary}`))
    .sort((one, other) => one.start - other.start);
  const closing = found.findIndex((delimiter) => delimiter.closing);
  const used = closing < 0 ? found : found.slice(0, closing + 1);
  const first = used[0];
  // Line ends are those of the first boundary; where it ends in CRLF, LF alone is content.
  const usesLf = first !== undefined && buffer[first.end - 1] === 0x0a && buffer[first.end - 2] !== 0x0d;
  if (!usesLf) return used.filter(({ start }) => start === 0 || buffer[start] === 0x0d);
  if (!findings.some(({ code }) => code === 'MULTIPART_LF')) {
    note(findings, 'MULTIPART_LF', 'lines end in LF alone');
  }
  return used;
}

/** Every line that is `dashed` or `dashed--`, white space after it allowed. */
function linesOf(buffer: Buffer, dashed: string): Delimiter[] {
  const out: Delimiter[] = [];
  for (let at = buffer.indexOf(dashed); at >= 0; at = buffer.indexOf(dashed, at + 1)) {
    if (at > 0 && buffer[at - 1] !== 0x0a) continue;
    let end = at + dashed.length;
    const closing = buffer[end] === 0x2d && buffer[end + 1] === 0x2d;
    if (closing) end += 2;
    while (buffer[end] === 0x20 || buffer[end] === 0x09) end++;
    if (buffer[end] === 0x0d && buffer[end + 1] === 0x0a) end++;
    if (end < buffer.length && buffer[end] !== 0x0a) continue;
    if (end >= buffer.length && !closing) continue;
    const start = buffer[at - 2] === 0x0d ? at - 2 : Math.max(0, at - 1);
    out.push({ start, end: Math.min(end + 1, buffer.length), closing });
  }
  return out;
}

function note(findings: Finding[], code: string, message: string): void {
  findings.push({ severity: 'warning', code, where: 'body', message });
}

function tooMuch(message: string): never {
  throw new DataError('DATA_LIMIT', message);
}
