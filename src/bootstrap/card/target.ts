/** Where a document will go, decided and checked before anything is written. */
import type { FileInfo, FileLocation } from '../../card/index.js';
import { CardError, type SimbootError } from '../../errors/index.js';
import { type DataObject, decodeDodf, findDmBootstrapObjects, type OdfEntry } from '../../pkcs15/index.js';
import type { ApplicationView } from './application.js';
import type { Region } from './content.js';
import {
  type BootstrapObject,
  bootstrapInUnlisted,
  type FileView,
  readDirectory,
  type Survey,
} from './directory.js';
import { FID, locationKey, locationText, resolvePath } from './paths.js';
import type { WriteRequest } from './plan-types.js';
import { regionOf } from './read.js';
import { type CardSession, requireUsable } from './session.js';

/** Everything that a write touches, known to be there and in order. */
export interface WriteTarget {
  readonly application: ApplicationView;
  readonly odf: FileView<OdfEntry>;
  readonly dodf: FileView<DataObject>;
  /** Our entry, where the card has one. */
  readonly object: BootstrapObject | undefined;
  /** EF DM_Bootstrap. */
  readonly location: FileLocation;
  readonly info: FileInfo;
  readonly region: Region;
}

/** A card without these is not wrong: a write adds them. */
export const WRITE_ADDS = ['CARD_NO_PKCS15', 'CARD_NO_DODF', 'CARD_NO_BOOTSTRAP'];

/**
 * @throws CardError where a file is missing, malformed, of another structure, deactivated, or in use otherwise
 */
export async function chooseTarget(
  session: CardSession,
  survey: Survey,
  request: WriteRequest,
): Promise<WriteTarget> {
  const { application, odf } = survey;
  const [failure] = survey.findings.failures;
  if (!application || !odf) {
    throw withNext(
      failure ?? new CardError('CARD_NO_PKCS15', 'the card has no PKCS#15 application'),
      'The files are not there yet: `simboot card create-files` makes them, where the card allows it.',
    );
  }
  refuseUnclear(survey);
  const dodf = survey.object?.dodf ?? (await chooseDodf(session, survey, application, request));
  // A write that was interrupted may have left its entry in a directory that EF(ODF) does not name yet.
  const object = survey.object ?? bootstrapInUnlisted(session, application, odf, dodf, survey.findings);
  refuseBroken(odf);
  refuseBroken(dodf);
  const location = object?.location ?? under(application, request.file ?? FID.DM_BOOTSTRAP);
  refuseOtherFile(object, request);
  refuseDirectory(location, [odf, dodf, ...survey.dodfs, ...survey.aodfs]);
  refuseForeignObject(application, location, [dodf, ...survey.dodfs], object);
  // The bootstrap's file often has the rule of its directory; a private one has not.
  if (!object?.entry.common.flags?.private) await session.prefetchRule(dodf.location);
  const info = await requireFile(session, location, 'EF(DM_Bootstrap)');
  requireUsable(info, location);
  const region = regionOf({ location, ...(object?.part ? { part: object.part } : {}) }, info);
  return { application, odf, dodf, object, location, info, region };
}

export function under({ location }: ApplicationView, fid: number): FileLocation {
  return { application: location, relative: [fid] };
}

/** An entry of ours that leads nowhere would go on misleading devices, whatever else is written. */
function refuseUnclear({ dodfs, object, findings }: Survey): void {
  if (object) return;
  const blocking = findings.failures.find(({ code }) => !WRITE_ADDS.includes(code));
  const hasEntry = dodfs.some(({ entries }) => findDmBootstrapObjects(entries).length > 0);
  const isUnread = blocking !== undefined && blocking.code !== 'CARD_FILE_NOT_FOUND';
  if (blocking && (hasEntry || isUnread)) throw blocking;
}

