/** Campaigns in memory: for tests, demonstrations, and as the reference of the port. */
import { PUSH_STATES, type PushRecord, type PushState, type PushStore } from './campaign.js';

const PAGE = 100;

/** A `PushStore` that lives as long as the process. */
export function memoryPushes(): PushStore {
  const campaigns = new Map<string, Map<string, PushRecord>>();
  const of = (campaignId: string) => campaigns.get(campaignId) ?? new Map<string, PushRecord>();
  return {
    async putPushes(records) {
      let fresh = 0;
      for (const record of records) {
        const campaign = of(record.campaignId);
        campaigns.set(record.campaignId, campaign);
        if (campaign.has(record.ueId)) continue;
        campaign.set(record.ueId, record);
        fresh++;
      }
      return fresh;
    },
    async duePushes(campaignId, now, limit) {
      const due = [...of(campaignId).values()].filter(({ nextAt }) => nextAt !== undefined && nextAt <= now);
      return due.sort((a, b) => a.nextAt! - b.nextAt! || order(a, b)).slice(0, limit);
    },
    async savePush(record) {
      const campaign = of(record.campaignId);
      if (campaign.get(record.ueId)?.revision !== record.revision - 1) return false;
      campaign.set(record.ueId, record);
      return true;
    },
    async push(campaignId, ueId) {
      return of(campaignId).get(ueId);
    },
    async waitingPushes(campaignId, { after, limit }) {
      const waiting = [...of(campaignId).values()].filter(
        ({ state, ueId }) => (state === 'sent' || state === 'delivered') && ueId > after,
      );
      return waiting.sort(order).slice(0, limit);
    },
    async pushes(campaignId, { after = '', limit = PAGE } = {}) {
      const all = [...of(campaignId).values()].filter(({ ueId }) => ueId > after);
      return all.sort(order).slice(0, limit);
    },
    async pushCounts(campaignId) {
      const counts = Object.fromEntries(PUSH_STATES.map((state) => [state, 0])) as Record<PushState, number>;
      for (const { state } of of(campaignId).values()) counts[state]++;
      return counts;
    },
    async nextPushAt(campaignId) {
      const times = [...of(campaignId).values()].flatMap(({ nextAt }) => nextAt ?? []);
      return times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
    },
  };
}

function order(a: PushRecord, b: PushRecord): number {
  if (a.ueId === b.ueId) return 0;
  return a.ueId < b.ueId ? -1 : 1;
}
