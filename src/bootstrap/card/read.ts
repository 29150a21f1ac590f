/** How a device gets the bootstrap (DM 2.0 G.2.5, G.3.5), step by step. */
import type { Card, FileInfo, FileLocation } from '../../card/index.js';
import { CardError } from '../../errors/index.js';
import { type ContentState, type DocumentContent, type Region, readRegion } from './content.js';
import { type BootstrapObject, type Survey, survey } from './directory.js';
import type { CardKeys } from './keys.js';
import { locationText } from './paths.js';
import { CardSession } from './session.js';

/** Where the bootstrap of a card is. */
export interface BootstrapPlace {
  /** Path for people, such as `3F00/7F50/6431`. */
  readonly file: string;
  readonly location: FileLocation;
  readonly part?: Region;
  readonly label?: string;
  readonly flags: { readonly private: boolean; readonly modifiable: boolean };
}

export interface BootstrapOnCard extends BootstrapPlace {
  readonly state: ContentState;
  /** The document's octets without the FF behind it; empty unless `state` is `document`. */
  readonly document: Uint8Array;
  /** Octets that the file, or its part, has for the document. */
  readonly size: number;
}

/**
 * Finds the file of the bootstrap: EF(DIR), application, ODF, DODFs in their order, the first object with
 * 2.23.43.7.1. In 3G mode on a logical channel of its own, which is closed at the end.
 *
 * @throws CardError `CARD_NO_PKCS15`, `CARD_NO_DODF`, `CARD_NO_BOOTSTRAP`, `CARD_PATH_LOOP` and the errors of the
 *   files on the way; SecurityError if a directory needs a PIN that was not given
 * @example
 * const [channel] = await openReader('sim:uicc-personalized');
 * (await locateBootstrap(await openCard(channel!))).file // → '3F00/7F50/6431'
 */
export async function locateBootstrap(card: Card, keys: CardKeys = {}): Promise<BootstrapPlace> {
  return withSession(card, keys, async (session) => placeOf(requireObject(await survey(session))));
}

/**
 * Reads the bootstrap as a device does: flags say whether a PIN is needed, FCP or CHV status says which.
 *
 * @param keys `pin`: 8 octets, presented once and only where flags or the access rule ask for it
 * @throws the errors of `locateBootstrap`, and those of the file itself
 * @example
 * const [channel] = await openReader('sim:uicc-personalized');
 * const { state, file } = await readBootstrap(await openCard(channel!));
 * [state, file] // → ['document', '3F00/7F50/6431']
 */
export async function readBootstrap(card: Card, keys: CardKeys = {}): Promise<BootstrapOnCard> {
  return withSession(card, keys, async (session) => {
    const object = requireObject(await survey(session));
    const flags = object.entry.common.flags;
    if (flags?.private || flags?.modifiable) await session.unlock(object.location, 'read');
    const { region, state, document } = await readDocument(session, object);
    return { ...placeOf(object), state, document, size: region.length };
  });
}

/** Runs one operation and closes the logical channel of the application, whatever happens. */
export async function withSession<T>(
  card: Card,
  keys: CardKeys,
  run: (session: CardSession) => Promise<T>,
): Promise<T> {
  const session = new CardSession(card, keys);
  let result: T;
  try {
    result = await run(session);
  } catch (error) {
    // The first error counts; closing after it is a courtesy that may fail, too.
    await session.channel.close().catch(() => undefined);
    throw error;
  }
  await session.channel.close();
  return result;
}

/** @throws the reason why the survey found no object */
export function requireObject({ object, findings }: Survey): BootstrapObject {
  if (object) return object;
  throw findings.failures[0] ?? new CardError('CARD_NO_BOOTSTRAP', 'the card has no bootstrap object');
}

function placeOf({ location, entry, part }: BootstrapObject): BootstrapPlace {
  const { label, flags } = entry.common;
  return {
    file: locationText(location),
    location,
    flags: flags ?? { private: false, modifiable: false },
    ...(part ? { part } : {}),
    ...(label === undefined ? {} : { label }),
  };
}

/** EF DM_Bootstrap as read. */
export interface DocumentView extends DocumentContent {
  readonly info: FileInfo;
  readonly region: Region;
  /** All octets of the region. */
  readonly bytes: Uint8Array;
}

/** The octets of the object's file, or of the part that its path names. */
export async function readDocument(session: CardSession, object: BootstrapObject): Promise<DocumentView> {
  const info = await session.info(object.location);
  const region = regionOf(object, info);
  const bytes = await session.content(object.location, object.part);
  return { info, region, bytes, ...readRegion(bytes) };
}

/**
 * The part of the file that the object's path names: all of it without index and length.
 *
 * @throws CardError `CARD_RECORD_NOT_FOUND` if it lies outside the file
 */
export function regionOf(
  { part, location }: Pick<BootstrapObject, 'part' | 'location'>,
  info: FileInfo,
): Region {
  const size = info.size ?? 0;
  if (!part) return { offset: 0, length: size };
  if (part.offset + part.length <= size) return part;
  throw new CardError(
    'CARD_RECORD_NOT_FOUND',
    `the path names octets ${part.offset} to ${part.offset + part.length} of ${locationText(location)}, which has ${size}`,
    { details: { file: locationText(location), index: part.offset, length: part.length, size } },
  );
}
