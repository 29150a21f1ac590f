/** What a BSF keeps of a subscriber, and the port of where it keeps it. */
import { type AkaFunctions, Milenage, Tuak, type TuakSizes } from '../crypto/index.js';

export type SubscriptionKeys =
  | { readonly algorithm: 'milenage'; readonly k: Uint8Array; readonly opc: Uint8Array }
  | ({ readonly algorithm: 'tuak'; readonly k: Uint8Array; readonly topc: Uint8Array } & TuakSizes);

export interface SubscriberRecord {
  readonly impi: string;
  /** IMPUs and telephone numbers that name the same subscriber. */
  readonly publicIds: readonly string[];
  readonly keys: SubscriptionKeys;
  /** 2 octets. */
  readonly amf: Uint8Array;
  /** The last SQN that was given out, 6 octets. */
  readonly sqn: Uint8Array;
  /** The UICC keeps Ks. */
  readonly gbaU: boolean;
}

/** Where subscribers are kept. */
export interface SubscriberStore {
  /** By private or public identity. */
  subscriber(ueId: string, type: 'PRIVATE' | 'PUBLIC'): Promise<SubscriberRecord | undefined>;
  /**
   * Moves the SQN on, durably, if it is still `from`. An SQN is given out after that, so that none is given out twice.
   *
   * @returns false where another request came first
   */
  advanceSqn(impi: string, from: Uint8Array, to: Uint8Array): Promise<boolean>;
  /**
   * Inserts or replaces, all or none. A subscriber that is there keeps the higher SQN.
   *
   * @throws UsageError `USAGE_SUBSCRIBER` where a public identity is another subscriber's
   */
  putSubscribers(records: readonly SubscriberRecord[]): Promise<void>;
  /** By IMPI in order, page by page: at most `limit` after `after`. */
  subscribers(page?: {
    readonly after?: string;
    readonly limit?: number;
  }): Promise<readonly SubscriberRecord[]>;
}

/** The functions of a subscription; wipe them after use. */
export function subscriptionFunctions(keys: SubscriptionKeys): AkaFunctions {
  return keys.algorithm === 'milenage' ? new Milenage(keys) : new Tuak(keys);
}
