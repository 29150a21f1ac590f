/** Everything there is to say about the bootstrap of a card: also of a foreign, damaged or half-written one. */
import { decodeIccid } from '../../bytes/index.js';
import type { Card, CardMode, FilePath } from '../../card/index.js';
import type { SimbootError } from '../../errors/index.js';
import type { Scp03Session } from '../../globalplatform/index.js';
import type { DataObject, Finding, OdfEntry, TokenInfo } from '../../pkcs15/index.js';
import { parseBootstrap, redactBootstrap, type ShownMo, validateBootstrap } from '../document/index.js';
import { checkCard } from './checks.js';
import type { ContentState } from './content.js';
import { type FileView, type Survey, survey } from './directory.js';
import { findingCodeOf } from './findings.js';
import type { CardKeys } from './keys.js';
import { EF_ICCID, locationText } from './paths.js';
import { type DocumentView, readDocument, withSession } from './read.js';
import { type CardSession, isAboutTheCard } from './session.js';
import { brokenOff } from './target.js';
import { readTokenInfo } from './token-info.js';
import { sha256 } from './verify.js';

export interface InspectOptions {
  readonly keys?: CardKeys;
  /** Show keys and passwords of the document, and its octets. */
  readonly reveal?: boolean;
  /** Binary leaves of the document as what they say (`redactBootstrap`). */
  readonly explain?: boolean;
  /** For the validity of certificates. */
  readonly now?: Date;
}

/** One directory file with its entries. */
export interface ShownDirectory<Entry> {
  readonly file: string;
  readonly size: number;
  /** Octets that entries occupy. */
  readonly used: number;
  readonly entries: readonly Entry[];
}

export interface ShownBootstrap {
  readonly file: string;
  readonly size: number;
  readonly used: number;
  /** `unreadable`: the file is there, but cannot be read; the findings say why. */
  readonly state: ContentState | 'unreadable';
  readonly sha256?: string;
  /** Secret leaves as a length, unless revealed; absent if it cannot be parsed. */
  readonly document?: readonly ShownMo[];
  /** The document's octets; only if revealed. */
  readonly bytes?: Uint8Array;
}

export interface CardReport {
  readonly reader: string;
  readonly atr: Uint8Array;
  readonly mode: CardMode;
  readonly iccid?: string;
  /** The secure channel that the card was read through. */
  readonly secureChannel?: Pick<Scp03Session, 'level' | 'mode' | 'keyVersion'>;
  readonly pkcs15?: {
    readonly aid: Uint8Array;
    readonly path?: FilePath;
    readonly label?: string;
    readonly tokenInfo?: TokenInfo;
    readonly odf?: ShownDirectory<OdfEntry>;
    readonly dodf: readonly ShownDirectory<DataObject>[];
  };
  readonly bootstrap?: ShownBootstrap;
  readonly findings: readonly Finding[];
  /** What kept the bootstrap from being read; absent if it was read, and if there is none on a card in good order. */
  readonly obstacle?: SimbootError;
}

/**
 * Reads the card as a device does, and everything around it. Never stops at an oddity: what could be read is in the
 * report, what is wrong in its findings. A PIN is presented only if one is given and a rule needs it.
 *
 * @throws ReaderError if the card is gone; SecurityError if the card refuses a PIN that was given
 * @example
 * const [channel] = await openReader('sim:uicc-foreign-noauthid');
 * const report = await inspectCard(await openCard(channel!));
 * report.findings.map(({ code }) => code) // → ['private-without-authid', 'access-denied', 'no-aodf']
 * report.obstacle?.code // → 'SECURITY_ACCESS_DENIED'
 */
export async function inspectCard(card: Card, options: InspectOptions = {}): Promise<CardReport> {
  return withSession(card, options.keys ?? {}, (session) => new Inspector(session, options).report());
}

class Inspector {
  private readonly findings: Finding[] = [];
  private unread: SimbootError | undefined;

  constructor(
    private readonly session: CardSession,
    private readonly options: InspectOptions,
  ) {}

