/** EF(ODF) (PKCS#15 v1.1 §6.2; DM 2.0 G.4.1): where the directory files of each object class are, in priority order. */
import { concat, fromHex } from '../bytes/index.js';
import { parseNode } from './asn1.js';
import { fileCodec } from './codec.js';
import { ReadContext } from './context.js';
import { type Frame, frameContent, frameEntries } from './framing.js';
import { pathBlock, readPath } from './path.js';
import { type Decoded, type NewOdfEntry, ODF_KINDS, type OdfEntry, type OdfValue } from './types.js';
import { anyValues, type Block, context, der, oneValue, unwritable } from './write.js';

const FIRST_TAG = 0xa0;
const PATH = 0x30;
const OBJECTS = 0xa0;

/**
 * Reads EF(ODF) as cards have it; never throws, findings tell what is odd or unreadable.
 *
 * @example
 * const { entries } = decodeOdf(fromHex('A706300404026420FFFFFF'));
 * entries.map(({ kind }) => kind) // → ['dataObjects']
 */
export function decodeOdf(bytes: Uint8Array): Decoded<readonly OdfEntry[]> {
  const context = new ReadContext('EF(ODF)');
  const { frames, end } = frameEntries(bytes, context);
  const entries = frames.map((frame): OdfEntry => {
    const kind = ODF_KINDS[frame.tag - FIRST_TAG] ?? 'unknown';
    const opaque: OdfValue = { kind: 'opaque', bytes: frame.der };
    if (kind === 'unknown') {
      context.note('info', 'entry-not-interpreted', frame.offset, 'entry of an unknown object class');
    }
    const value =
      kind === 'unknown'
        ? opaque
        : (context.attempt(frame.offset, () => readValue(frame, context)) ?? opaque);
    return { kind, value, der: frame.der, offset: frame.offset };
  });
  return { entries, findings: context.findings, end };
}

function readValue(frame: Frame, context: ReadContext): OdfValue {
  const [choice, ...more] = frameContent(frame, context);
  if (choice === undefined) throw context.broken(frame.offset, 'neither a path nor objects');
  if (more.length > 0) {
    context.note('warning', 'unknown-element', more[0]!.offset, 'only the first path of an entry is read');
  }
  if (choice.tag === PATH) {
    return { kind: 'path', path: readPath(parseNode(choice.der, choice.offset, context), context) };
  }
  if (choice.tag === OBJECTS) return { kind: 'objects', bytes: choice.value };
  throw context.broken(choice.offset, 'neither a path nor objects');
}

function entryBlock(entry: NewOdfEntry): Block {
  const { kind, value } = entry;
  const number = kind === 'unknown' ? -1 : ODF_KINDS.indexOf(kind);
  if (value.kind === 'opaque') {
    return oneValue(value.bytes, 'ODF entry', number < 0 ? undefined : [FIRST_TAG + number]);
  }
  if (number < 0) throw unwritable('ODF entry', 'an entry of unknown kind is written from its octets only');
  return value.kind === 'path'
    ? context(number, pathBlock(value.path))
    : context(number, context(0, anyValues(value.bytes, 'ODF objects')));
}

/**
 * The octets of one EF(ODF) entry.
 *
 * @throws DataError `DATA_PKCS15`
 * @example
 * const path = { path: [0x6420] };
 * toHex(encodeOdfEntry({ kind: 'dataObjects', value: { kind: 'path', path } })) // → 'a706300404026420'
 */
export function encodeOdfEntry(entry: NewOdfEntry): Uint8Array {
  return der(entryBlock(entry));
}

const source = 'PKCS#15 v1.1 §6.2, DM 2.0 G.4.1';

/** EF(ODF) without padding. `decode` refuses a file with an unreadable entry; `decodeOdf` shows the rest of it. */
export const EF_ODF = fileCodec<readonly NewOdfEntry[], readonly OdfEntry[]>(
  'EF_ODF',
  decodeOdf,
  (entries) => concat(...entries.map(encodeOdfEntry)),
  [
    {
      hex: 'A70A300804063F007F506420A806300404026440',
      value: [
        { kind: 'dataObjects', value: { kind: 'path', path: { path: [0x3f00, 0x7f50, 0x6420] } } },
        { kind: 'authObjects', value: { kind: 'path', path: { path: [0x6440] } } },
      ],
      source,
    },
    {
      hex: 'A406A00430020500A706300404026420FFFF',
      value: [
        { kind: 'certificates', value: { kind: 'objects', bytes: fromHex('30020500') } },
        { kind: 'dataObjects', value: { kind: 'path', path: { path: [0x6420] } } },
      ],
      source: `${source}; objects of another class in the ODF itself, then padding`,
      decodeOnly: true,
    },
  ],
);
