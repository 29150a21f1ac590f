/**
 * A write, planned: everything that could go wrong is found before the first UPDATE (DM 2.0 G.4).
 *
 * The order of updates, where an entry leads to the document already: the old document out of use if that entry
 * changes; the directories, from the bottom up; the document, its first octet last. Where no entry does: the document,
 * then the directories, since nothing is found before the last of them.
 */
import { decodeUtf8 } from '../../bytes/index.js';
import type { AccessCondition, Card, FileLocation } from '../../card/index.js';
import { UsageError } from '../../errors/index.js';
import { DEFAULT_APPLICATION_PATH } from './application.js';
import { DirectoryChanges } from './changes.js';
import {
  type FileUpdate,
  fillRegion,
  hideDocument,
  type KnownContent,
  planContent,
  unknownContent,
} from './content.js';
import { planDirRecord } from './dir-record.js';
import { type Survey, survey } from './directory.js';
import { findingCodeOf } from './findings.js';
import { readWhatHelps } from './known.js';
import { locationKey, locationText } from './paths.js';
import { costOf, resolveAccess } from './plan-cost.js';
import type { PlannedUpdate, PlanSummary, WriteRequest } from './plan-types.js';
import { CardSession, isDenied } from './session.js';
import { chooseTarget, WRITE_ADDS, type WriteTarget } from './target.js';
import { readTokenInfo, type TokenInfoView } from './token-info.js';
import { compareCard } from './verify.js';
import { WritePlan } from './write-plan.js';

/**
 * Plans a write without changing anything on the card. In 3G mode the plan keeps its logical channel until it is
 * carried out (`writeBootstrap`) or given up (`plan.close()`).
 *
 * A PIN is presented if the directories cannot be read without it; an ADM is not.
 *
 * @throws DataError `DATA_UTF8`; UsageError `USAGE_ARGUMENT`; SecurityError `SECURITY_ACCESS_DENIED` (which key);
 *   CardError `CARD_FILE_TOO_SMALL` (by how much), `CARD_DIRECTORY_FULL`, `CARD_DIRECTORY_MALFORMED`,
 *   `CARD_FILE_DEACTIVATED`, `CARD_FILE_STRUCTURE`, `CARD_PATH_LOOP` and the other errors of the files involved
 * @example
 * const [channel] = await openReader('sim:uicc');
 * const card = await openCard(channel!);
 * const plan = await planWrite(card, { document: encodeUtf8('[]'), keys: { adm: parseKeyValue({ ascii: '12345678' }) } });
 * [plan.summary.file, plan.summary.keys] // → ['3F00/7F50/6431', [0x0a]]
 * await plan.close();
 */
export async function planWrite(card: Card, request: WriteRequest): Promise<WritePlan> {
  checkDocument(request.document);
  const session = new CardSession(card, request.keys ?? {});
  try {
    const found = await survey(session, {
      applicationPath: request.applicationPath ?? DEFAULT_APPLICATION_PATH,
    });
    // Before EF DM_Bootstrap is selected, so that it need not be selected again.
    const tokenInfo = await readTokenInfo(session, found);
    const target = await chooseTarget(session, found, request);
    return await new Planner(session, found, target, tokenInfo, request).plan();
  } catch (error) {
    // The first error counts; closing after it is a courtesy that may fail, too.
    await session.channel.close().catch(() => undefined);
    throw error;
  }
}

function checkDocument(document: Uint8Array): void {
  if (document.length === 0) throw new UsageError('USAGE_ARGUMENT', 'the document has no octets');
  decodeUtf8(document);
}

class Planner {
  constructor(
    private readonly session: CardSession,
    private readonly survey: Survey,
    private readonly target: WriteTarget,
    private readonly tokenInfo: TokenInfoView | undefined,
    private readonly request: WriteRequest,
  ) {}

