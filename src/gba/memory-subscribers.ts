/** Subscribers in memory: for tests, demonstrations, and as the reference of the port. */
import { equal } from '../bytes/index.js';
import { sqnToNumber } from '../crypto/index.js';
import { UsageError } from '../errors/index.js';
import type { SubscriberRecord, SubscriberStore } from './subscribers.js';

const PAGE = 100;

/** A `SubscriberStore` that lives as long as the process. */
export function memorySubscribers(): SubscriberStore {
  let byImpi = new Map<string, SubscriberRecord>();
  let byPublicId = new Map<string, string>();
  return {
    async subscriber(ueId, type) {
      const impi = type === 'PRIVATE' ? ueId : byPublicId.get(ueId);
      return impi === undefined ? undefined : byImpi.get(impi);
    },
    async advanceSqn(impi, from, to) {
      const record = byImpi.get(impi);
      if (record === undefined || !equal(record.sqn, from)) return false;
      byImpi.set(impi, { ...record, sqn: to });
      return true;
    },
    async putSubscribers(records) {
      const next = new Map(byImpi);
      const names = new Map(byPublicId);
      for (const record of records) {
        for (const id of next.get(record.impi)?.publicIds ?? []) names.delete(id);
        next.set(record.impi, withHigherSqn(record, next.get(record.impi)));
        for (const id of record.publicIds) {
          if ((names.get(id) ?? record.impi) !== record.impi) refuseTwice(id);
          names.set(id, record.impi);
        }
      }
      byImpi = next;
      byPublicId = names;
    },
    async subscribers({ after = '', limit = PAGE } = {}) {
      const impis = [...byImpi.keys()].filter((impi) => impi > after).sort();
      return impis.slice(0, limit).map((impi) => byImpi.get(impi)!);
    },
  };
}

/** An import must not turn an SQN back: the card would refuse what comes. */
export function withHigherSqn(
  record: SubscriberRecord,
  kept: { readonly sqn: Uint8Array } | undefined,
): SubscriberRecord {
  const behind = kept !== undefined && sqnToNumber(kept.sqn) > sqnToNumber(record.sqn);
  return behind ? { ...record, sqn: kept.sqn } : record;
}

/** @throws UsageError `USAGE_SUBSCRIBER` */
export function refuseTwice(publicId: string): never {
  throw new UsageError('USAGE_SUBSCRIBER', `${publicId} names two subscribers`, { details: { publicId } });
}
