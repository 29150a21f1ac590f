/**
 * How much of EF DM_Bootstrap is worth reading before it is written. The first piece tells whether a document is in
 * use; as long as pieces equal the new document, reading on saves writing them; behind the document, reading FF
 * saves writing FF.
 */
import type { FileLocation } from '../../card/index.js';
import { type KnownContent, type Region, UNKNOWN, unknownContent, windows } from './content.js';
import type { CardSession } from './session.js';

/**
 * @param target what the region will hold
 * @param used octets of it that are document
 */
export async function readWhatHelps(
  session: CardSession,
  location: FileLocation,
  region: Region,
  target: Uint8Array,
  used: number,
): Promise<KnownContent> {
  const known = unknownContent(region.length);
  const step = session.card.maxRead;
  const read = async (at: number): Promise<number> => {
    const length = Math.min(step, region.length - at);
    const bytes = await session.read(location, { offset: region.offset + at, length });
    known.set(bytes, at);
    return at + length;
  };
  const same = (from: number, to: number): boolean => {
    for (let i = from; i < to; i++) if (known[i] !== target[i]) return false;
    return true;
  };

  let at = 0;
  while (at < region.length) {
    const from = at;
    at = await read(at);
    if (!same(from, at)) break;
  }
  for (at = tailStart(known, target, used, session.card.maxUpdate); at < region.length; ) at = await read(at);
  return known;
}

/** The first octet that is not read yet, and that the updates of the document do not cover anyway. */
function tailStart(known: KnownContent, target: Uint8Array, used: number, maxUpdate: number): number {
  const dirty = (index: number): boolean => known[index] !== target[index];
  const last = windows(1, used, dirty, maxUpdate).at(-1);
  const covered = last ? last[0] + maxUpdate : used;
  let at = Math.max(covered, used);
  while (at < target.length && known[at] !== UNKNOWN) at++;
  return at;
}
