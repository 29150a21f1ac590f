/** What Appendix G asks of the files beyond being readable: access rules against flags, life cycle, file identifiers. */
import { type AccessCondition, describeCondition, type FileLocation } from '../../card/index.js';
import { type Finding, findDmBootstrapObjects } from '../../pkcs15/index.js';
import { DIR } from './application.js';
import { pinObjectFor } from './desired.js';
import type { BootstrapObject, Survey } from './directory.js';
import { isForDevices, isForUsers, needsPin } from './keys.js';
import { absolutePath, locationText } from './paths.js';
import { type CardSession, isAboutTheCard } from './session.js';

type Note = (finding: Finding) => void;

/** PKCS#15 readers in general learn from EF(AODF) which PIN to ask for; a DM client knows it from the access rule. */
export function noPinObject(odfFile: string): Finding {
  return {
    severity: 'warning',
    code: 'no-aodf',
    where: odfFile,
    message:
      'READ needs a PIN, but no EF(AODF) names it: other PKCS#15 readers will not ask for it; ' +
      '`simboot card create-files --aodf-size 64` and another write add it',
  };
}

/** Appends what the rules say; a rule that cannot be read is a finding, too. */
export async function checkCard(session: CardSession, found: Survey, note: Note): Promise<void> {
  if (found.dir) await checkNotUserModifiable(session, 'EF(DIR)', DIR, note);
  if (found.odf) await checkNotUserModifiable(session, found.odf.file, found.odf.location, note);
  for (const dodf of found.dodfs) await checkNotUserModifiable(session, dodf.file, dodf.location, note);
  checkDuplicates(found, note);
  if (found.object) await checkObject(session, found, found.object, note);
}

async function conditionOf(
  session: CardSession,
  location: FileLocation,
  operation: 'read' | 'update',
  where: string,
  note: Note,
): Promise<AccessCondition | undefined> {
  try {
    const condition = await session.condition(location, operation);
    if (condition.kind !== 'unknown') return condition;
    note({ severity: 'info', code: 'rule-unknown', where, message: `${operation}: ${condition.reason}` });
  } catch (error) {
    if (!isAboutTheCard(error)) throw error;
    note({ severity: 'warning', code: 'rule-unreadable', where, message: error.message });
  }
  return undefined;
}

/** G.4.1, G.4.2: the user must not be able to change the directories. */
async function checkNotUserModifiable(
  session: CardSession,
  where: string,
  location: FileLocation,
  note: Note,
): Promise<void> {
  const condition = await conditionOf(session, location, 'update', where, note);
  if (!condition || !isForUsers(condition)) return;
  const message = `the user can change this file (UPDATE: ${describeCondition(condition)})`;
  note({ severity: 'warning', code: 'user-modifiable', where, message });
}

function checkDuplicates({ dodfs, object }: Survey, note: Note): void {
  const all = dodfs.flatMap((dodf) => findDmBootstrapObjects(dodf.entries).map((entry) => ({ dodf, entry })));
  for (const { dodf, entry } of all) {
    if (entry === object?.entry) continue;
    const message = 'another bootstrap object; devices take the first one that they can follow';
    note({ severity: 'info', code: 'bootstrap-again', where: `${dodf.file} octet ${entry.offset}`, message });
  }
}

async function checkObject(
  session: CardSession,
  found: Survey,
  object: BootstrapObject,
  note: Note,
): Promise<void> {
  const { dodf, entry, location } = object;
  const where = `${dodf.file} octet ${entry.offset}`;
  if (entry.common.label === undefined) {
    note({ severity: 'warning', code: 'label-missing', where, message: 'the object has no label (G.4.2)' });
  }
  if (entry.common.flags?.modifiable) {
    const message =
      'the modifiable flag is set, so devices ask for a PIN; only the issuer may update (G.4.3)';
    note({ severity: 'warning', code: 'modifiable', where, message });
  }
  if (absolutePath(location)?.at(-1) === 0x6430) {
    const message = 'file identifier 6430 is customary for LwM2M bootstraps';
    note({ severity: 'info', code: 'lwm2m-identifier', where, message });
  }
  await checkFlags(session, found, object, where, note);
}

async function checkFlags(
  session: CardSession,
  found: Survey,
  { entry, location }: BootstrapObject,
  where: string,
  note: Note,
): Promise<void> {
  const file = `EF(DM_Bootstrap) ${locationText(location)}`;
  const read = await conditionOf(session, location, 'read', file, note);
  if (!read) return;
  if (!isForDevices(read)) {
    const message = `no device can read the bootstrap (READ: ${describeCondition(read)})`;
    note({ severity: 'error', code: 'not-readable', where: file, message });
    return;
  }
  const isPrivate = entry.common.flags?.private ?? false;
  if (isPrivate !== needsPin(read)) {
    const message = `flag private is ${isPrivate}, but READ needs: ${describeCondition(read)}`;
    note({ severity: 'error', code: 'flags-contradict-rule', where, message });
  }
  if (
    needsPin(read) &&
    found.odf &&
    !pinObjectFor(
      read,
      found.aodfs.flatMap(({ entries }) => entries),
    )
  ) {
    note(noPinObject(found.odf.file));
  }
  const update = await conditionOf(session, location, 'update', file, note);
  if (update && isForUsers(update)) {
    const message = `the user can change the bootstrap (UPDATE: ${describeCondition(update)})`;
    note({ severity: 'warning', code: 'user-modifiable', where: file, message });
  }
}
