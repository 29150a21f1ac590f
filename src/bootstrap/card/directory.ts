/** From the application to the bootstrap object: EF(ODF), EF(DODF) in their order, EF(AODF) (DM 2.0 G.4.1, G.4.2). */
import type { FileInfo, FileLocation, FilePath } from '../../card/index.js';
import { CardError } from '../../errors/index.js';
import {
  type AuthObject,
  type DataObject,
  type Decoded,
  decodeAodf,
  decodeDodf,
  decodeOdf,
  findDmBootstrapObjects,
  type OdfEntry,
  OID_DM_BOOTSTRAP,
} from '../../pkcs15/index.js';
import { type ApplicationView, type DirView, openApplication, readDir } from './application.js';
import type { Region } from './content.js';
import { Findings } from './findings.js';
import { FID, locationKey, locationText, resolvePath } from './paths.js';
import { type CardSession, isAboutTheCard } from './session.js';

/** One directory file, decoded. */
export interface FileView<Entry> {
  /** Path for people, such as `3F00/7F50/6420`. */
  readonly file: string;
  readonly location: FileLocation;
  readonly info: FileInfo;
  readonly content: Uint8Array;
  readonly entries: readonly Entry[];
  /** Octets that entries occupy. */
  readonly end: number;
  /** Whether the row of entries breaks off; such a file must not be written. */
  readonly broken: boolean;
}

/** The data object with our identifier, and where its content is. */
export interface BootstrapObject {
  readonly dodf: FileView<DataObject>;
  readonly entry: DataObject;
  readonly location: FileLocation;
  /** Part of the file, where the path has index and length. */
  readonly part?: Region;
}

export interface Survey {
  readonly dir: DirView | undefined;
  readonly application: ApplicationView | undefined;
  readonly odf: FileView<OdfEntry> | undefined;
  readonly dodfs: readonly FileView<DataObject>[];
  readonly aodfs: readonly FileView<AuthObject>[];
  readonly object: BootstrapObject | undefined;
  readonly findings: Findings;
}

export interface SurveyOptions {
  /** Read every directory, also behind the bootstrap object; otherwise stop where a device stops. */
  readonly all?: boolean;
  /** Where to look for the application although EF(DIR) does not tell. */
  readonly applicationPath?: FilePath;
}

/**
 * Walks the card as a device does (G.2.5, G.3.5). Oddities become findings; `findings.failures` holds the
 * reasons why no bootstrap object was found.
 *
 * @throws ReaderError if the card is gone
 */
export async function survey(session: CardSession, options: SurveyOptions = {}): Promise<Survey> {
  const findings = new Findings();
  const dir = await readDir(session, findings);
  const application = await openApplication(session, dir, findings, options.applicationPath);
  if (!application) {
    return { dir, application, odf: undefined, dodfs: [], aodfs: [], object: undefined, findings };
  }
  const walk = new Walk(session, application, findings);
  return {
    dir,
    application,
    ...(await walk.run(odfLocation(dir, application), options.all === true)),
    findings,
  };
}

function odfLocation(dir: DirView | undefined, { location }: ApplicationView): FileLocation {
  const named = dir?.ours?.template.ddo?.odfPath;
  return named
    ? resolvePath(location, named, 'EF(DIR) odfPath')
    : { application: location, relative: [FID.ODF] };
}

/**
 * Reads one directory file.
 *
 * @throws the errors of the file; what is odd in it becomes findings
 */
export async function readDirectory<Entry>(
  session: CardSession,
  location: FileLocation,
  name: string,
  decode: (bytes: Uint8Array) => Decoded<readonly Entry[]>,
  into: Findings,
): Promise<FileView<Entry>> {
  const file = `${name} ${locationText(location)}`;
  const content = await session.content(location);
  const { entries, findings, end } = decode(content);
  into.adopt(findings, file);
  const broken = findings.some(({ code }) => code === 'framing');
  return { file, location, info: await session.info(location), content, entries, end, broken };
}

/** The EF(AODF)s that EF(ODF) names, in their order. */
export function readAuthDirectories(
  session: CardSession,
  application: ApplicationView,
  odf: FileView<OdfEntry>,
  findings: Findings,
): Promise<FileView<AuthObject>[]> {
  return new Walk(session, application, findings).authDirectories(odf);
}

/** The bootstrap object of a directory that EF(ODF) does not name yet. */
export function bootstrapInUnlisted(
  session: CardSession,
  application: ApplicationView,
  odf: FileView<OdfEntry>,
  dodf: FileView<DataObject>,
  findings: Findings,
): BootstrapObject | undefined {
  return new Walk(session, application, findings).bootstrapIn(dodf, odf);
}

/** One way through the directories; remembers which files are directories, so that a path cannot lead back. */
class Walk {
  private readonly seen = new Map<string, string>();

  constructor(
    private readonly session: CardSession,
    private readonly application: ApplicationView,
    private readonly findings: Findings,
  ) {}

