/** The files of Appendix G on a card that has none (TS 102 222 §6.3): 3G mode, with the key of the card issuer. */
import { decodeTlvs, findTlv } from '../../bytes/index.js';
import type { Card, FileLocation, FileSpec, SecurityAttributes } from '../../card/index.js';
import { CardError } from '../../errors/index.js';
import { AID_PKCS15 } from '../../pkcs15/index.js';
import { DEFAULT_APPLICATION_PATH } from './application.js';
import { planDirRecord } from './dir-record.js';
import { type Survey, survey } from './directory.js';
import type { CardKeys } from './keys.js';
import { FID, locationText, MF } from './paths.js';
import { withSession } from './read.js';
import { type CardSession, exists } from './session.js';

/** Access rules of the new files, as the card wants them: reference to EF.ARR (8B), compact (8C) or expanded (AB). */
export interface FileSecurity {
  /** DF or ADF. */
  readonly directory: SecurityAttributes;
  /** EF(ODF), EF(TokenInfo), EF(DODF), EF(AODF): READ always, UPDATE ADM. */
  readonly public: SecurityAttributes;
  /** EF DM_Bootstrap: READ always or PIN, UPDATE ADM. */
  readonly bootstrap: SecurityAttributes;
}

/** Octets of content. */
export interface FileSizes {
  readonly odf: number;
  readonly tokenInfo: number;
  readonly dodf: number;
  readonly bootstrap: number;
  /** Made only if given. */
  readonly aodf?: number;
}

/** Sizes in octets of the files that `createFiles` makes unless told otherwise. */
export const DEFAULT_SIZES: FileSizes = { odf: 32, tokenInfo: 64, dodf: 128, bootstrap: 2048 };

export interface CreateRequest {
  readonly security: FileSecurity;
  readonly keys?: CardKeys;
  readonly sizes?: Partial<FileSizes>;
  /** File identifiers; 7F50, 5031, 5032, 6420, 6440, 6431 unless told. */
  readonly fids?: { readonly dodf?: number; readonly aodf?: number; readonly bootstrap?: number };
  /** Content of the PIN status template (C6) of the new DF; that of the MF unless told. */
  readonly pinTemplate?: Uint8Array;
  /** Say what would be done. */
  readonly dryRun?: boolean;
}

export interface CreateResult {
  readonly created: readonly string[];
  /** Files that were there already, and are left as they are. */
  readonly kept: readonly string[];
  readonly dirRecord: 'added' | 'kept';
}

/** FCP, allocation and records take room in the DF besides the content (a rough allowance for each file). */
const OVERHEAD = 32;

/**
 * Creates what is missing of the PKCS#15 application, then adds its record to EF(DIR). Files that exist stay as they
 * are. New files are blank: `planWrite` fills them.
 *
 * @throws CardError `CARD_MODE` in 2G mode, `CARD_DIRECTORY_FULL` before anything is created, `CARD_MEMORY`;
 *   SecurityError if the ADM is missing or refused
 * @example
 * const [channel] = await openReader('sim:uicc-no-pkcs15');
 * const rule: SecurityAttributes = { form: 'referenced', tag: 0x8b, bytes: fromHex('2F0601') }; // record 1 of EF(ARR)
 * const security = { directory: rule, public: rule, bootstrap: rule };
 * const keys = { adm: parseKeyValue({ ascii: '12345678' }) };
 * (await createFiles(await openCard(channel!), { security, keys })).dirRecord // → 'added'
 */
