/** EF(DIR) and the PKCS#15 application (DM 2.0 G.1, G.2.1, G.3.1; TS 102 221 §13.1). */
import { toHex } from '../../bytes/index.js';
import type { ApplicationLocation, FileInfo, FileLocation, FilePath } from '../../card/index.js';
import { CardError } from '../../errors/index.js';
import {
  AID_PKCS15,
  type ApplicationTemplate,
  decodeDir,
  decodeDirRecord,
  matchPkcs15Aid,
} from '../../pkcs15/index.js';
import type { Findings } from './findings.js';
import { EF_DIR, FID, fidText, MF } from './paths.js';
import { type CardSession, isAboutTheCard } from './session.js';

export const DIR: FileLocation = { path: EF_DIR };
const DIR_NAME = 'EF(DIR)';

interface DirRecord {
  /** From 1 up. */
  readonly record: number;
  readonly bytes: Uint8Array;
}

/** EF(DIR), read up to our record. A transparent one has no records, but content. */
export interface DirView {
  readonly info: FileInfo;
  readonly records: readonly DirRecord[];
  readonly content?: Uint8Array;
  readonly end?: number;
  readonly ours?: { readonly record: number; readonly template: ApplicationTemplate };
}

/** The application as it can be reached in the session's mode. */
export interface ApplicationView {
  readonly location: ApplicationLocation;
  readonly info: FileInfo;
}

/**
 * Reads EF(DIR) until it finds the PKCS#15 application.
 *
 * @returns undefined if EF(DIR) itself cannot be read; the findings say why
 */
export async function readDir(session: CardSession, findings: Findings): Promise<DirView | undefined> {
  try {
    const info = await session.info(DIR);
    if (info.structure === 'transparent') {
      findings.note('warning', 'dir-not-records', DIR_NAME, 'EF(DIR) is transparent, not linear fixed (G.1)');
      return transparentDir(info, await session.content(DIR), findings);
    }
    return await readRecords(session, info, findings);
  } catch (error) {
    if (!isAboutTheCard(error)) throw error;
    findings.fail(error, DIR_NAME);
    return undefined;
  }
}

async function readRecords(session: CardSession, info: FileInfo, findings: Findings): Promise<DirView> {
  const records: DirRecord[] = [];
  const count = info.recordCount ?? 254;
  for (let record = 1; record <= count; record++) {
    const bytes = await readRecordUnlessPast(session, record, info.recordCount === undefined);
    if (bytes === undefined) break;
    records.push({ record, bytes });
    if (templateOf(bytes)) break;
  }
  return withOurs(info, records, findings);
}

async function readRecordUnlessPast(
  session: CardSession,
  record: number,
  countUnknown: boolean,
): Promise<Uint8Array | undefined> {
  try {
    return await session.record(DIR, record);
  } catch (error) {
    if (countUnknown && error instanceof CardError && error.code === 'CARD_RECORD_NOT_FOUND')
      return undefined;
    throw error;
  }
}

function transparentDir(info: FileInfo, content: Uint8Array, findings: Findings): DirView {
  const { entries, end, findings: found } = decodeDir(content);
  findings.adopt(found, DIR_NAME);
  const template = entries.find(({ aid }) => matchPkcs15Aid(aid));
  return { info, records: [], content, end, ...(template ? { ours: { record: 0, template } } : {}) };
}

function withOurs(info: FileInfo, records: readonly DirRecord[], findings: Findings): DirView {
  const last = records.at(-1);
  const found = last && templateOf(last.bytes);
  if (!last || !found) return { info, records };
  findings.adopt(found.findings, `${DIR_NAME} record ${last.record}`);
  return { info, records, ours: { record: last.record, template: found.template } };
}

function templateOf(bytes: Uint8Array) {
  if (bytes[0] !== 0x61) return undefined;
  const { entries: template, findings } = decodeDirRecord(bytes);
  return template && matchPkcs15Aid(template.aid) ? { template, findings } : undefined;
}

/**
 * Selects the application: 3G by its AID on a logical channel, 2G by its path.
 *
 * @param fallback where to look although EF(DIR) does not tell (a writer that is about to add its record)
 */
export async function openApplication(
  session: CardSession,
  dir: DirView | undefined,
  findings: Findings,
  fallback?: FilePath,
): Promise<ApplicationView | undefined> {
  const template = dir?.ours?.template;
  if (!template && fallback === undefined) {
    if (dir) {
      const next = '`simboot card create-files` makes it, where the card allows it and its ADM is known.';
      const error = new CardError('CARD_NO_PKCS15', 'EF(DIR) has no PKCS#15 application', { next });
      findings.fail(error, DIR_NAME);
    }
    return undefined;
  }
  const path = template?.path ?? fallback;
  const location = { aid: template?.aid ?? AID_PKCS15, ...(path ? { path } : {}) };
  if (template && template.path === undefined) noteMissingPath(session, findings, path);
  if (session.mode === '2g' && path === undefined) return undefined;
  const application = await select(session, location, findings);
  // Outside of what may become a finding: without the secure channel that was asked for nothing goes on.
  if (application) await secure(session, application, findings);
  return application;
}

async function secure(
  session: CardSession,
  { location, info }: ApplicationView,
  findings: Findings,
): Promise<void> {
  for (const warning of await session.channel.secure(location, info)) {
    findings.note('warning', 'secure-channel', 'security domain', warning);
  }
}

/** In 3G mode the AID leads there as well: what the decoder noted is enough. */
function noteMissingPath(session: CardSession, findings: Findings, fallback: FilePath | undefined): void {
  if (session.mode === '3g') return;
  const where = `${DIR_NAME} PKCS#15 record`;
  const message = 'the record has no path (tag 51), which DM 2.0 G.1 asks for';
  if (fallback) findings.note('error', 'dir-no-path', where, message);
  else
    findings.fail(
      new CardError('CARD_NO_PKCS15', `${message}; in 2G mode nothing else leads there`, {
        details: { unreachable: true },
      }),
      where,
    );
}

async function select(
  session: CardSession,
  location: ApplicationLocation,
  findings: Findings,
): Promise<ApplicationView | undefined> {
  const where =
    session.mode === '3g' ? `application ${toHex(location.aid).toUpperCase()}` : fidText(location.path ?? []);
  try {
    if (!(await session.channel.open())) {
      findings.note(
        'info',
        'no-logical-channel',
        'card',
        'no logical channel to open; the basic channel is used',
      );
    }
    const info = await session.application(location);
    if (location.path !== undefined || info.fid === undefined) return { location, info };
    return { location: { ...location, path: [...MF, info.fid] }, info };
  } catch (error) {
    if (!isAboutTheCard(error)) throw error;
    findings.fail(error, where);
    return undefined;
  }
}

/** The place for the DF of a new application. */
export const DEFAULT_APPLICATION_PATH: FilePath = [...MF, FID.DF_PKCS15];
