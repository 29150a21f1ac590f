/** A small batch in the memory store, some of its records finished. */
import type { Job, LineRecord, LineStore, OutputFile, StationHandle } from '../../src/perso/index.js';
import { memoryLineStore } from '../../src/perso/index.js';

export const BATCH = 'b1';
export const iccid = (number: number) => `894901780000000${String(number).padStart(4, '0')}`;
export const cardId = (number: number) => `c${number}`;

export const OUTPUT: OutputFile = {
  name: 'server',
  kind: 'server',
  file: '${batch}-server.csv',
  format: 'csv',
  delimiter: ',',
  columns: [
    { header: 'iccid', value: '${iccid}', encrypted: false },
    { header: 'psk', value: '${psk}', encrypted: true },
    { header: 'pin', value: '${pin}', encrypted: true },
  ],
  transportKey: 'server',
};

/** As much of a job as outputs look at. */
export function jobWith(outputs: readonly OutputFile[]): Job {
  return {
    name: 'acme',
    version: '3',
    hash: 'ab'.repeat(32),
    records: {
      format: 'csv',
      delimiter: ',',
      columns: [
        { name: 'iccid', header: 'ICCID', type: 'iccid', unique: true, optional: false, secret: false },
      ],
      transportKeys: ['server'],
    },
    draw: { psk: { kind: 'octets', length: 4 }, pin: { kind: 'digits', length: 4 } },
    outputs,
  } as unknown as Job;
}

export interface SmallBatch {
  readonly store: LineStore;
  readonly station: StationHandle;
  /** Takes a record to a state of the usual way. */
  bring(number: number, to: 'writing' | 'verified' | 'released', slot?: string): Promise<LineRecord>;
}

export async function smallBatch(records: number): Promise<SmallBatch> {
  let now = 1_700_000_000_000;
  const store = memoryLineStore({ clock: () => (now += 1000) });
  await store.createBatch({
    batchId: BATCH,
    jobName: 'acme',
    jobVersion: '3',
    jobHash: 'ab'.repeat(32),
    inputHash: 'cd'.repeat(32),
    createdAt: now,
  });
  await store.addRecords(
    BATCH,
    Array.from({ length: records }, (_, index) => ({
      number: index + 1,
      row: index + 2,
      unique: { iccid: iccid(index + 1) },
      key: iccid(index + 1),
      fields: { iccid: iccid(index + 1) },
    })),
  );
  await store.openBatch(BATCH);
  const station = await store.openStation('s1', { leaseMs: 60_000 });
  return { store, station, bring: (number, to, slot = 'slot 0') => bring(station, number, to, slot) };
}

async function bring(
  station: StationHandle,
  number: number,
  to: 'writing' | 'verified' | 'released',
  slot: string,
): Promise<LineRecord> {
  const claimed = await station.claim(BATCH, { kind: 'number', number }, { slot, cardId: cardId(number) });
  let record = claimed!;
  for (const state of ['writing', 'verified', 'released'] as const) {
    const more =
      state === 'writing'
        ? { drawn: { psk: `0000000${number}`.slice(-8), pin: `${1000 + number}` } }
        : state === 'verified'
          ? { evidence: 'ef'.repeat(32) }
          : {};
    const card =
      state === 'released'
        ? {
            card: {
              cardId: cardId(number),
              batchId: BATCH,
              record: number,
              state: 'good' as const,
              changedAt: 0,
            },
          }
        : {};
    const data =
      state === 'verified' ? { data: { timings: { iccid: 100 * number, total: 1000 * number } } } : {};
    record = (await station.apply({
      record: { batchId: BATCH, number, revision: record.revision, state, ...more },
      ...card,
      events: [
        { type: `record.${state}`, batchId: BATCH, record: number, cardId: cardId(number), slot, ...data },
      ],
    }))!;
    if (state === to) return record;
  }
  return record;
}
