/** Accept and OMADM-Accept (DM 2.0 §5.5, RFC 9110 §12.5.1): which formats the other side reads. */

import { remembered } from '../../bytes/index.js';
import { HeaderReader, MEDIA_TYPES, parseMediaType, readEssence } from './media-type.js';

/** One range of an Accept header. */
export interface MediaRange {
  /** `type/subtype`, `type/*` or `*` `/*`, in lower case. */
  readonly range: string;
  /** Parameters other than `q`. */
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 (not acceptable) to 1. */
  readonly q: number;
}

const MAX_RANGES = 64;

/**
 * The ranges of an Accept or OMADM-Accept header, in the order given; at most 64.
 *
 * @throws DataError `DATA_MEDIA_TYPE`
 * @example parseAccept('text/plain;q=0.5').map(({ range, q }) => [range, q]) // → [['text/plain', 0.5]]
 */
export function parseAccept(header: string): MediaRange[] {
  const reader = new HeaderReader(header, 'Accept');
  const ranges: MediaRange[] = [];
  while (!reader.done) {
    if (reader.take(',')) continue;
    if (ranges.length === MAX_RANGES) reader.fail(`more than ${MAX_RANGES} media types`);
    const range = readEssence(reader);
    const parameters = reader.parameters();
    const q = quality(parameters.get('q'), reader);
    parameters.delete('q');
    ranges.push({ range, parameters, q });
    if (!reader.done && !reader.take(',')) reader.fail('"," is missing');
  }
  return ranges;
}

function quality(text: string | undefined, reader: HeaderReader): number {
  if (text === undefined) return 1;
  if (!/^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text)) reader.fail('q is not a number from 0 to 1');
  return Number(text);
}

/**
 * The value of an Accept or OMADM-Accept header that names `mediaTypes`, the best first.
 *
 * @example formatAccept(['application/dmmo+json', 'text/plain']) // → 'application/dmmo+json, text/plain'
 */
export function formatAccept(mediaTypes: readonly string[]): string {
  return mediaTypes.join(', ');
}

/**
 * The Accept header of Package#1 and Package#3: what Package#2 may be written in.
 *
 * @param formats other formats in the order of preference; JSON alone unless told
 * @example acceptHeader() // → 'application/vnd.oma.dm.request+json'
 */
export function acceptHeader(
  formats: readonly { readonly mediaTypes: { readonly package2: string } }[] = [{ mediaTypes: MEDIA_TYPES }],
): string {
  return formatAccept(formats.map(({ mediaTypes }) => mediaTypes.package2));
}

/**
 * Which of `offered` the other side likes best: the highest q, then the order of `offered`. The most precise range
 * decides about a type (RFC 9110 §12.5.1).
 *
 * @param accept the header; absent or empty accepts everything
 * @returns undefined where none is acceptable: 406
 * @throws DataError `DATA_MEDIA_TYPE`
 * @example negotiate('application/*;q=0.2, text/plain', ['application/dmmo+json', 'text/plain']) // → 'text/plain'
 */
export function negotiate(accept: string | undefined, offered: readonly string[]): string | undefined {
  const ranges = readRanges(accept ?? '');
  if (ranges.length === 0) return offered[0];
  let best: { mediaType: string; q: number } | undefined;
  for (const mediaType of offered) {
    const q = qualityOf(mediaType, ranges);
    if (q > 0 && (best === undefined || q > best.q)) best = { mediaType, q };
  }
  return best?.mediaType;
}

const readRanges = remembered((header): readonly MediaRange[] => parseAccept(header));

function qualityOf(mediaType: string, ranges: readonly MediaRange[]): number {
  let most = -1;
  let q = 0;
  for (const range of ranges) {
    const precision = precisionOf(range, mediaType);
    if (precision > most) {
      most = precision;
      q = range.q;
    }
  }
  return q;
}

/** How closely a range fits: -1 not at all, 0 anything, 1 the type, 2 the subtype, more with each parameter. */
function precisionOf({ range, parameters }: MediaRange, mediaType: string): number {
  if (range === '*/*') return 0;
  const { essence, parameters: given } = parseMediaType(mediaType);
  if (range.endsWith('/*')) return essence.startsWith(range.slice(0, -1)) ? 1 : -1;
  if (range !== essence) return -1;
  for (const [name, value] of parameters) {
    if (given.get(name)?.toLowerCase() !== value.toLowerCase()) return -1;
  }
  return 2 + parameters.size;
}
