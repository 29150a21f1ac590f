/**
 * A campaign of pushes: one record for each device, and what becomes of it. Pure: the engine around it asks, sends and
 * keeps. Times are milliseconds since 1970.
 */

/**
 * `queued`: due at `nextAt`. `requested`: somebody works on it until `nextAt`; then it is due again. `sent`: waits for
 * the device until `nextAt`. `delivered`: the bearer says that it arrived; waits like `sent`. `bootstrapped`: the device
 * came with BootstrapComplete. `failed`: `reason` says why.
 */
export const PUSH_STATES = ['queued', 'requested', 'sent', 'delivered', 'bootstrapped', 'failed'] as const;
export type PushState = (typeof PUSH_STATES)[number];

export interface PushRecord {
  readonly campaignId: string;
  /** IMPI, IMPU or telephone number; unique in the campaign. */
  readonly ueId: string;
  readonly ueIdType: 'PRIVATE' | 'PUBLIC';
  /** Where pushes go: `udp:HOST:PORT`, `sms:NUMBER` or an https URL. */
  readonly address: string;
  readonly gba: 'GBA_ME' | 'GBA_U';
  readonly state: PushState;
  /** How often it was begun. */
  readonly attempts: number;
  /** When it is due; absent where it is over. */
  readonly nextAt?: number;
  readonly accountId?: string;
  /** What is pushed, the same at every attempt. Secret; absent before the first attempt and after the end. */
  readonly document?: Uint8Array;
  /** Of the last attempt. */
  readonly pTid?: string;
  /** What the device answered to it: its SIM is ahead, and the BSF hears of it with the next attempt. */
  readonly resynchronisation?: Resynchronisation;
  /** When the first attempt began: a device that came before came for another reason. */
  readonly begunAt?: number;
  readonly reason?: string;
  /** Grows with every change: who saves names the number it read. */
  readonly revision: number;
}

/** Answer of a SIM to a challenge whose sequence number it had seen (TS 33.102 §6.3.5). */
export interface Resynchronisation {
  /** Of the challenge, 16 octets. */
  readonly rand: Uint8Array;
  /** 14 octets. */
  readonly auts: Uint8Array;
}

export interface CampaignPolicy {
  /** Attempts for one device. */
  readonly attempts: number;
  /** Wait after the first attempt; each further one waits twice as long. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** How long an attempt is left alone by others. */
  readonly leaseMs: number;
  /** Life of a security association. */
  readonly lifeMs: number;
}

/** Five attempts: after 1, 2, 4 and 8 minutes; keys live for an hour. */
export const DEFAULT_CAMPAIGN_POLICY: CampaignPolicy = {
  attempts: 5,
  firstWaitMs: 60_000,
  longestWaitMs: 3_600_000,
  leaseMs: 120_000,
  lifeMs: 3_600_000,
};

/** A device of a campaign as it begins. */
export function queuedPush(
  of: Pick<PushRecord, 'campaignId' | 'ueId' | 'ueIdType' | 'address' | 'gba'>,
  now: number,
): PushRecord {
  return { ...of, state: 'queued', attempts: 0, nextAt: now, revision: 0 };
}

/**
 * How long after attempt number `attempts` the next one comes.
 *
 * @example [1, 2, 3].map((attempts) => waitAfter(attempts, DEFAULT_CAMPAIGN_POLICY)) // → [60000, 120000, 240000]
 */
export function waitAfter(attempts: number, { firstWaitMs, longestWaitMs }: CampaignPolicy): number {
  return Math.min(firstWaitMs * 2 ** Math.max(0, attempts - 1), longestWaitMs);
}

/** Begins an attempt; undefined where none is left, and then `exhausted` says how it ends. */
export function claimed(record: PushRecord, now: number, policy: CampaignPolicy): PushRecord | undefined {
  if (record.attempts >= policy.attempts) return undefined;
  return {
    ...record,
    state: 'requested',
    attempts: record.attempts + 1,
    begunAt: record.begunAt ?? now,
    nextAt: now + policy.leaseMs,
    revision: record.revision + 1,
  };
}

