/** What answers a Package#2: Package#3 alone, or with the data of its GETs (DM 2.0 Appendix F). */
import { DataError } from '../../errors/index.js';
import type { Finding } from '../../mo/index.js';
import type { BodyPart, Package3, WireCommand } from '../messages.js';
import { DEFAULT_FORMATS, findFormat, JSON_FORMAT, type PackageFormat } from './format.js';
import { MEDIA_TYPES, parseMediaType } from './media-type.js';
import { chooseBoundary, decodeMultipart, encodeMultipart, type MultipartLimits } from './multipart.js';
import type { Encapsulation } from './multipart-part.js';
import { type PackageLimits, refuse } from './read.js';

export interface EncodedResponse {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/**
 * Writes Package#3, as multipart/form-data where there is data: Package#3 first and without a name, then the parts,
 * each named by the place of its status, from 0, in ascending order.
 *
 * @param parts data by the place of its status, which is 200
 * @throws DataError `DATA_PACKAGE`
 * @example encodeResponse({ statuses: [{ sc: 404 }], alerts: [] }, new Map(), { random: (n) => new Uint8Array(n) }).contentType // → 'application/vnd.oma.dm.response+json'
 */
export function encodeResponse(
  package3: Package3,
  parts: ReadonlyMap<number, BodyPart>,
  { random, format = JSON_FORMAT }: { random: (octets: number) => Uint8Array; format?: PackageFormat },
): EncodedResponse {
  const contentType = format.mediaTypes.package3;
  const body = format.encodePackage3(package3);
  if (parts.size === 0) return { contentType, body };
  const data = [...parts].sort(([one], [other]) => one - other);
  for (const [index] of data) {
    if (package3.statuses[index]?.sc !== 200)
      refuse(`$.Status[${index}]`, 'data for a status that is not 200');
  }
  const all: Encapsulation[] = [
    { contentType, body },
    ...data.map(([index, part]) => ({ name: String(index), ...part })),
  ];
  const boundary = chooseBoundary(all, random);
  return {
    contentType: `${MEDIA_TYPES.multipart}; boundary=${boundary}`,
    body: encodeMultipart(all, boundary),
  };
}

export interface DecodedResponse {
  readonly package3: Package3;
  /** Data by the place of its status. */
  readonly parts: ReadonlyMap<number, BodyPart>;
  readonly findings: readonly Finding[];
}

export interface ResponseOptions {
  /** JSON alone unless told. */
  readonly formats?: readonly PackageFormat[];
  readonly limits?: PackageLimits & MultipartLimits;
  /** The Package#2 that is answered: tells which command a part without a name belongs to. */
  readonly commands?: readonly WireCommand[];
}

/**
 * Reads what answers a Package#2. In multipart, Package#3 is the first part or the one of its media type, and a part
 * without a name belongs to the next successful GET.
 *
 * @throws DataError `DATA_MEDIA_TYPE_UNSUPPORTED` (415), `DATA_MEDIA_TYPE`, `DATA_MULTIPART`, `DATA_PACKAGE`,
 * `DATA_LIMIT` and those of the format
 * @example decodeResponse('application/vnd.oma.dm.response+json', encodeUtf8('{"Status":[200]}')).package3.statuses // → [{ sc: 200 }]
 */
export function decodeResponse(
  contentType: string,
  body: Uint8Array,
  options: ResponseOptions = {},
): DecodedResponse {
  const { formats = DEFAULT_FORMATS, limits = {} } = options;
  const { essence, parameters } = parseMediaType(contentType);
  const format = findFormat(formats, contentType, 'package3');
  if (format !== undefined) {
    const { value, findings } = format.decodePackage3(body, limits);
    return { package3: value, parts: new Map(), findings };
  }
  if (!essence.startsWith('multipart/')) throw unsupported(essence, formats);
  const multipart = decodeMultipart(parameters.get('boundary'), body, limits);
  const findings: Finding[] = [...multipart.findings];
  if (essence !== MEDIA_TYPES.multipart) note(findings, 'MULTIPART_TYPE', `${essence} in place of form-data`);
  const index = package3At(multipart.parts, formats, findings);
  const first = multipart.parts[index]!;
  const decoded = findFormat(formats, first.contentType, 'package3')!.decodePackage3(first.body, limits);
  findings.push(...decoded.findings);
  const data = multipart.parts.toSpliced(index, 1);
  return { package3: decoded.value, parts: place(data, decoded.value, options.commands, findings), findings };
}

function package3At(
  parts: readonly Encapsulation[],
  formats: readonly PackageFormat[],
  findings: Finding[],
): number {
  const index = parts.findIndex(
    ({ contentType }) => findFormat(formats, contentType, 'package3') !== undefined,
  );
  if (index < 0) throw new DataError('DATA_MULTIPART', 'no part is a Package#3');
  if (index > 0) note(findings, 'MULTIPART_ORDER', 'Package#3 is not the first part');
  if (parts[index]!.name !== undefined) note(findings, 'MULTIPART_NAME', 'Package#3 has a name');
  return index;
}

function place(
  parts: readonly Encapsulation[],
  { statuses }: Package3,
  commands: readonly WireCommand[] | undefined,
  findings: Finding[],
): ReadonlyMap<number, BodyPart> {
  const placed = new Map<number, BodyPart>();
  const unnamed: BodyPart[] = [];
  for (const { name, contentType, body } of parts) {
    const index = /^\d{1,6}$/.test(name ?? '') ? Number(name) : undefined;
    if (index === undefined) unnamed.push({ contentType, body });
    else if (index >= statuses.length)
      note(findings, 'MULTIPART_NAME', 'data for a status that is not there');
    else if (placed.has(index)) throw new DataError('DATA_MULTIPART', `two parts have the name ${index}`);
    else placed.set(index, { contentType, body });
  }
  const open = statuses.flatMap(({ sc, uris }, index) => {
    const mayHaveData = commands === undefined ? uris === undefined : commands[index]?.[0] === 'GET';
    return sc === 200 && mayHaveData && !placed.has(index) ? [index] : [];
  });
  unnamed.forEach((part, at) => {
    const index = open[at];
    note(findings, 'MULTIPART_NAME', 'a part is not named by the place of its status');
    if (index !== undefined) placed.set(index, part);
  });
  return placed;
}

function unsupported(essence: string, formats: readonly PackageFormat[]): DataError {
  const known = [...formats.map(({ mediaTypes }) => mediaTypes.package3), MEDIA_TYPES.multipart];
  return new DataError('DATA_MEDIA_TYPE_UNSUPPORTED', `${essence} is not read; ${known.join(', ')} is`, {
    details: { mediaType: essence },
  });
}

function note(findings: Finding[], code: string, message: string): void {
  findings.push({ severity: 'warning', code, where: 'body', message });
}
