/**
 * What the journal costs: cards per second through the store of a line (four transactions a card: claim, writing, verified,
 * released), with 1, 8, 32 and 64 slots at once, against bare appends of as many lines with the same grouping and one
 * fdatasync a group. With `load`: a million records into an empty store, time and memory. Needs a build.
 *
 *   node bench/line-store.mjs [load] [postgres://USER@HOST/DATABASE]
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const dist = process.env.SIMBOOT_DIST ?? new URL('../dist', import.meta.url).pathname;
const { openLineStore } = await import(`${dist}/src/store/index.js`);

const SLOTS = [1, 8, 32, 64];
const MILLISECONDS = 2_000;
const RECORDS = 40_000;
const MILLION = Number(process.env.RECORDS ?? 1_000_000);
const CHUNK = 5_000;
/** Four octet strings as large as the entries of one card. */
const LINES = [420, 380, 900, 400].map((octets) => `${'x'.repeat(octets)}\n`);

const key = Uint8Array.from(randomBytes(32));
const postgres = process.argv.find((word) => word.startsWith('postgres'));
const directory = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'simboot-bench-line-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

const address = `sqlite:${join(directory, 'line.db')}`;
if (process.argv.includes('load')) await load(address);
else await cards();

async function cards() {
  const bare = await perSlots(bareCard());
  const results = [{ name: 'bare appends', rates: bare }];
  for (const [name, where] of [
    ['SQLite', address],
    ['PostgreSQL', postgres],
  ]) {
    if (where === undefined) continue;
    const store = await openLineStore(where, { key });
    const batchId = `bench-${Date.now()}`;
    await fill(store, batchId, RECORDS);
    const station = await store.openStation(batchId, { leaseMs: 60_000 });
    results.push({ name, rates: await perSlots((slot, number) => card(station, batchId, slot, number)) });
    await station.close();
    await store.close();
  }
  console.log(
    `cards per second with ${SLOTS.join(', ')} slots at once; in brackets the part of bare appends`,
  );
  for (const { name, rates } of results) {
    const shown = rates.map((rate, index) => `${rate.toFixed(0)} (${(rate / bare[index]).toFixed(2)})`);
    console.log(`${name.padEnd(14)}${shown.join('   ')}`);
  }
}

async function perSlots(one) {
  const rates = [];
  for (const slots of SLOTS) {
    let done = 0;
    const start = performance.now();
    const loop = async (_, slot) => {
      for (let number = 0; performance.now() - start < MILLISECONDS; number++) {
        await one(slot, `${slots}-${slot}-${number}`);
        done++;
      }
    };
    await Promise.all(Array.from({ length: slots }, loop));
    rates.push((done * 1000) / (performance.now() - start));
  }
  return rates;
}

async function card(station, batchId, slot, name) {
  const cardId = `${batchId}-${name}`;
  const step = async ({ number, revision }, state, change, more) =>
    station.apply({
      record: { batchId, number, revision, state, ...change },
      ...more,
      events: [{ type: `record.${state}`, batchId, record: number, cardId, slot: `reader ${slot}` }],
    });
  let record = await station.claim(batchId, { kind: 'next' }, { slot: `reader ${slot}`, cardId });
  record = await step(record, 'writing', { drawn: { KI: '00112233445566778899AABBCCDDEEFF', PIN: '1234' } });
  record = await step(record, 'verified', { evidence: 'e'.repeat(64) });
  await step(
    record,
    'released',
    {},
    {
      card: { cardId, batchId, record: record.number, state: 'good', changedAt: Date.now() },
    },
  );
}

/** Lines that come together are written together; each waits for its fdatasync. */
function bareCard() {
  const file = openSync(join(directory, 'bare'), 'a');
  process.on('exit', () => closeSync(file));
  let waiting = [];
  let busy = false;
  const flush = () => {
    const group = waiting;
    waiting = [];
    busy = group.length > 0;
    if (!busy) return;
    writeSync(file, group.map(({ line }) => line).join(''));
    fdatasync(file, () => {
      for (const { done } of group) done();
      setImmediate(flush);
    });
  };
  const append = (line) =>
    new Promise((done) => {
      waiting.push({ line, done });
      if (!busy) {
        busy = true;
        setImmediate(flush);
      }
    });
  return async () => {
    for (const line of LINES) await append(line);
  };
}

async function fill(store, batchId, records, onChunk = () => {}) {
  const hash = '0'.repeat(64);
  await store.createBatch({
    batchId,
    jobName: 'bench',
    jobVersion: '1',
    jobHash: hash,
    inputHash: hash,
    createdAt: 0,
  });
  for (let at = 0; at < records; at += CHUNK) {
    const chunk = Array.from({ length: Math.min(CHUNK, records - at) }, (_, index) =>
      record(batchId, at + index + 1),
    );
    await store.addRecords(batchId, chunk);
    onChunk();
  }
  await store.openBatch(batchId);
}

function record(batchId, number) {
  const digits = String(number).padStart(10, '0');
  const iccid = batchId.startsWith('bench-') ? `${batchId}${digits}` : `894900000${digits}`;
  const imsi = `${batchId}26201${digits}`;
  const fields = {
    ICCID: iccid,
    IMSI: imsi,
    KI: '00112233445566778899AABBCCDDEEFF',
    OPC: 'FFEEDDCCBBAA99887766554433221100',
  };
  return { number, row: number + 1, unique: { iccid, imsi }, key: iccid, fields };
}

async function load(where) {
  const store = await openLineStore(where, { key });
  let peak = 0;
  const start = performance.now();
  const before = process.cpuUsage();
  await fill(store, 'million', MILLION, () => {
    peak = Math.max(peak, process.memoryUsage().rss);
  });
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const counting = performance.now();
  const { records } = await store.counts('million');
  const counted = performance.now() - counting;
  const station = await store.openStation('s', { leaseMs: 1000 });
  const claiming = performance.now();
  for (let index = 0; index < 200; index++) await station.claim('million', { kind: 'next' }, { slot: 'r' });
  const claimed = (performance.now() - claiming) / 200;
  await store.close();
  const size = statSync(where.slice('sqlite:'.length)).size / 1e6;
  console.log(
    `${records.free} records in ${seconds.toFixed(1)} s (processor ${((user + system) / 1e6).toFixed(1)} s), at most ${(peak / 1e6).toFixed(0)} MB of memory, ${size.toFixed(0)} MB on the disk; counted in ${counted.toFixed(0)} ms, a claim takes ${claimed.toFixed(2)} ms`,
  );
}
