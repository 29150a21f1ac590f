/** A campaign from its devices to its end: what `simboot bootstrap push` runs. */
import { UsageError } from '../../errors/index.js';
import {
  isOver,
  PUSH_STATES,
  type PushRecord,
  type PushState,
  queuedPush,
  resynchronised,
} from '../../gba/index.js';
import type { PushAnswer } from './answers-file.js';
import type { PushedDevice } from './devices-file.js';
import { Campaign, type CampaignOptions } from './engine.js';

export interface RunPushOptions extends Omit<CampaignOptions, 'onChange'> {
  /** Devices to add; those that the campaign has stay as they are. Without any it goes on with what it has. */
  readonly devices?: readonly PushedDevice[];
  /** Of devices whose SIM was ahead: the BSF hears of each, and they are pushed to again. */
  readonly answers?: readonly PushAnswer[];
  /** False: send what is due and end, without waiting for devices. True unless told. */
  readonly wait?: boolean;
  /** Ends it early; the same campaign goes on later. */
  readonly signal: AbortSignal;
  readonly onEvent?: (event: RunPushEvent) => void;
  /** Gets what a bearer calls with an address when a push arrived there. */
  readonly listen?: (delivered: (address: string) => void) => void;
}

export type RunPushEvent =
  | { readonly type: 'begun'; readonly added: number; readonly counts: PushCounts }
  | { readonly type: 'changed'; readonly record: PushRecord };

type PushCounts = Readonly<Record<PushState, number>>;

export interface PushReport {
  readonly campaign: string;
  readonly counts: PushCounts;
  readonly failed: readonly { readonly ueId: string; readonly reason: string }[];
  /** Every device did what was asked for: came, or with `wait: false` was sent its push. */
  readonly done: boolean;
}

const PAGE = 1000;

/**
 * Runs a campaign until every device is bootstrapped or failed, or the signal.
 *
 * @throws UsageError `USAGE_CAMPAIGN` without devices where there is no such campaign, and for an answer of a device that
 *   is not in it; errors of the store
 */
export async function runPush(options: RunPushOptions): Promise<PushReport> {
  const {
    campaignId,
    pushes,
    devices = [],
    wait = true,
    signal,
    clock,
    onEvent = () => {},
    listen,
  } = options;
  const campaign = new Campaign({ ...options, onChange: (record) => onEvent({ type: 'changed', record }) });
  const now = clock().getTime();
  const added = await pushes.putPushes(devices.map((device) => queuedPush({ campaignId, ...device }, now)));
  await takeAnswers(options);
  onEvent({ type: 'begun', added, counts: await countsOf(options) });
  const deliveries = new Set<Promise<void>>();
  listen?.((address) => {
    const told = campaign.delivered(address).finally(() => deliveries.delete(told));
    deliveries.add(told);
  });
  try {
    await campaign.run(signal, { wait });
  } finally {
    await Promise.allSettled(deliveries);
  }
  return reportPush(options, wait);
}

/** All of them or, where one is of nobody, none. */
async function takeAnswers({ campaignId, pushes, clock, answers = [] }: RunPushOptions): Promise<void> {
  for (const { ueId } of answers)
    if ((await pushes.push(campaignId, ueId)) === undefined)
      throw new UsageError('USAGE_CAMPAIGN', `campaign ${campaignId} has no device ${ueId}`);
  for (const { ueId, rand, auts } of answers) {
    for (let isKept = false; !isKept; ) {
      const record = (await pushes.push(campaignId, ueId))!;
      const again = resynchronised(record, { rand, auts }, clock().getTime());
      isKept = again === undefined || (await pushes.savePush(again));
    }
  }
}

/**
 * What became of a campaign by now; nothing is sent.
 *
 * @param wait whether devices must have come for it to be done
 * @throws UsageError `USAGE_CAMPAIGN` where there is none
 */
export async function reportPush(
  { campaignId, pushes }: Pick<CampaignOptions, 'campaignId' | 'pushes'>,
  wait = true,
): Promise<PushReport> {
  const counts = await countsOf({ campaignId, pushes });
  const failed: { ueId: string; reason: string }[] = [];
  if (counts.failed > 0)
    for await (const { state, ueId, reason = '' } of allPushes({ campaignId, pushes }))
      if (state === 'failed') failed.push({ ueId, reason });
  const good = counts.bootstrapped + (wait ? 0 : counts.sent + counts.delivered);
  return { campaign: campaignId, counts, failed, done: good === total(counts) };
}

/** Every device of a campaign, by ueId in order. */
export async function* allPushes({
  campaignId,
  pushes,
}: Pick<CampaignOptions, 'campaignId' | 'pushes'>): AsyncGenerator<PushRecord> {
  for (let after = ''; ; ) {
    const page = await pushes.pushes(campaignId, { after, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.ueId;
  }
}

/** How many devices are through, and of how many: for a line of progress. */
export class PushProgress {
  #done = 0;
  #total = 0;

  constructor(private readonly wait: boolean) {}

  get done(): number {
    return this.#done;
  }

  get total(): number {
    return this.#total;
  }

  /** Counts what happened. */
  take(event: RunPushEvent): void {
    if (event.type === 'begun') {
      this.#total = total(event.counts);
      this.#done = event.counts.bootstrapped + event.counts.failed;
    } else if (isOver(event.record) || (!this.wait && event.record.state === 'sent')) this.#done++;
  }
}

function total(counts: PushCounts): number {
  return PUSH_STATES.reduce((sum, state) => sum + counts[state], 0);
}

async function countsOf({
  campaignId,
  pushes,
}: Pick<CampaignOptions, 'campaignId' | 'pushes'>): Promise<PushCounts> {
  const counts = await pushes.pushCounts(campaignId);
  if (total(counts) === 0)
    throw new UsageError('USAGE_CAMPAIGN', `there is no campaign ${campaignId} in this store`);
  return counts;
}