  async run(odfAt: FileLocation, all: boolean): Promise<Pick<Survey, 'odf' | 'dodfs' | 'aodfs' | 'object'>> {
    const odf = await this.directory(odfAt, 'EF(ODF)', decodeOdf);
    if (!odf) return { odf, dodfs: [], aodfs: [], object: undefined };
    const dodfs: FileView<DataObject>[] = [];
    let object: BootstrapObject | undefined;
    for (const entry of odf.entries.filter(({ kind }) => kind === 'dataObjects')) {
      const dodf = await this.listed(odf, entry, 'EF(DODF)', decodeDodf);
      if (!dodf) continue;
      dodfs.push(dodf);
      object ??= this.bootstrapIn(dodf);
      if (object && !all) break;
    }
    if (!object) this.explainAbsence(odf, dodfs);
    const aodfs = all ? await this.authDirectories(odf) : [];
    return { odf, dodfs, aodfs, object };
  }

  async authDirectories(odf: FileView<OdfEntry>): Promise<FileView<AuthObject>[]> {
    this.seen.set(locationKey(odf.location), 'EF(ODF)');
    const views: FileView<AuthObject>[] = [];
    for (const entry of odf.entries.filter(({ kind }) => kind === 'authObjects')) {
      const view = await this.listed(odf, entry, 'EF(AODF)', decodeAodf);
      if (view) views.push(view);
    }
    return views;
  }

  private async listed<Entry>(
    odf: FileView<OdfEntry>,
    entry: OdfEntry,
    name: string,
    decode: (bytes: Uint8Array) => Decoded<readonly Entry[]>,
  ): Promise<FileView<Entry> | undefined> {
    const where = `${odf.file} octet ${entry.offset}`;
    if (entry.value.kind !== 'path') {
      this.findings.note('warning', 'odf-not-a-path', where, `the ${name} entry has no path; it is skipped`);
      return undefined;
    }
    try {
      return await this.directory(
        resolvePath(this.application.location, entry.value.path, where),
        name,
        decode,
      );
    } catch (error) {
      if (!isAboutTheCard(error)) throw error;
      this.findings.fail(error, where);
      return undefined;
    }
  }

  private async directory<Entry>(
    location: FileLocation,
    name: string,
    decode: (bytes: Uint8Array) => Decoded<readonly Entry[]>,
  ): Promise<FileView<Entry> | undefined> {
    try {
      this.refuseLoop(location, name);
      this.seen.set(locationKey(location), name);
      return await readDirectory(this.session, location, name, decode, this.findings);
    } catch (error) {
      if (!isAboutTheCard(error)) throw error;
      this.findings.fail(error, `${name} ${locationText(location)}`);
      return undefined;
    }
  }

  private refuseLoop(location: FileLocation, use: string): void {
    const before = this.seen.get(locationKey(location));
    if (before === undefined) return;
    throw new CardError(
      'CARD_PATH_LOOP',
      `the path to ${use} leads to ${locationText(location)}, which is ${before} already`,
      { details: { file: locationText(location), use, before } },
    );
  }

  /** The first object with our identifier that leads to a file of its own. */
  bootstrapIn(dodf: FileView<DataObject>, odf?: FileView<OdfEntry>): BootstrapObject | undefined {
    this.seen.set(locationKey(dodf.location), 'EF(DODF)');
    if (odf) this.seen.set(locationKey(odf.location), 'EF(ODF)');
    for (const entry of findDmBootstrapObjects(dodf.entries)) {
      const where = `${dodf.file} octet ${entry.offset}`;
      try {
        return this.target(dodf, entry, where);
      } catch (error) {
        if (!isAboutTheCard(error)) throw error;
        this.findings.fail(error, where);
      }
    }
    return undefined;
  }

  private target(dodf: FileView<DataObject>, entry: DataObject, where: string): BootstrapObject {
    if (entry.value.kind !== 'indirect') {
      throw new CardError(
        'CARD_NO_BOOTSTRAP',
        `${where}: the object holds a ${entry.value.kind} value, not a path`,
        { details: { unreachable: true } },
      );
    }
    const path = entry.value.path;
    const location = resolvePath(this.application.location, path, where);
    this.refuseLoop(location, 'EF(DM_Bootstrap)');
    const hasPart = path.index !== undefined && path.length !== undefined;
    return {
      dodf,
      entry,
      location,
      ...(hasPart ? { part: { offset: path.index!, length: path.length! } } : {}),
    };
  }

  /** A card without a bootstrap is blank, not wrong. */
  private explainAbsence(odf: FileView<OdfEntry>, dodfs: readonly FileView<DataObject>[]): void {
    if (!odf.entries.some(({ kind }) => kind === 'dataObjects')) {
      this.findings.fail(new CardError('CARD_NO_DODF', `${odf.file} names no EF(DODF)`), odf.file, 'warning');
      return;
    }
    if (
      this.findings.failures.length > 0 ||
      dodfs.some(({ entries }) => findDmBootstrapObjects(entries).length > 0)
    )
      return;
    const files = dodfs.map(({ file }) => file).join(', ');
    this.findings.fail(
      new CardError('CARD_NO_BOOTSTRAP', `no object with ${OID_DM_BOOTSTRAP} in ${files}`),
      files,
      'warning',
    );
  }
}