  async plan(): Promise<WritePlan> {
    const { session, target, request } = this;
    const content = fillRegion(request.document, target.region, locationText(target.location));
    const { directories, read } = await this.planDirectories();
    const known = await this.known(content, read);
    const before = target.object ? stateBefore(known, content) : 'blank';
    const updates = this.order(directories, known, content);
    const reads = request.verify !== false;
    const { access, keys } = await resolveAccess(session, updates, reads);
    const summary: PlanSummary = {
      mode: session.mode,
      file: locationText(target.location),
      size: target.region.length,
      used: request.document.length,
      before,
      updates,
      access,
      keys,
      ...costOf(session, updates, keys, reads ? (location) => this.sizeOf(location) : undefined),
      findings: this.survey.findings.list.filter(({ code }) => !WRITE_ADDS.map(findingCodeOf).includes(code)),
    };
    return new WritePlan(summary, {
      session,
      location: target.location,
      part: target.object?.part,
      ...(reads ? { judge: (after: CardSession) => compareCard(after, request) } : {}),
    });
  }

  private async planDirectories(): Promise<{ directories: PlannedUpdate[]; read: AccessCondition }> {
    const { session, target, survey: found } = this;
    const read = await session.condition(target.location, 'read');
    const changes = new DirectoryChanges(session, found, target, this.tokenInfo, this.request);
    const directories = await changes.collect(read);
    if (!found.dir) throw found.findings.failures[0]!;
    directories.push(...planDirRecord(found.dir, target.application.location, session.card.maxUpdate));
    return { directories, read };
  }

  /** Reading the document's file may need a PIN that a writer need not have. */
  private async known(content: Uint8Array, read: AccessCondition): Promise<KnownContent> {
    const { session, target, request } = this;
    if (request.verify !== false && read.kind !== 'unknown') {
      await session.missingKeys(target.location, 'read');
    }
    try {
      return await readWhatHelps(session, {
        location: target.location,
        region: target.region,
        part: target.object?.part,
        target: content,
        used: request.document.length,
        isUnlisted: target.object === undefined,
      });
    } catch (error) {
      if (!isDenied(error)) throw error;
      return unknownContent(content.length);
    }
  }

  /** No entry leads to the file yet, so nothing in it is in use and it need not be taken out of use. */
  private firstContent(known: KnownContent, content: Uint8Array): PlannedUpdate[] {
    const updates = this.contentUpdates(known, content);
    const [first, ...rest] = updates;
    return first?.data[0] === 0xff && first.data.length === 1 && rest.length > 0 ? rest : updates;
  }

  private contentUpdates(known: KnownContent, content: Uint8Array): PlannedUpdate[] {
    const { region } = this.target;
    const { maxUpdate } = this.session.card;
    return planContent(known, content, maxUpdate, region.offset).map((update) => this.contentUpdate(update));
  }

  private contentUpdate(update: FileUpdate): PlannedUpdate {
    const { location } = this.target;
    const secret = update.data.some((octet) => octet !== 0xff);
    return { ...update, file: `EF(DM_Bootstrap) ${locationText(location)}`, location, secret };
  }

  /** While an entry of ours changes its octets, no document is in use. */
  private order(
    directories: readonly PlannedUpdate[],
    known: KnownContent,
    content: Uint8Array,
  ): PlannedUpdate[] {
    const dodf = locationKey(this.target.dodf.location);
    if (!this.target.object) return [...this.firstContent(known, content), ...directories];
    const ourEntryChanges = directories.some(({ location }) => locationKey(location) === dodf);
    if (!ourEntryChanges || known[0] === 0xff)
      return [...directories, ...this.contentUpdates(known, content)];
    const outOfUse = known.slice();
    outOfUse[0] = 0xff;
    const hide = this.contentUpdate(hideDocument(this.target.region.offset));
    return [hide, ...directories, ...this.contentUpdates(outOfUse, content)];
  }

  private sizeOf(location: FileLocation): number {
    const { target } = this;
    const key = locationKey(location);
    if (key === locationKey(target.location)) return target.region.length;
    return this.session.known(location)?.length ?? 0;
  }
}

/** What the first octets say about the document that is there. */
export function stateBefore(known: KnownContent, content: Uint8Array): PlanSummary['before'] {
  if (content.every((octet, index) => known[index] === octet)) return 'same';
  if (known[0] === 0xff) return 'blank';
  return known[0]! < 0 ? 'unread' : 'other';
}