  async report(): Promise<CardReport> {
    const { channel } = this.session.base.processor;
    const iccid = await this.iccid();
    const found = await survey(this.session, { all: true });
    const tokenInfo = await readTokenInfo(this.session, found);
    const bootstrap = await this.bootstrap(found);
    await checkCard(this.session, found, (finding) => this.findings.push(finding));
    const { session } = this.session.channel;
    const pkcs15 = showPkcs15(found, tokenInfo?.tokenInfo);
    const obstacle = this.unread ?? obstacleOnTheWay(found);
    return {
      reader: channel.reader,
      atr: channel.atr,
      mode: this.session.mode,
      ...(iccid === undefined ? {} : { iccid }),
      ...(session ? { secureChannel: factsOf(session) } : {}),
      ...(pkcs15 ? { pkcs15 } : {}),
      ...(bootstrap ? { bootstrap } : {}),
      findings: [...found.findings.list, ...this.findings],
      ...(obstacle ? { obstacle } : {}),
    };
  }

  private async iccid(): Promise<string | undefined> {
    try {
      return decodeIccid(await this.session.content({ path: EF_ICCID }));
    } catch (error) {
      if (!isAboutTheCard(error)) throw error;
      this.note('warning', findingCodeOf(error.code), 'EF(ICCID)', error.message);
      return undefined;
    }
  }

  private async bootstrap({ object }: Survey): Promise<ShownBootstrap | undefined> {
    if (!object) return undefined;
    const where = `EF(DM_Bootstrap) ${locationText(object.location)}`;
    try {
      return this.show(where, locationText(object.location), await readDocument(this.session, object));
    } catch (error) {
      if (!isAboutTheCard(error)) throw error;
      this.note('error', findingCodeOf(error.code), where, error.message);
      this.unread = error;
      const size = await this.session.info(object.location).then(
        (info) => info.size ?? 0,
        () => 0,
      );
      return { file: locationText(object.location), size, used: 0, state: 'unreadable' };
    }
  }

  private show(where: string, file: string, view: DocumentView): ShownBootstrap {
    const { state, document, region } = view;
    const shown = { file, size: region.length, used: document.length, state };
    if (state === 'interrupted') {
      const message =
        'octet 0 is FF, but others are not: a write or erase was interrupted; devices see no bootstrap';
      this.note('error', 'interrupted', where, message);
    }
    if (state !== 'interrupted' && !view.tailIsFF) {
      this.note('warning', 'padding', where, `the octets from ${document.length} on are not all FF (G.4.3)`);
    }
    if (state !== 'document') return shown;
    const redacted = this.parse(where, document);
    return {
      ...shown,
      sha256: sha256(document),
      ...(redacted ? { document: redacted } : {}),
      ...(this.options.reveal ? { bytes: document } : {}),
    };
  }

  private parse(where: string, document: Uint8Array): readonly ShownMo[] | undefined {
    const { now, reveal = false, explain = false } = this.options;
    for (const finding of validateBootstrap(document, now ? { now } : {})) {
      this.findings.push({ ...finding, where: `${where} ${finding.where}` });
    }
    try {
      return redactBootstrap(parseBootstrap(document, { lenient: true }).document, { reveal, explain });
    } catch (error) {
      if (!isAboutTheCard(error)) throw error;
      return undefined;
    }
  }

  private note(severity: Finding['severity'], code: string, where: string, message: string): void {
    this.findings.push({ severity, code, where, message });
  }
}

/** A card may be without a bootstrap; but where a directory is in disorder, nobody knows whether it is. */
function obstacleOnTheWay({ object, odf, dodfs, findings }: Survey): SimbootError | undefined {
  if (object) return undefined;
  const broken = [odf, ...dodfs].find((view) => view?.broken);
  if (broken) return brokenOff(broken);
  return findings.failures.find(({ code }) => !['CARD_NO_DODF', 'CARD_NO_BOOTSTRAP'].includes(code));
}

function factsOf({ level, mode, keyVersion }: Scp03Session): CardReport['secureChannel'] & object {
  return { level, mode, keyVersion };
}

function showPkcs15({ dir, application, odf, dodfs }: Survey, tokenInfo: TokenInfo | undefined) {
  const template = dir?.ours?.template;
  if (!template && !application) return undefined;
  return {
    aid: template?.aid ?? application!.location.aid,
    ...(template?.path ? { path: template.path } : {}),
    ...(template?.label === undefined ? {} : { label: template.label }),
    ...(tokenInfo ? { tokenInfo } : {}),
    ...(odf ? { odf: showDirectory(odf) } : {}),
    dodf: dodfs.map(showDirectory),
  };
}

function showDirectory<Entry>({ location, content, end, entries }: FileView<Entry>): ShownDirectory<Entry> {
  return { file: locationText(location), size: content.length, used: end, entries };
}