/** No attempt is left. */
export function exhausted(record: PushRecord): PushRecord {
  const reason =
    record.state === 'delivered'
      ? 'it was delivered, and the device did not come'
      : (record.reason ?? 'the device did not come');
  return over(record, 'failed', reason);
}

/** Push information and message left. */
export function sent(record: PushRecord, pTid: string, now: number, policy: CampaignPolicy): PushRecord {
  const { reason: _, resynchronisation: _told, ...rest } = record;
  return {
    ...rest,
    state: 'sent',
    pTid,
    nextAt: now + waitAfter(record.attempts, policy),
    revision: record.revision + 1,
  };
}

/** The bearer tells that it arrived at the device. */
export function delivered(record: PushRecord): PushRecord {
  if (record.state !== 'sent') return record;
  return { ...record, state: 'delivered', revision: record.revision + 1 };
}

/** The device came with BootstrapComplete: nothing secret is kept here any more. */
export function bootstrapped(record: PushRecord): PushRecord {
  return over(record, 'bootstrapped');
}

/**
 * The device answered that its SIM is ahead: it is due now, with all its attempts before it.
 *
 * @returns undefined where it came already
 */
export function resynchronised(
  record: PushRecord,
  resynchronisation: Resynchronisation,
  now: number,
): PushRecord | undefined {
  if (record.state === 'bootstrapped') return undefined;
  const { reason: _, ...rest } = record;
  return {
    ...rest,
    state: 'queued',
    attempts: 0,
    nextAt: now,
    resynchronisation,
    revision: record.revision + 1,
  };
}

/** An attempt failed; `final` where another one would fail too. */
export function attemptFailed(
  record: PushRecord,
  { reason, final }: { readonly reason: string; readonly final: boolean },
  now: number,
  policy: CampaignPolicy,
): PushRecord {
  if (final || record.attempts >= policy.attempts) return over(record, 'failed', reason);
  return {
    ...record,
    state: 'queued',
    reason,
    nextAt: now + waitAfter(record.attempts, policy),
    revision: record.revision + 1,
  };
}

function over(record: PushRecord, state: 'bootstrapped' | 'failed', why?: string): PushRecord {
  const { nextAt: _nextAt, document: _document, reason: _reason, resynchronisation: _told, ...rest } = record;
  return { ...rest, state, ...(why === undefined ? {} : { reason: why }), revision: record.revision + 1 };
}

/** Whether nothing more will happen to it. */
export function isOver({ state }: PushRecord): boolean {
  return state === 'bootstrapped' || state === 'failed';
}

export interface PushStore {
  /** Adds devices to a campaign, all or none. One that is there already stays as it is. @returns how many were new */
  putPushes(records: readonly PushRecord[]): Promise<number>;
  /** Those that are due, the longest first. Nobody is kept from reading them: `savePush` decides who works. */
  duePushes(campaignId: string, now: number, limit: number): Promise<readonly PushRecord[]>;
  /** Replaces a record durably if its revision is still one less. @returns false where another came first */
  savePush(record: PushRecord): Promise<boolean>;
  /** One device of a campaign; undefined where it is not in it. */
  push(campaignId: string, ueId: string): Promise<PushRecord | undefined>;
  /** Those that were sent and wait for their device, by ueId in order: at most `limit` after `after`. */
  waitingPushes(
    campaignId: string,
    page: { readonly after: string; readonly limit: number },
  ): Promise<readonly PushRecord[]>;
  /** By ueId in order, page by page: at most `limit` after `after`. */
  pushes(
    campaignId: string,
    page?: { readonly after?: string; readonly limit?: number },
  ): Promise<readonly PushRecord[]>;
  /** How many devices of a campaign are in each state; 0 for states without any. */
  pushCounts(campaignId: string): Promise<Readonly<Record<PushState, number>>>;
  /** When the next one is due; undefined where all are over. */
  nextPushAt(campaignId: string): Promise<number | undefined>;
}