export async function createFiles(card: Card, request: CreateRequest): Promise<CreateResult> {
  if (card.mode === '2g') {
    throw new CardError('CARD_MODE', 'files cannot be created in 2G mode', {
      next: 'Use --mode 3g on a UICC; on a SIM the files come with the card’s own tools.',
    });
  }
  return withSession(card, request.keys ?? {}, async (session) => {
    const found = await survey(session, { applicationPath: DEFAULT_APPLICATION_PATH });
    if (!found.dir) throw found.findings.failures[0]!;
    // A full EF(DIR) has to be known before the first file is there.
    const dirUpdates = planDirRecord(found.dir, applicationOf(found), session.card.maxUpdate);
    const { missing, kept } = await compare(session, found, request);
    const created = missing.map(({ file }) => file);
    const dirRecord = dirUpdates.length > 0 ? 'added' : 'kept';
    if (request.dryRun) return { created, kept, dirRecord };
    for (const { parent, spec } of missing) {
      await session.unlock(parent, spec.kind === 'df' ? 'create-df' : 'create');
      await session.cardFor(parent).createFile(parent, spec);
    }
    for (const { location, record, data, offset, purpose } of dirUpdates) {
      await session.unlock(location, 'update');
      if (record === undefined) await session.update(location, { offset, data, purpose });
      else await session.updateRecord(location, record, data);
    }
    return { created, kept, dirRecord };
  });
}

function applicationOf({ application }: Survey) {
  return application?.location ?? { aid: AID_PKCS15, path: DEFAULT_APPLICATION_PATH };
}

interface Missing {
  readonly file: string;
  readonly parent: FileLocation;
  readonly spec: FileSpec;
}

async function compare(
  session: CardSession,
  found: Survey,
  request: CreateRequest,
): Promise<{ missing: Missing[]; kept: string[] }> {
  const application = applicationOf(found);
  const directory: FileLocation = { application, relative: [] };
  const files = elementaryFiles(request);
  const missing: Missing[] = [];
  const kept: string[] = [];
  const isThere = found.application !== undefined;
  if (isThere) kept.push(locationText(directory));
  else {
    const pinTemplate = request.pinTemplate ?? (await pinTemplateOfMf(session));
    missing.push({
      file: locationText(directory),
      parent: { path: MF },
      spec: directorySpec(files, request, pinTemplate),
    });
  }
  for (const spec of files) {
    const location = { application, relative: [spec.fid] };
    const file = locationText(location);
    if (isThere && (await exists(session, location))) kept.push(file);
    else missing.push({ file, parent: directory, spec });
  }
  return { missing, kept };
}

type ElementaryFile = Extract<FileSpec, { kind: 'ef' }>;

function elementaryFiles({ security, sizes = {}, fids = {} }: CreateRequest): ElementaryFile[] {
  const size = { ...DEFAULT_SIZES, ...sizes };
  const file = (fid: number, octets: number, rule: SecurityAttributes): ElementaryFile => ({
    kind: 'ef',
    fid,
    structure: 'transparent',
    size: octets,
    security: rule,
  });
  return [
    file(FID.ODF, size.odf, security.public),
    file(FID.TOKEN_INFO, size.tokenInfo, security.public),
    file(fids.dodf ?? FID.DODF, size.dodf, security.public),
    ...(size.aodf === undefined ? [] : [file(fids.aodf ?? FID.AODF, size.aodf, security.public)]),
    file(fids.bootstrap ?? FID.DM_BOOTSTRAP, size.bootstrap, security.bootstrap),
  ];
}

function directorySpec(
  files: readonly ElementaryFile[],
  { security }: CreateRequest,
  pinTemplate: Uint8Array | undefined,
): FileSpec {
  return {
    kind: 'df',
    fid: FID.DF_PKCS15,
    aid: AID_PKCS15,
    security: security.directory,
    totalSize: files.reduce((sum, { size }) => sum + size + OVERHEAD, 0),
    ...(pinTemplate ? { pinTemplate } : {}),
  };
}

/** A new DF needs one (TS 102 222 §6.3.2.2.2), and its PINs are those of the card. */
async function pinTemplateOfMf(session: CardSession): Promise<Uint8Array | undefined> {
  const { raw } = await session.info({ path: MF });
  const [fcp] = decodeTlvs(raw);
  return fcp && findTlv(decodeTlvs(fcp.value), 0xc6)?.value;
}
