/** Compares what is on a card with what was ordered: every octet and every attribute (DM 2.0 G.1, G.4). */
import { createHash } from 'node:crypto';
import { toHex } from '../../bytes/index.js';
import { type Card, describeCondition } from '../../card/index.js';
import type { SimbootError } from '../../errors/index.js';
import type { Finding } from '../../pkcs15/index.js';
import { pinObjectFor } from './desired.js';
import { type BootstrapObject, readAuthDirectories, type Survey, survey } from './directory.js';
import { type CardKeys, needsPin } from './keys.js';
import { locationText } from './paths.js';
import { type DocumentView, readDocument, withSession } from './read.js';
import { type CardSession, isAboutTheCard } from './session.js';

/** What the card should hold. */
export interface ExpectedBootstrap {
  readonly document: Uint8Array;
  /** Compared if given; some label must be there in any case (G.4.2). */
  readonly label?: string;
  /** File identifier of EF DM_Bootstrap; compared if given. */
  readonly file?: number;
}

/** One difference. Octets of a document are never shown: it has keys in it. */
export interface Difference {
  readonly what:
    | 'object'
    | 'document'
    | 'tail'
    | 'label'
    | 'private'
    | 'modifiable'
    | 'auth-id'
    | 'file'
    | 'dir-path'
    | 'read-back';
  /** File, and octet where that helps. */
  readonly where: string;
  readonly expected: string;
  readonly actual: string;
  /** First octet that differs, in the file. */
  readonly offset?: number;
  /** How many octets differ. */
  readonly octets?: number;
  readonly message: string;
}

export interface Verification {
  readonly file?: string;
  readonly differences: readonly Difference[];
  readonly findings: readonly Finding[];
}

/**
 * Reads the card as a device does and lists every difference from the order; none means that it is as ordered.
 *
 * @param keys `pin` if READ needs one
 * @throws ReaderError if the card is gone; SecurityError if a PIN is refused or was not given
 * @example
 * const [channel] = await openReader('sim:uicc');
 * const { differences } = await verifyBootstrap(await openCard(channel!), { document: encodeUtf8('[]') });
 * differences.map(({ what }) => what) // → ['object']
 */
export async function verifyBootstrap(
  card: Card,
  expected: ExpectedBootstrap,
  keys: CardKeys = {},
): Promise<Verification> {
  return withSession(card, keys, (session) => compareCard(session, expected));
}

/** The same within an operation that goes on: what it read already is not read again. */
export async function compareCard(session: CardSession, expected: ExpectedBootstrap): Promise<Verification> {
  const found = await survey(session);
  const { object, findings } = found;
  if (!object) return { differences: [absence(findings.failures[0])], findings: findings.list };
  try {
    const view = await readDocument(session, object);
    const differences = [
      ...compareDocument(object, view, expected.document),
      ...compareDir(found),
      ...(await compareAttributes(session, found, object, expected)),
    ];
    return { file: locationText(object.location), differences, findings: findings.list };
  } catch (error) {
    if (!isAboutTheCard(error) || error.kind === 'security') throw error;
    return { file: locationText(object.location), differences: [absence(error)], findings: findings.list };
  }
}

function absence(reason: SimbootError | undefined): Difference {
  const actual = reason?.message ?? 'none';
  return difference('object', 'card', 'a bootstrap that devices find', actual);
}

/** A difference in words; `place` where octets differ. */
export function difference(
  what: Difference['what'],
  where: string,
  expected: string,
  actual: string,
  place: Pick<Difference, 'offset' | 'octets'> = {},
): Difference {
  const at = place.offset === undefined ? '' : `, ${place.octets} octets from octet ${place.offset} on`;
  return { what, where, expected, actual, ...place, message: `expected ${expected}, found ${actual}${at}` };
}

/** A difference between octets that are no secret. */
export function differenceOf(
  what: Difference['what'],
  where: string,
  expected: Uint8Array,
  actual: Uint8Array,
): Difference {
  return difference(what, where, toHex(expected), toHex(actual), placeOf(expected, actual));
}

