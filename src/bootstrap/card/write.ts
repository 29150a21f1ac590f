/** Carries a plan out: keys first, then the updates in their order, each file read back when its last octet is written. */
import { equal } from '../../bytes/index.js';
import type { Finding } from '../../pkcs15/index.js';
import { applyUpdates } from './entries.js';
import { locationKey } from './paths.js';
import type { PlannedUpdate } from './plan-types.js';
import { type Difference, differenceOf } from './verify.js';
import type { PlanParts, WritePlan } from './write-plan.js';

export interface WriteOptions {
  /** Called with the octets that are written by then, before each update and at the end. */
  readonly onProgress?: (written: number, total: number) => void;
}

export interface WriteResult {
  readonly file: string;
  /** Updates that were sent; 0 if the card held everything already. */
  readonly updates: number;
  /** Whether everything was read back and is as ordered; undefined if the request turned that off. */
  readonly verified: boolean | undefined;
  readonly differences: readonly Difference[];
  readonly findings: readonly Finding[];
}

/**
 * Does what a plan of `planWrite` says, and reads it back unless the request turned that off.
 *
 * @throws SecurityError before the first UPDATE if a key is refused, blocked, or must not be risked; CardError if the
 *   card refuses an update; ReaderError if the card is gone. Afterwards the card holds the old document, none, or the
 *   new one, and a new plan repairs it.
 */
export function writeBootstrap(plan: WritePlan, options: WriteOptions = {}): Promise<WriteResult> {
  return carryOut(plan, options);
}

/** The same for a plan of `planErase`. */
export function eraseBootstrap(plan: WritePlan, options: WriteOptions = {}): Promise<WriteResult> {
  return carryOut(plan, options);
}

async function carryOut(plan: WritePlan, options: WriteOptions): Promise<WriteResult> {
  const parts = plan.take();
  const { session, judge } = parts;
  const { summary } = plan;
  let result: WriteResult;
  try {
    for (const key of summary.keys) await session.present(key);
    const differences = await update(parts, summary, options);
    const done = { file: summary.file, updates: summary.updates.length };
    if (judge) {
      const verification = await judge(session);
      const all = [...differences, ...verification.differences];
      result = { ...done, verified: all.length === 0, differences: all, findings: verification.findings };
    } else {
      result = { ...done, verified: undefined, differences: [], findings: summary.findings };
    }
  } catch (error) {
    // The first error counts; closing after it is a courtesy that may fail, too.
    await session.channel.close().catch(() => undefined);
    throw error;
  }
  await session.channel.close();
  return result;
}

async function update(
  parts: PlanParts,
  { updates, octets }: WritePlan['summary'],
  { onProgress }: WriteOptions,
): Promise<Difference[]> {
  const { session } = parts;
  const differences: Difference[] = [];
  const lastOfFile = new Map(updates.map((one) => [locationKey(one.location), one]));
  const before = new Map<string, Uint8Array | undefined>();
  let written = 0;
  for (const one of updates) {
    const key = locationKey(one.location);
    if (!before.has(key)) before.set(key, session.known(one.location));
    onProgress?.(written, octets.written);
    if (one.record === undefined) await session.update(one.location, one);
    else await session.updateRecord(one.location, one.record, one.data);
    written += one.data.length;
    if (!parts.judge || lastOfFile.get(key) !== one) continue;
    const own = updates.filter(({ location }) => locationKey(location) === key);
    differences.push(...(await readBack(parts, own, before.get(key))));
  }
  onProgress?.(written, octets.written);
  return differences;
}

/** Reads one file back while it is selected. What the document's own file holds is judged afterwards. */
async function readBack(
  { session, location: document, part }: PlanParts,
  updates: readonly PlannedUpdate[],
  before: Uint8Array | undefined,
): Promise<Difference[]> {
  const { file, location, record } = updates[0]!;
  if (locationKey(location) === locationKey(document)) {
    await session.content(location, part);
    return [];
  }
  if (record !== undefined) {
    const actual = await session.record(location, record);
    return differencesIn(`${file} record ${record}`, updates.at(-1)!.data, actual);
  }
  const actual = await session.content(location);
  return before ? differencesIn(file, applyUpdates(before, updates), actual) : [];
}

function differencesIn(where: string, expected: Uint8Array, actual: Uint8Array): Difference[] {
  return equal(expected, actual) ? [] : [differenceOf('read-back', where, expected, actual)];
}
