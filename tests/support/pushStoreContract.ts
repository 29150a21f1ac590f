/** What every store of subscribers and campaigns does, whatever is behind it. */
import { fromHex, toHex } from '../../src/bytes/index.js';
import {
  bootstrapped,
  claimed,
  DEFAULT_CAMPAIGN_POLICY as POLICY,
  queuedPush,
  type SubscriberRecord,
  sent,
} from '../../src/gba/index.js';
import type { PushStores } from '../../src/store/index.js';

const subscriber = (impi: string, more: Partial<SubscriberRecord> = {}): SubscriberRecord => ({
  impi,
  publicIds: [`tel:${impi}`],
  keys: { algorithm: 'milenage', k: new Uint8Array(16).fill(1), opc: new Uint8Array(16).fill(2) },
  amf: fromHex('8000'),
  sqn: fromHex('000000000021'),
  gbaU: true,
  ...more,
});
const tuak: SubscriberRecord = subscriber('t', {
  publicIds: [],
  keys: {
    algorithm: 'tuak',
    k: new Uint8Array(32).fill(3),
    topc: new Uint8Array(32).fill(4),
    iterations: 2,
    macBits: 128,
  },
  gbaU: false,
});
const queued = (ueId: string, at: number, campaignId = 'c1') =>
  queuedPush({ campaignId, ueId, ueIdType: 'PRIVATE', address: 'udp:192.0.2.1:2948', gba: 'GBA_ME' }, at);

/** @param open a store with nothing in it */
export function pushStoreContract(name: string, open: () => Promise<PushStores>): void {
  describe(name, () => {
    let store: PushStores;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    test('subscribers come back as they were, by private and public identity', async () => {
      await store.putSubscribers([subscriber('a'), tuak]);
      expect(await store.subscriber('a', 'PRIVATE')).toEqual(subscriber('a'));
      expect(await store.subscriber('tel:a', 'PUBLIC')).toEqual(subscriber('a'));
      expect(await store.subscriber('t', 'PRIVATE')).toEqual(tuak);
      for (const [id, type] of [
        ['tel:a', 'PRIVATE'],
        ['a', 'PUBLIC'],
        ['b', 'PRIVATE'],
        ['\0', 'PRIVATE'],
      ] as const)
        expect(await store.subscriber(id, type)).toBeUndefined();
      expect((await store.subscribers()).map(({ impi }) => impi)).toEqual(['a', 't']);
      expect((await store.subscribers({ after: 'a', limit: 1 })).map(({ impi }) => impi)).toEqual(['t']);
    });

    test('putting again replaces, and never turns an SQN back', async () => {
      await store.putSubscribers([subscriber('a')]);
      await store.putSubscribers([
        subscriber('a', { publicIds: ['sip:a'], sqn: fromHex('000000000001'), gbaU: false }),
      ]);
      const found = await store.subscriber('sip:a', 'PUBLIC');
      expect(found).toMatchObject({ gbaU: false });
      expect(toHex(found!.sqn)).toBe('000000000021');
      expect(await store.subscriber('tel:a', 'PUBLIC')).toBeUndefined();
    });

    test('a public identity belongs to one subscriber; a list goes in whole or not at all', async () => {
      await store.putSubscribers([subscriber('a')]);
      const list = [subscriber('b'), subscriber('c', { publicIds: ['tel:a'] })];
      await expect(store.putSubscribers(list)).rejects.toMatchObject({ code: 'USAGE_SUBSCRIBER' });
      expect(await store.subscriber('b', 'PRIVATE')).toBeUndefined();
    });

    test('an SQN moves on once', async () => {
      await store.putSubscribers([subscriber('a')]);
      const [from, to] = [fromHex('000000000021'), fromHex('000000000042')];
      const moved = await Promise.all([
        store.advanceSqn('a', from, to),
        store.advanceSqn('a', from, to),
        store.advanceSqn('b', from, to),
      ]);
      expect(moved.filter(Boolean)).toHaveLength(1);
      expect((await store.subscriber('a', 'PRIVATE'))?.sqn).toEqual(to);
    });

    test('campaigns: adding again changes nothing, saving needs the last revision', async () => {
      expect(await store.putPushes([queued('a', 30), queued('b', 10), queued('c', 0, 'c2')])).toBe(3);
      const begun = {
        ...claimed(queued('a', 30), 40, POLICY)!,
        accountId: 'dms1/a',
        document: fromHex('00ff'),
        resynchronisation: { rand: fromHex('aa01'), auts: fromHex('bb') },
      };
      const saved = await Promise.all([store.savePush(begun), store.savePush(begun)]);
      expect(saved.filter(Boolean)).toHaveLength(1);
      expect(await store.putPushes([queued('a', 30), queued('d', 99)])).toBe(1);
      expect(await store.push('c1', 'a')).toEqual(begun);
      expect(await store.push('c1', 'z')).toBeUndefined();
      expect(await store.push('c1', '\0')).toBeUndefined();
    });

    test('campaigns: what is due, what waits, how many, when next', async () => {
      await store.putPushes([queued('a', 30), queued('b', 10), queued('c', 0, 'c2')]);
      const due = async (now: number, limit = 9) =>
        (await store.duePushes('c1', now, limit)).map(({ ueId }) => ueId);
      expect(await due(10)).toEqual(['b']);
      expect(await due(99)).toEqual(['b', 'a']);
      expect(await due(99, 1)).toEqual(['b']);
      expect(await store.nextPushAt('c1')).toBe(10);
      expect((await store.pushes('c1', { after: 'a' })).map(({ ueId }) => ueId)).toEqual(['b']);
      const page = { after: '', limit: 9 };
      expect(await store.waitingPushes('c1', page)).toEqual([]);
      const begun = { ...claimed(queued('a', 30), 40, POLICY)!, document: fromHex('00ff') };
      const left = sent(begun, 'p1', 50, POLICY);
      expect(await store.savePush(begun)).toBe(true);
      expect(await store.savePush(left)).toBe(true);
      expect(await store.waitingPushes('c1', page)).toEqual([left]);
      expect(await store.waitingPushes('c1', { after: 'a', limit: 9 })).toEqual([]);
      expect(await store.savePush(bootstrapped(left))).toBe(true);
      expect(await store.pushCounts('c1')).toEqual({
        queued: 1,
        requested: 0,
        sent: 0,
        delivered: 0,
        bootstrapped: 1,
        failed: 0,
      });
      expect(await store.nextPushAt('c3')).toBeUndefined();
    });
  });
}
