/** Erasing (DM 2.0 G.4.3: all octets FF): octet 0 first, then the rest, then our entries if that was asked for. */
import type { Card, FileLocation } from '../../card/index.js';
import { type KnownContent, planContent, readRegion, unknownContent } from './content.js';
import { type BootstrapObject, type Survey, survey } from './directory.js';
import { DirectoryEditor } from './editor.js';
import type { CardKeys } from './keys.js';
import { readWhatHelps } from './known.js';
import { locationKey, locationText, resolvePath } from './paths.js';
import { stateBefore } from './plan.js';
import { costOf, resolveAccess } from './plan-cost.js';
import type { PlannedUpdate } from './plan-types.js';
import { readDocument, regionOf, requireObject } from './read.js';
import { CardSession, isAboutTheCard, isDenied, requireUsable } from './session.js';
import { type Difference, difference, type Verification } from './verify.js';
import { WritePlan } from './write-plan.js';

export interface EraseRequest {
  readonly keys?: CardKeys;
  /**
   * Also take our entries out of EF(DODF) and, where that is empty then, EF(ODF). An entry that others follow stays,
   * because devices would not see those any more; a finding says so.
   */
  readonly removeEntries?: boolean;
  /** Read every octet back. Default true. */
  readonly verify?: boolean;
}

/**
 * Plans an erasure without changing anything; `eraseBootstrap` carries it out.
 *
 * @throws the errors of `locateBootstrap`; SecurityError `SECURITY_ACCESS_DENIED` (which key)
 * @example
 * const [channel] = await openReader('sim:uicc-personalized');
 * const card = await openCard(channel!);
 * const plan = await planErase(card, { keys: { adm: parseKeyValue({ ascii: '12345678' }) } });
 * (await eraseBootstrap(plan)).verified // → true
 * (await readBootstrap(card)).state // → 'blank'
 */
export async function planErase(card: Card, request: EraseRequest = {}): Promise<WritePlan> {
  const session = new CardSession(card, request.keys ?? {});
  try {
    return await plan(session, request);
  } catch (error) {
    // The first error counts; closing after it is a courtesy that may fail, too.
    await session.channel.close().catch(() => undefined);
    throw error;
  }
}

async function plan(session: CardSession, request: EraseRequest): Promise<WritePlan> {
  const found = await survey(session);
  const object = requireObject(found);
  const { location, part } = object;
  const info = await session.info(location);
  requireUsable(info, location);
  const region = regionOf(object, info);
  const blank = new Uint8Array(region.length).fill(0xff);
  const known = await knownContent(session, object, blank, region);
  const content = planContent(known, blank, session.card.maxUpdate, region.offset).map((update) => ({
    ...update,
    file: `EF(DM_Bootstrap) ${locationText(location)}`,
    location,
    secret: false,
  }));
  const updates = [...content, ...(request.removeEntries ? removals(session, found, object) : [])];
  const reads = request.verify !== false;
  const { access, keys } = await resolveAccess(session, updates, reads);
  const sizeOf = (at: FileLocation): number =>
    locationKey(at) === locationKey(location) ? region.length : (session.known(at)?.length ?? 0);
  const summary = {
    mode: session.mode,
    file: locationText(location),
    size: region.length,
    used: 0,
    before: stateBefore(known, blank),
    updates,
    access,
    keys,
    ...costOf(session, updates, keys, reads ? sizeOf : undefined),
    findings: found.findings.list,
  };
  const judge = (after: CardSession): Promise<Verification> => judgeBlank(after, object, found);
  return new WritePlan(summary, { session, location, part, ...(reads ? { judge } : {}) });
}

async function knownContent(
  session: CardSession,
  { location, part }: BootstrapObject,
  blank: Uint8Array,
  region: { offset: number; length: number },
): Promise<KnownContent> {
  try {
    return await readWhatHelps(session, { location, region, part, target: blank, used: 0 });
  } catch (error) {
    if (!isDenied(error)) throw error;
    return unknownContent(region.length);
  }
}

function removals(session: CardSession, found: Survey, { dodf, entry }: BootstrapObject): PlannedUpdate[] {
  const dodfEditor = new DirectoryEditor(dodf, session.card.maxUpdate);
  const keep = (file: string): void =>
    found.findings.note('warning', 'entry-kept', file, 'other entries follow ours, so it stays');
  if (!dodfEditor.remove({ offset: entry.offset, length: entry.der.length })) {
    keep(dodf.file);
    return [];
  }
  const odf = found.odf;
  const listed = odf?.entries.find((candidate) => leadsTo(found, candidate, dodf.location));
  if (!odf || !listed || !dodfEditor.isEmpty) return dodfEditor.updates;
  const odfEditor = new DirectoryEditor(odf, session.card.maxUpdate);
  if (!odfEditor.remove({ offset: listed.offset, length: listed.der.length })) keep(odf.file);
  return [...dodfEditor.updates, ...odfEditor.updates];
}

function leadsTo(
  { application, odf }: Survey,
  entry: NonNullable<Survey['odf']>['entries'][number],
  location: FileLocation,
): boolean {
  if (!application || entry.kind !== 'dataObjects' || entry.value.kind !== 'path') return false;
  try {
    const at = resolvePath(application.location, entry.value.path, odf?.file ?? 'EF(ODF)');
    return locationKey(at) === locationKey(location);
  } catch (error) {
    // A path that leads nowhere is another entry's trouble.
    if (isAboutTheCard(error)) return false;
    throw error;
  }
}

async function judgeBlank(
  session: CardSession,
  object: BootstrapObject,
  found: Survey,
): Promise<Verification> {
  const { bytes } = await readDocument(session, object);
  const where = `EF(DM_Bootstrap) ${locationText(object.location)}`;
  const differences: Difference[] = [];
  if (readRegion(bytes).state !== 'blank') {
    const octets = bytes.filter((octet) => octet !== 0xff).length;
    const offset = bytes.findIndex((octet) => octet !== 0xff);
    differences.push(difference('document', where, 'all FF', 'other octets', { offset, octets }));
  }
  return { file: locationText(object.location), differences, findings: found.findings.list };
}
