/** A card against its record: the right octets on the wrong chip prove nothing. */
import type { CardChannel } from '../../src/apdu/index.js';
import { auditCard, type CardIdentity, type CardWorker, remakeRecord } from '../../src/perso/index.js';
import { BATCH, cardId, iccid, smallBatch } from '../perso-outputs/batch.js';

/** Every card that it is shown has what was ordered. */
function worker(identity: Partial<CardIdentity>): CardWorker {
  const refused = () => Promise.reject(new Error('an audit writes nothing'));
  return {
    identify: async () => ({ atr: '3b00', ...identity }),
    expects: () => true,
    prepare: () => ({
      survey: refused,
      write: refused,
      verify: async () => ({ differences: [], evidence: 'ef'.repeat(32) }),
      wipe: () => undefined,
    }),
  };
}

async function audit({ store }: Awaited<ReturnType<typeof smallBatch>>, identity: Partial<CardIdentity>) {
  return auditCard({ reader: 'r' } as CardChannel, {
    ...{ store, batch: (await store.batch(BATCH))!, worker: worker(identity) },
    open: async () => ({}),
    clock: () => new Date(0),
    signal: new AbortController().signal,
  });
}

test('the card of the record is proven', async () => {
  const batch = await smallBatch(1);
  await batch.bring(1, 'released');
  expect(await audit(batch, { id: cardId(1) })).toMatchObject({ outcome: 'proven', record: 1 });
});

test('a copy on another chip, found by its ICCID, is refuted', async () => {
  const batch = await smallBatch(1);
  await batch.bring(1, 'released');
  expect(await audit(batch, { id: 'copy', iccid: iccid(1) })).toMatchObject({
    outcome: 'refuted',
    record: 1,
    reason: { code: 'OTHER_CARD' },
  });
});

test('the card before a remake that kept its values is refuted, the one after it proven', async () => {
  const batch = await smallBatch(1);
  const { store, station, bring } = batch;
  await bring(1, 'released');
  await remakeRecord(store, station, {
    ...{ batchId: BATCH, number: 1, reason: 'DAMAGED', requestedBy: 'A', approvedBy: 'B' },
    destroyed: { by: 'A', at: 5, reference: 'D-1' },
    keepValues: true,
  });
  expect(await audit(batch, { id: cardId(1) })).toMatchObject({ outcome: 'unfinished' });
  const next = (await station.claim(BATCH, { kind: 'number', number: 1 }, { slot: 's', cardId: 'new' }))!;
  await station.apply({
    record: { batchId: BATCH, number: 1, revision: next.revision, state: 'released' },
    events: [],
  });
  expect(await audit(batch, { id: cardId(1) })).toMatchObject({
    outcome: 'refuted',
    reason: { code: 'OTHER_CARD' },
  });
  expect(await audit(batch, { id: 'new' })).toMatchObject({ outcome: 'proven' });
});