function placeOf(expected: Uint8Array, actual: Uint8Array): { offset: number; octets: number } {
  const length = Math.max(expected.length, actual.length);
  const differing = Array.from({ length }, (_, i) => i).filter((i) => expected[i] !== actual[i]);
  return { offset: differing[0] ?? 0, octets: differing.length };
}

function compareDocument(object: BootstrapObject, view: DocumentView, expected: Uint8Array): Difference[] {
  const where = `EF(DM_Bootstrap) ${locationText(object.location)}`;
  const content = view.bytes.subarray(0, expected.length);
  const { offset, octets } = placeOf(expected, content);
  const place = { offset: view.region.offset + offset, octets };
  const out: Difference[] = [];
  if (octets > 0) {
    out.push(difference('document', where, digest(expected), describeContent(view), place));
  }
  const tail = view.bytes.subarray(expected.length);
  const stray = tail.findIndex((octet) => octet !== 0xff);
  if (stray >= 0) {
    const at = view.region.offset + expected.length + stray;
    const count = tail.filter((octet) => octet !== 0xff).length;
    out.push(
      difference('tail', where, 'FF behind the document', 'other octets', { offset: at, octets: count }),
    );
  }
  return out;
}

function describeContent({ state, document }: DocumentView): string {
  if (state === 'blank') return 'no document (all FF)';
  if (state === 'interrupted') return 'an interrupted write (octet 0 is FF, others are not)';
  return digest(document);
}

/** Length and hash of a document: enough to recognise it, nothing of its content. */
function digest(document: Uint8Array): string {
  return `${document.length} octets, sha256 ${sha256(document)}`;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function compareDir({ dir }: Survey): Difference[] {
  if (!dir?.ours || dir.ours.template.path !== undefined) return [];
  const where = dir.ours.record === 0 ? 'EF(DIR)' : `EF(DIR) record ${dir.ours.record}`;
  return [difference('dir-path', where, 'the path of the application (tag 51)', 'none')];
}

async function compareAttributes(
  session: CardSession,
  found: Survey,
  object: BootstrapObject,
  expected: ExpectedBootstrap,
): Promise<Difference[]> {
  const { entry, dodf, location } = object;
  const where = `${dodf.file} octet ${entry.offset}`;
  const out: Difference[] = [];
  const compare = (what: Difference['what'], wanted: string, actual: string): void => {
    if (wanted !== actual) out.push(difference(what, where, wanted, actual));
  };
  compare('label', expected.label ?? entry.common.label ?? 'a label', entry.common.label ?? 'none');
  if (expected.file !== undefined) {
    const path = 'path' in location ? location.path : location.relative;
    compare('file', expected.file.toString(16).toUpperCase(), (path.at(-1) ?? 0).toString(16).toUpperCase());
  }
  const read = await session.condition(location, 'read');
  const isPrivate = entry.common.flags?.private ?? false;
  if (read.kind !== 'unknown' && needsPin(read) !== isPrivate) {
    const rule = `READ ${describeCondition(read)}`;
    out.push(difference('private', where, `private ${needsPin(read)} (${rule})`, `private ${isPrivate}`));
  }
  compare('modifiable', 'modifiable false', `modifiable ${entry.common.flags?.modifiable ?? false}`);
  if (isPrivate) out.push(...(await compareAuthId(session, found, object, where)));
  return out;
}

async function compareAuthId(
  session: CardSession,
  { application, odf, findings }: Survey,
  { entry, location }: BootstrapObject,
  where: string,
): Promise<Difference[]> {
  const actual = entry.common.authId;
  if (actual === undefined) return [difference('auth-id', where, 'the authId of a PIN', 'none')];
  if (!application || !odf) return [];
  const objects = (await readAuthDirectories(session, application, odf, findings)).flatMap(
    ({ entries }) => entries,
  );
  if (objects.length === 0) return [];
  const pin = pinObjectFor(await session.condition(location, 'read'), objects);
  const wanted = pin ? toHex(pin.authId) : 'the authId of a PIN in EF(AODF)';
  return wanted === toHex(actual) ? [] : [difference('auth-id', where, wanted, toHex(actual))];
}
