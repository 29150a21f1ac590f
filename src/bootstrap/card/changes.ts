/** What has to change in EF(DODF), EF(AODF), EF(ODF), EF(TokenInfo) so that devices find the document. */
import { decodeIccid } from '../../bytes/index.js';
import type { AccessCondition, FileLocation } from '../../card/index.js';
import { CardError } from '../../errors/index.js';
import {
  type AuthObject,
  decodeAodf,
  encodeAuthObject,
  encodeDataObject,
  encodeOdfEntry,
  encodeTokenInfo,
  type OdfKind,
} from '../../pkcs15/index.js';
import { noPinObject } from './checks.js';
import {
  desiredObject,
  desiredPin,
  desiredTokenInfo,
  freeAuthId,
  isAsDesired,
  pinObjectFor,
  saysTheSame,
} from './desired.js';
import { type FileView, readAuthDirectories, readDirectory, type Survey } from './directory.js';
import { DirectoryEditor } from './editor.js';
import { isForDevices, needsPin } from './keys.js';
import { EF_ICCID, entryPath, FID, locationKey, locationText, resolvePath } from './paths.js';
import type { PlannedUpdate, WriteRequest } from './plan-types.js';
import { type CardSession, exists } from './session.js';
import { refuseBroken, under, type WriteTarget } from './target.js';
import type { TokenInfoView } from './token-info.js';

/** Collects the changes of all directory files of one write. */
export class DirectoryChanges {
  private readonly odf: DirectoryEditor;
  private readonly others: PlannedUpdate[] = [];

  constructor(
    private readonly session: CardSession,
    private readonly survey: Survey,
    private readonly target: WriteTarget,
    private readonly tokenInfoView: TokenInfoView | undefined,
    private readonly request: WriteRequest,
  ) {
    this.odf = new DirectoryEditor(target.odf, session.card.maxUpdate);
  }

  /** The updates in a safe order: what an entry names is there before the entry. */
  async collect(read: AccessCondition): Promise<PlannedUpdate[]> {
    if (!isForDevices(read)) {
      this.note('error', 'not-readable', locationText(this.target.location), 'no device can read this file');
    }
    await this.tokenInfo();
    const authId = needsPin(read) ? await this.pin(read) : undefined;
    this.dodf(read, authId);
    if (!this.isListed('dataObjects', this.target.dodf.location)) {
      this.list('dataObjects', this.target.dodf.location);
    }
    return [...this.others, ...this.odf.updates];
  }

  /** @throws CardError `CARD_DIRECTORY_FULL`, `CARD_DIRECTORY_ENTRY_FIXED` */
  private dodf(read: AccessCondition, authId: Uint8Array | undefined): void {
    const { dodf, object, location } = this.target;
    const application = this.target.application.location;
    if (!('relative' in location)) {
      this.note(
        'info',
        'elsewhere',
        locationText(location),
        'the document is outside the PKCS#15 application',
      );
      return;
    }
    const label = this.request.label ?? object?.entry.common.label;
    const desired = desiredObject({ application, relative: location.relative }, read, authId, {
      ...this.request,
      ...(label === undefined ? {} : { label }),
    });
    if (object && (isAsDesired(object.entry, desired, application) || this.keepsPart(object.part))) return;
    const editor = new DirectoryEditor(dodf, this.session.card.maxUpdate);
    try {
      const der = encodeDataObject(desired);
      if (object) editor.replace({ offset: object.entry.offset, length: object.entry.der.length }, der);
      else editor.append(der);
    } catch (error) {
      const isFixed = error instanceof CardError && error.code === 'CARD_DIRECTORY_ENTRY_FIXED';
      if (!isFixed || !object || !saysTheSame(object.entry, desired, application)) throw error;
      this.note(
        'warning',
        'entry-kept',
        dodf.file,
        'our entry is unusual, but others follow it; it stays as it is',
      );
    }
    this.others.push(...editor.updates);
  }

  /** An entry with index and length may share its file: it is left to its issuer. */
  private keepsPart(part: object | undefined): boolean {
    if (part) {
      this.note(
        'info',
        'entry-with-length',
        this.target.dodf.file,
        'our path has index and length; it stays as it is',
      );
    }
    return part !== undefined;
  }

  /** The authId of the PIN that READ needs; its object is added to EF(AODF) where there is one. */
  private async pin(read: AccessCondition): Promise<Uint8Array> {
    const { application, odf } = this.target;
    const listed = await readAuthDirectories(this.session, application, odf, this.survey.findings);
    const unlisted = listed.length === 0 ? await this.unlistedAodf() : undefined;
    const aodfs = unlisted ? [unlisted] : listed;
    const objects = aodfs.flatMap(({ entries }) => entries);
    const known = pinObjectFor(read, objects);
    const authId = known?.authId ?? freeAuthId(objects);
    const [aodf] = aodfs;
    if (!aodf) {
      this.survey.findings.list.push(noPinObject(this.target.odf.file));
      return authId;
    }
    if (!known) this.addPin(aodf, read, authId);
    if (unlisted) this.list('authObjects', unlisted.location);
    return authId;
  }

  private addPin(aodf: FileView<AuthObject>, read: AccessCondition, authId: Uint8Array): void {
    refuseBroken(aodf);
    const editor = new DirectoryEditor(aodf, this.session.card.maxUpdate);
    editor.append(encodeAuthObject(desiredPin(read, authId)));
    this.others.push(...editor.updates);
  }

  private async unlistedAodf(): Promise<FileView<AuthObject> | undefined> {
    const location = under(this.target.application, this.request.aodf ?? FID.AODF);
    if (!(await exists(this.session, location))) return undefined;
    return readDirectory(this.session, location, 'EF(AODF)', decodeAodf, this.survey.findings);
  }

  /** A blank EF(TokenInfo) gets its content; one with content belongs to its author. */
  private async tokenInfo(): Promise<void> {
    const view = this.tokenInfoView;
    if (!view?.isBlank) return;
    const iccid = decodeIccid(await this.session.content({ path: EF_ICCID }));
    const editor = new DirectoryEditor({ ...view, end: 0 }, this.session.card.maxUpdate);
    editor.append(encodeTokenInfo(desiredTokenInfo(iccid)));
    this.others.push(...editor.updates);
  }

  private isListed(kind: OdfKind, location: FileLocation): boolean {
    const application = this.target.application.location;
    return this.target.odf.entries.some((entry) => {
      if (entry.kind !== kind || entry.value.kind !== 'path') return false;
      const path = entry.value.path;
      // An entry that names the directory itself cannot be ours; it has its finding already.
      try {
        return locationKey(resolvePath(application, path, this.target.odf.file)) === locationKey(location);
      } catch (error) {
        if (error instanceof CardError) return false;
        throw error;
      }
    });
  }

  private list(kind: OdfKind, location: FileLocation): void {
    const application = this.target.application.location;
    const path =
      'path' in location
        ? { path: location.path }
        : entryPath(application, location.relative, this.request.pathStyle ?? 'relative');
    this.odf.append(encodeOdfEntry({ kind, value: { kind: 'path', path } }));
  }

  private note(severity: 'info' | 'warning' | 'error', code: string, where: string, message: string): void {
    this.survey.findings.note(severity, code, where, message);
  }
}