async function chooseDodf(
  session: CardSession,
  survey: Survey,
  application: ApplicationView,
  request: WriteRequest,
): Promise<FileView<DataObject>> {
  const location = under(application, request.dodf ?? FID.DODF);
  const listed = survey.dodfs.find((dodf) => locationKey(dodf.location) === locationKey(location));
  if (listed) return listed;
  await requireFile(session, location, 'EF(DODF)');
  return readDirectory(session, location, 'EF(DODF)', decodeDodf, survey.findings);
}

/** @throws CardError `CARD_FILE_NOT_FOUND` that says how the file comes into being */
async function requireFile(session: CardSession, location: FileLocation, name: string): Promise<FileInfo> {
  try {
    return await session.info(location);
  } catch (error) {
    if (!(error instanceof CardError) || error.code !== 'CARD_FILE_NOT_FOUND') throw error;
    throw new CardError('CARD_FILE_NOT_FOUND', `${name} ${locationText(location)} is not on the card`, {
      cause: error,
      details: { file: locationText(location) },
      next: 'Name another file, or make it with `simboot card create-files`, where the card allows it.',
    });
  }
}

export function refuseBroken(view: FileView<unknown>): void {
  if (view.broken) throw brokenOff(view);
}

export function brokenOff({ file, end }: FileView<unknown>): CardError {
  return new CardError('CARD_DIRECTORY_MALFORMED', `${file} breaks off at octet ${end}`, {
    details: { file, offset: end },
  });
}

function refuseOtherFile(object: BootstrapObject | undefined, { file }: WriteRequest): void {
  if (!object || file === undefined) return;
  const path = 'path' in object.location ? object.location.path : object.location.relative;
  if (path.at(-1) === file) return;
  const wanted = file.toString(16).toUpperCase().padStart(4, '0');
  throw new CardError(
    'CARD_BOOTSTRAP_ELSEWHERE',
    `the card's entry leads to ${locationText(object.location)}, not to ${wanted}`,
    {
      details: { file: locationText(object.location), wanted },
      next: 'Leave --file out; or erase with --remove-entry first, then write to the other file.',
    },
  );
}

function refuseDirectory(location: FileLocation, directories: readonly FileView<unknown>[]): void {
  const same = directories.find((view) => locationKey(view.location) === locationKey(location));
  if (!same) return;
  throw new CardError('CARD_PATH_LOOP', `${locationText(location)} is ${same.file} already`, {
    details: { file: locationText(location) },
    next: 'Choose another file for the document.',
  });
}

/** The file of an LwM2M bootstrap, for example, is not ours to write. */
function refuseForeignObject(
  application: ApplicationView,
  location: FileLocation,
  dodfs: readonly FileView<DataObject>[],
  object: BootstrapObject | undefined,
): void {
  for (const { file, entries } of dodfs) {
    const ours = findDmBootstrapObjects(entries);
    const owner = entries.find(
      (entry) => !ours.includes(entry) && !object?.part && leadsTo(application, entry, location, file),
    );
    if (!owner) continue;
    const name = owner.common.label ?? owner.applicationOid ?? owner.form;
    throw new CardError('CARD_PATH_LOOP', `${locationText(location)} belongs to another object ("${name}")`, {
      details: { file: locationText(location), owner: name },
      next: 'Choose another file for the document.',
    });
  }
}

function leadsTo(
  application: ApplicationView,
  { value }: DataObject,
  location: FileLocation,
  file: string,
): boolean {
  if (value.kind !== 'indirect') return false;
  try {
    return locationKey(resolvePath(application.location, value.path, file)) === locationKey(location);
  } catch (error) {
    // A path that leads nowhere is another entry's trouble.
    if (error instanceof CardError) return false;
    throw error;
  }
}

function withNext(error: SimbootError, next: string): SimbootError {
  if (![...WRITE_ADDS, 'CARD_FILE_NOT_FOUND'].includes(error.code)) return error;
  return new CardError('CARD_NO_PKCS15', error.message, { cause: error, details: error.details, next });
}
