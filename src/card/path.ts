/** Where files are: locations resolved to what a SELECT needs (TS 102 221 §8.4, TS 51.011 §6.5). */
import { hex16, toHex } from '../bytes/index.js';
import { CardError, DataError } from '../errors/index.js';
import type { ApplicationLocation, FileLocation, FilePath } from './card.js';
import { fileName } from './names.js';

export const MF = 0x3f00;
/** Stands for the current ADF at the start of a path (TS 102 221 §8.4.2). */
export const CURRENT_ADF = 0x7fff;
/** Deeper than any SIM or UICC nests; a longer path comes from damaged data. */
const MAX_DEPTH = 8;

/** A resolved location: `fids` below the MF, or below the ADF of `application`. */
export interface Target {
  readonly application?: ApplicationLocation;
  readonly fids: FilePath;
  /** Another place for the same file: where the AID is not known to the card, or wherever nothing is found. */
  readonly otherwise?: { readonly when: 'no-application' | 'not-found'; readonly target: Target };
}

/**
 * A path of a directory file (ODF, DODF …) as a location: relative paths, and absolute ones below the application's
 * own path, are under the application; others under the MF.
 *
 * @param path absolute if it starts with 3F00, otherwise relative to the application
 * @example
 * const application = { aid: AID_PKCS15 };
 * locate(application, [0x6431]) // → { application, relative: [0x6431] }
 */
export function locate(application: ApplicationLocation, path: FilePath): FileLocation {
  if (path[0] === CURRENT_ADF) return { application, relative: path.slice(1) };
  if (path[0] !== MF) return { application, relative: path };
  return { application, path };
}

/**
 * The target in 3G mode. Files of an application are reached under its AID; if the card has the application as a
 * plain DF, by path.
 *
 * @throws DataError `DATA_PATH`
 */
export function target3g(location: FileLocation): Target {
  if ('relative' in location) {
    const { application } = location;
    const fids = checkPath(location.relative, 'relative');
    const own = usablePath(application);
    return underApplication(application, fids, own && [...own, ...fids]);
  }
  const { application } = location;
  const path = checkPath(location.path, 'absolute');
  if (!application) return { fids: path.slice(1) };
  const own = usablePath(application);
  if (own) {
    const below = own.length > 1 && own.every((fid, i) => path[i] === fid);
    return below ? underApplication(application, path.slice(own.length), path) : { fids: path.slice(1) };
  }
  if (path.length < 3) return { fids: path.slice(1) };
  // The card does not say where the application is: most likely it is the DF that the path goes through.
  const byPath = { when: 'not-found', target: { fids: path.slice(1) } } as const;
  return { application, fids: path.slice(2), otherwise: byPath };
}

/** The application's path where it can be used; a wrong one in EF(DIR) does not matter as long as there is an AID. */
function usablePath({ path }: ApplicationLocation): FilePath | undefined {
  const isUsable = path && path[0] === MF && path.length <= MAX_DEPTH && new Set(path).size === path.length;
  return isUsable ? path : undefined;
}

function underApplication(
  application: ApplicationLocation,
  fids: FilePath,
  path: FilePath | undefined,
): Target {
  if (!path) return { application, fids };
  const target = { fids: checkPath(path, 'absolute').slice(1) };
  return { application, fids, otherwise: { when: 'no-application', target } };
}

/**
 * The absolute path in 2G mode, where everything is reached from the MF.
 *
 * @throws CardError `CARD_APPLICATION_UNREACHABLE` if the application has no path
 * @throws DataError `DATA_PATH`
 */
export function path2g(location: FileLocation): FilePath {
  if (!('relative' in location)) return checkPath(location.path, 'absolute');
  const { application, relative } = location;
  if (!application.path) {
    throw new CardError(
      'CARD_APPLICATION_UNREACHABLE',
      `application ${toHex(application.aid).toUpperCase()} has no path in EF(DIR), and 2G mode cannot select by AID`,
    );
  }
  return checkPath([...application.path, ...checkPath(relative, 'relative')], 'absolute');
}

function checkPath(path: FilePath, kind: 'absolute' | 'relative'): FilePath {
  const fail = (why: string): never => {
    throw new DataError('DATA_PATH', `path ${formatPath(path)} ${why}`, {
      details: { path: formatPath(path) },
    });
  };
  if (path.some((fid) => !Number.isInteger(fid) || fid < 0 || fid > 0xffff)) {
    fail('has a file identifier that is not two octets');
  }
  if (path.length > MAX_DEPTH) fail(`is ${path.length} levels deep; ${MAX_DEPTH} is the most`);
  if (kind === 'absolute' && path[0] !== MF) fail('does not start at the MF (3F00)');
  const below = kind === 'absolute' ? path.slice(1) : path;
  if (below.includes(MF)) fail('comes back to the MF (3F00)');
  if (below.includes(CURRENT_ADF)) fail('holds 7FFF, which is no file');
  // A file never has the identifier of a directory above it (TS 102 221 §8.6): selecting it would run in a circle.
  if (new Set(path).size < path.length) fail('names a directory twice');
  return path;
}

/**
 * `3F00/7F50/6431`.
 *
 * @example formatPath([0x3f00, 0x7f50, 0x6431]) // → '3F00/7F50/6431'
 */
export function formatPath(path: FilePath): string {
  return path.map((fid) => hex16(fid)).join('/') || '(empty)';
}

/**
 * A location for messages: `EF 6431 (3F00/7F50/6431)`, `EF(ODF) 5031 (A000…/5031)`.
 *
 * @example describeLocation({ path: [0x3f00, 0x7f50, 0x5031] }) // → 'EF(ODF) 5031 (3F00/7F50/5031)'
 */
export function describeLocation(location: FileLocation): string {
  const path = 'relative' in location ? location.relative : location.path;
  const prefix = 'relative' in location ? [toHex(location.application.aid).toUpperCase()] : [];
  const where = [...prefix, ...path.map((fid) => hex16(fid))].join('/');
  const last = path.at(-1);
  if (last === undefined) return `application ${where}`;
  if (last === MF && path.length === 1) return 'MF (3F00)';
  return `${fileName(path) ?? `${looksLikeDf(last) ? 'DF' : 'EF'} ${hex16(last)}`} (${where})`;
}

/** By convention DFs are 7Fxx and 5Fxx below the MF (TS 51.011 §6.2, TS 102 221 §8.6). */
export function looksLikeDf(fid: number): boolean {
  return [0x7f, 0x5f, 0x3f].includes(fid >> 8);
}

/** One text per file, for caches: the AID or `MF`, then the file identifiers. */
export function targetKey(target: Target): string {
  const root = target.application ? toHex(target.application.aid) : 'MF';
  return [root, ...target.fids.map((fid) => hex16(fid))].join('/');
}

/** The DF that holds the file; an ADF and the files of the MF are held by the MF. */
export function parentTarget(target: Target): Target | undefined {
  const { application, fids } = target;
  if (fids.length > 0) return { ...(application ? { application } : {}), fids: fids.slice(0, -1) };
  return application ? { fids: [] } : undefined;
}
