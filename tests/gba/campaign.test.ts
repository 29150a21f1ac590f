/** What becomes of one device of a campaign, and the port that keeps it. */
import {
  attemptFailed,
  bootstrapped,
  claimed,
  delivered,
  exhausted,
  isOver,
  memoryPushes,
  DEFAULT_CAMPAIGN_POLICY as POLICY,
  queuedPush,
  sent,
  waitAfter,
} from '../../src/gba/index.js';

const of = (ueId: string, campaignId = 'c1') =>
  ({ campaignId, ueId, ueIdType: 'PRIVATE', address: 'udp:192.0.2.1:2948', gba: 'GBA_ME' }) as const;

test('a push that works: queued, requested, sent, delivered, bootstrapped', () => {
  const queued = queuedPush(of('a'), 1000);
  expect(queued).toMatchObject({ state: 'queued', attempts: 0, nextAt: 1000, revision: 0 });
  const requested = claimed(queued, 2000, POLICY)!;
  expect(requested).toMatchObject({
    state: 'requested',
    attempts: 1,
    begunAt: 2000,
    nextAt: 122_000,
    revision: 1,
  });
  const left = sent({ ...requested, document: Uint8Array.of(1) }, 'p1', 3000, POLICY);
  expect(left).toMatchObject({ state: 'sent', pTid: 'p1', nextAt: 63_000, revision: 2 });
  const arrived = delivered(left);
  expect(arrived).toMatchObject({ state: 'delivered', nextAt: 63_000, revision: 3 });
  const done = bootstrapped(arrived);
  expect(done).toMatchObject({ state: 'bootstrapped', attempts: 1, revision: 4 });
  expect(done.document).toBeUndefined();
  expect(done.nextAt).toBeUndefined();
  expect(isOver(done)).toBe(true);
});

test('waits double up to the longest', () => {
  expect([1, 2, 3, 4, 20].map((attempts) => waitAfter(attempts, POLICY))).toEqual([
    60_000, 120_000, 240_000, 480_000, 3_600_000,
  ]);
});

test('failures: again while attempts are left, at once where it is final', () => {
  const first = claimed(queuedPush(of('a'), 0), 0, POLICY)!;
  const again = attemptFailed(first, { reason: 'r', final: false }, 1000, POLICY);
  expect(again).toMatchObject({ state: 'queued', reason: 'r', nextAt: 61_000, revision: 2 });
  expect(attemptFailed(first, { reason: 'r', final: true }, 0, POLICY)).toMatchObject({
    state: 'failed',
    reason: 'r',
  });
  const last = { ...first, attempts: POLICY.attempts };
  expect(attemptFailed(last, { reason: 'r', final: false }, 0, POLICY).state).toBe('failed');
  expect(claimed(last, 0, POLICY)).toBeUndefined();
  expect(exhausted(sent(last, 'p', 0, POLICY))).toMatchObject({
    state: 'failed',
    reason: 'the device did not come',
  });
  expect(exhausted(delivered(sent(last, 'p', 0, POLICY))).reason).toContain('it was delivered');
  expect(delivered(first)).toBe(first);
});

test('the port: adding again changes nothing, saving needs the last revision, lists and counts', async () => {
  const store = memoryPushes();
  const [a, b, c] = [queuedPush(of('a'), 30), queuedPush(of('b'), 10), queuedPush(of('c', 'c2'), 0)];
  expect(await store.putPushes([a, b, c])).toBe(3);
  const begun = { ...claimed(a, 40, POLICY)!, accountId: 'acc' };
  expect(await store.savePush(begun)).toBe(true);
  expect(await store.savePush(begun)).toBe(false);
  expect(await store.putPushes([a])).toBe(0);
  expect(await store.push('c1', 'a')).toEqual(begun);
  expect((await store.duePushes('c1', 10, 9)).map(({ ueId }) => ueId)).toEqual(['b']);
  expect((await store.duePushes('c1', 1e9, 9)).map(({ ueId }) => ueId)).toEqual(['b', 'a']);
  expect((await store.duePushes('c1', 1e9, 1)).map(({ ueId }) => ueId)).toEqual(['b']);
  const page = { after: '', limit: 9 };
  expect(await store.waitingPushes('c1', page)).toEqual([]);
  expect(await store.nextPushAt('c1')).toBe(10);
  expect((await store.pushes('c1', { after: 'a' })).map(({ ueId }) => ueId)).toEqual(['b']);
  const left = sent(begun, 'p1', 50, POLICY);
  await store.savePush(left);
  expect(await store.waitingPushes('c1', page)).toEqual([left]);
  expect(await store.waitingPushes('c1', { after: 'a', limit: 9 })).toEqual([]);
  await store.savePush(bootstrapped(left));
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
