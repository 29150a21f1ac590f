/** Our record of EF(DIR) (DM 2.0 G.1): added where none is, completed where it has no path. Others stay untouched. */
import { equal, padEnd } from '../../bytes/index.js';
import type { ApplicationLocation } from '../../card/index.js';
import { CardError } from '../../errors/index.js';
import { encodeDirEntry, isFreeDirRecord } from '../../pkcs15/index.js';
import { DEFAULT_APPLICATION_PATH, DIR, type DirView } from './application.js';
import { desiredTemplate } from './desired.js';
import { DirectoryEditor } from './editor.js';
import { locationText } from './paths.js';
import type { PlannedUpdate } from './plan-types.js';
import { requireUsable } from './session.js';

const FILE = `EF(DIR) ${locationText(DIR)}`;

/**
 * The updates that make EF(DIR) lead to the application: none where it does.
 *
 * @throws CardError `CARD_DIRECTORY_FULL` where no record is free, or the record is too short; `CARD_FILE_TOO_LARGE`
 *   where one command cannot carry a record
 */
export function planDirRecord(
  dir: DirView,
  application: ApplicationLocation,
  maxUpdate: number,
): PlannedUpdate[] {
  if (dir.ours?.template.path !== undefined) return [];
  const path = application.path ?? DEFAULT_APPLICATION_PATH;
  const der = encodeDirEntry(desiredTemplate({ ...application, path }, dir.ours?.template));
  if (dir.info.structure === 'transparent') return planTransparent(dir, der, maxUpdate);
  return planRecord(dir, der, maxUpdate);
}

function planRecord(dir: DirView, der: Uint8Array, maxUpdate: number): PlannedUpdate[] {
  const target = dir.ours
    ? dir.records.find(({ record }) => record === dir.ours?.record)
    : dir.records.find(({ bytes }) => isFreeDirRecord(bytes) || bytes[0] === 0xff);
  if (!target) {
    throw new CardError(
      'CARD_DIRECTORY_FULL',
      `${FILE} has ${dir.records.length} records, none of them free`,
      {
        details: { file: FILE, records: dir.records.length },
      },
    );
  }
  const { record, bytes: old } = target;
  const missing = der.length - old.length;
  if (missing > 0) {
    throw new CardError(
      'CARD_DIRECTORY_FULL',
      `${FILE} record ${record} has ${old.length} octets, the application template has ${der.length}: ${missing} too many`,
      { details: { file: FILE, record, size: old.length, needed: der.length, missing } },
    );
  }
  if (old.length > maxUpdate) {
    throw new CardError(
      'CARD_FILE_TOO_LARGE',
      `${FILE} has records of ${old.length} octets, and a command carries ${maxUpdate} here`,
      {
        details: { file: FILE, size: old.length, most: maxUpdate },
        next: 'A secure channel carries less: write the record of EF(DIR) without it, then everything else inside.',
      },
    );
  }
  const complete = padEnd(der, old.length);
  const hidden = Uint8Array.of(0xff, ...complete.subarray(1));
  const update = (data: Uint8Array, purpose: string): PlannedUpdate => ({
    file: FILE,
    location: DIR,
    record,
    offset: 0,
    data,
    purpose,
    secret: false,
  });
  const hide = equal(hidden, old) ? [] : [update(hidden, 'record with its first octet FF: not in use')];
  return [...hide, update(complete, 'record with its first octet: in use')];
}

/** Foreign cards only: the template stands among others in one transparent file. */
function planTransparent(dir: DirView, der: Uint8Array, maxUpdate: number): PlannedUpdate[] {
  requireUsable(dir.info, DIR);
  const editor = new DirectoryEditor(
    { file: FILE, location: DIR, content: dir.content ?? new Uint8Array(0), end: dir.end ?? 0 },
    maxUpdate,
  );
  const ours = dir.ours?.template;
  if (ours) editor.replace({ offset: ours.offset, length: ours.der.length }, der);
  else editor.append(der);
  return editor.updates;
}
