/** Where a PKCS#15 path leads (PKCS#15 v1.1 §6.1.5, TS 102 221 §8.4.2): under the application where that is possible. */
import { hex16, toHex } from '../../bytes/index.js';
import type { ApplicationLocation, FileLocation, FilePath } from '../../card/index.js';
import { CardError } from '../../errors/index.js';
import type { Pkcs15Path } from '../../pkcs15/index.js';

export const MF: FilePath = [0x3f00];
export const EF_DIR: FilePath = [0x3f00, 0x2f00];
export const EF_ICCID: FilePath = [0x3f00, 0x2fe2];
/** File identifiers of PKCS#15 (v1.1 §5.5) and the ones that DM 2.0 G.4 gives or leaves to the issuer. */
export const FID = {
  ODF: 0x5031,
  TOKEN_INFO: 0x5032,
  DODF: 0x6420,
  AODF: 0x6440,
  /** 6430 is the custom of LwM2M bootstraps, so it is not ours. */
  DM_BOOTSTRAP: 0x6431,
  DF_PKCS15: 0x7f50,
} as const;

/** "The current application" in a path (TS 102 221 §8.4.2). */
const CURRENT_ADF = 0x7fff;

/**
 * The file that a path names. Absolute paths inside the application's DF are taken relative to it, because an ADF
 * need not be reachable from the MF.
 *
 * @throws CardError `CARD_PATH_LOOP` for a path that names the MF or the application itself
 */
export function resolvePath(
  application: ApplicationLocation,
  { path }: Pkcs15Path,
  where: string,
): FileLocation {
  const relative = relativePath(application, path);
  if (relative === undefined && path.length > 1) {
    // Without a path of its own the application may still be what the path goes through; the card room tries both.
    return application.path === undefined ? { path, application } : { path };
  }
  if (relative === undefined || relative.length === 0) {
    throw new CardError(
      'CARD_PATH_LOOP',
      `${where}: the path ${fidText(path)} names a directory, not a file`,
      {
        details: { where, path: fidText(path) },
      },
    );
  }
  return { application, relative };
}

/** The path below the application, or undefined if it leads elsewhere. */
function relativePath({ path: own }: ApplicationLocation, path: FilePath): FilePath | undefined {
  const fromMf = path[0] === MF[0];
  const rest = fromMf ? path.slice(1) : path;
  if (rest[0] === CURRENT_ADF) return rest.slice(1);
  const ownRest = own?.slice(1);
  // A path that starts with the application's own DF identifier forgot only the 3F00 in front.
  if (ownRest && ownRest.length > 0 && ownRest.every((fid, index) => rest[index] === fid)) {
    return rest.slice(ownRest.length);
  }
  return fromMf ? undefined : path;
}

/** The path for a new entry: relative, or absolute where the caller asks for it and the DF has a path. */
export function entryPath(
  application: ApplicationLocation,
  relative: FilePath,
  style: 'relative' | 'absolute',
): Pkcs15Path {
  if (style === 'relative' || application.path === undefined) return { path: relative };
  return { path: [...application.path, ...relative] };
}

/** The path from the MF where it is known. */
export function absolutePath(location: FileLocation): FilePath | undefined {
  if ('path' in location) return location.path;
  const own = location.application.path;
  return own === undefined ? undefined : [...own, ...location.relative];
}

/** `3F00/7F50/6420`; `ADF/6420` where the application has no known path. */
export function locationText(location: FileLocation): string {
  const absolute = absolutePath(location);
  if (absolute) return fidText(absolute);
  return 'path' in location ? fidText(location.path) : `ADF/${fidText(location.relative)}`;
}

export function fidText(path: FilePath): string {
  return path.map(hex16).join('/');
}

/** The same text for two locations exactly when they are the same file. */
export function locationKey(location: FileLocation): string {
  if ('path' in location || location.application.path !== undefined) return locationText(location);
  return `${toHex(location.application.aid)}/${fidText(location.relative)}`;
}
