/**
 * How much of EF DM_Bootstrap is worth reading before it is written. The first piece tells whether a document is in
 * use; as long as pieces equal the new document, reading on saves writing them; behind the document, reading FF
 * saves writing FF.
 */
import type { FileLocation } from '../../card/index.js';
import { type KnownContent, type Region, UNKNOWN, unknownContent, windows } from './content.js';
import type { CardSession } from './session.js';

export interface WhatHelps {
  readonly location: FileLocation;
  readonly region: Region;
  /** The part of the file that the object names, if it is not all of it. */
  readonly part: Region | undefined;
  /** What the region will hold, and how many octets of it are document. */
  readonly target: Uint8Array;
  readonly used: number;
  /** No entry leads to the file: whatever it holds is no document in use, and only its tail is read. */
  readonly isUnlisted?: boolean;
}

/** @throws the errors of reading the file */
export async function readWhatHelps(
  session: CardSession,
  { location, region, part, target, used, isUnlisted }: WhatHelps,
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
  while (at < region.length && !isUnlisted) {
    const from = at;
    at = await read(at);
    if (!same(from, at)) break;
  }
  for (at = tailStart(known, target, used, session.card.maxUpdate); at < region.length; ) at = await read(at);
  if (!known.includes(UNKNOWN)) session.remember(location, part, Uint8Array.from(known));
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
