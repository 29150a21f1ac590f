/** Campaigns of a line that is killed: cards in a farm, the program in processes that end at any instant. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FarmCardDump, FarmStatus } from '../../src/readers/index.js';
import {
  judge,
  type OrderedRecord,
  type OutputRecord,
  type Story,
  type Verdict,
} from '../support/line/judge.js';
import { writeOrder } from './input.js';
import { FarmProcess, Program, run } from './processes.js';

export interface CampaignPlan {
  readonly records: number;
  /** Blanks beyond the records. */
  readonly spare: number;
  readonly slots: number;
  readonly seed: number;
  /** SIGKILLs of the line. */
  readonly kills: number;
  readonly faults: readonly string[];
  /** Card time is divided by this; 0 waits for nothing. */
  readonly speed: number;
  readonly onProgress?: (told: string) => void;
}

export interface CampaignResult {
  readonly plan: CampaignPlan;
  readonly verdict: Verdict;
  readonly story: Story;
  readonly kills: number;
  /** Kills while at least one card was open. */
  readonly killsInWork: number;
  readonly starts: number;
  readonly milliseconds: number;
  readonly farm: FarmStatus;
  /** Reasons of cards and records that did not go through, from the journals. */
  readonly reasons: Readonly<Record<string, number>>;
}

const BATCH = 'campaign';
/** Starts without a kill, after the last one, before a campaign counts as stuck. */
const LAST_STARTS = 8;
const STORE_KEY = '5a'.repeat(32);
const ENV = { CAMPAIGN_KEY: STORE_KEY };

/** One line that is started again each time it was killed, until its batch is done. */
export async function killedCampaign(plan: CampaignPlan): Promise<CampaignResult> {
  const folder = mkdtempSync(join(tmpdir(), 'simboot-campaign-'));
  const started = performance.now();
  const records = writeOrder(folder, plan.seed, plan.records);
  const farm = await FarmProcess.start({ ...plan, folder, cards: plan.records + plan.spare });
  try {
    const chance = chances(plan.seed);
    const counts = await killing(folder, farm, plan, chance);
    const milliseconds = performance.now() - started;
    const status = await farm.readers.status();
    const story = await storyOf(folder, `sqlite:${join(folder, 'line', 'line.db')}`, farm, records);
    return {
      plan,
      story,
      verdict: await judge(story),
      ...counts,
      milliseconds,
      farm: status,
      reasons: reasonsOf(story.journals),
    };
  } finally {
    await farm.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function killing(
  folder: string,
  farm: FarmProcess,
  plan: CampaignPlan,
  chance: () => number,
): Promise<{ kills: number; killsInWork: number; starts: number }> {
  let [kills, killsInWork, starts, searches] = [0, 0, 0, 0];
  const store = ['--state', join(folder, 'line')];
  let loaded = false;
  const again = new Set<number>();
  while (true) {
    loaded ||= await isLoaded(folder);
    const how = loaded ? 'resume' : 'run';
    const line = new Program(lineArgs(folder, farm.address, how, 'one', store), ENV);
    starts++;
    if (kills < plan.kills) {
      await untilInstant(line, farm, plan, kills, chance);
      const { slots } = await farm.readers.status();
      const inWork = slots.some(({ inUse }) => inUse);
      if (await line.kill()) {
        kills++;
        if (inWork) killsInWork++;
        if (kills % 20 === 0) plan.onProgress?.(`${kills} kills, ${await goodCards(farm)} good cards`);
        continue;
      }
    }
    const { code, output } = await line.ended;
    if (code === 0 || code === 5) {
      if ((await found(farm, again)) === 0) return { kills, killsInWork, starts };
      searches++;
    }
    if (starts > plan.kills + LAST_STARTS + searches)
      throw new Error(`the line does not come to its end: ${code}\n${output}`);
  }
}

/** Somebody finds the cards that were in a slot and lie in the stack again, and puts them into empty slots. */
async function found(
  farm: FarmProcess,
  again: Set<number>,
  among = Number.POSITIVE_INFINITY,
  blanksToo = false,
): Promise<number> {
  const { slots } = await farm.readers.status();
  const empty = slots
    .slice(0, among)
    .filter(({ card }) => card === undefined)
    .map(({ slot }) => slot);
  let put = 0;
  for await (const { number, place, insertions, updates } of farm.readers.cards()) {
    const isLost = place === 'stack' && insertions > 0;
    // refused while the station that had begun it might still live, or blanks for which no record was left then
    const isBegun = place === 'returned' && (updates > 0 || blanksToo) && !again.has(number);
    if (!isLost && !isBegun) continue;
    const slot = empty.shift();
    if (slot === undefined) break;
    if (await farm.readers.put(slot, number)) put++;
    again.add(number);
  }
  return put;
}

/** A line that was killed before its batch was in the store has to be begun anew. */
async function isLoaded(folder: string): Promise<boolean> {
  if (!existsSync(join(folder, 'line', 'line.db'))) return false;
  const told = await run(
    ['batch', 'status', BATCH, '--json', ...storeOf(join(folder, 'line', 'line.db'))],
    ENV,
    [0, 2],
  );
  return told.includes('"state":"open"') || told.includes('"state": "open"');
}

function storeOf(file: string): string[] {
  return ['--store', `sqlite:${file}`, '--store-key', 'env:CAMPAIGN_KEY'];
}

/** Any instant: during the start, while cards are in work, or in the middle of recovery. */
async function untilInstant(
  line: Program,
  farm: FarmProcess,
  plan: CampaignPlan,
  kills: number,
  chance: () => number,
): Promise<void> {
  if (chance() < 0.15) {
    await Promise.race([sleep(chance() * 1200), line.ended]);
    return;
  }
  const { exchanges } = await farm.readers.status();
  while (line.isRunning && (await farm.readers.status()).exchanges === exchanges) await sleep(15);
  const begun = performance.now();
  const before = await goodCards(farm);
  const share = Math.max(0, (plan.records - before) / (plan.kills - kills));
  const wanted = before + chance() * 2 * share;
  // when the line is slow an instant in time ends the waiting, too
  const atMost = 50 + chance() * 4000;
  while (line.isRunning && performance.now() - begun < atMost && (await goodCards(farm)) < wanted)
    await sleep(5);
  await sleep(chance() * 15);
}

async function goodCards(farm: FarmProcess): Promise<number> {
  return (await farm.readers.status()).cards.good;
}

function lineArgs(
  folder: string,
  readers: string,
  how: 'run' | 'resume',
  station: string,
  store: readonly string[],
): string[] {
  return [
    ...['batch', how, join(folder, 'job.yaml'), '--batch', BATCH, '--readers', readers, '--station', station],
    ...[...store, '--store-key', 'env:CAMPAIGN_KEY', '--plain'],
  ];
}

/** What there is to judge: dump, outputs, journals. */
async function storyOf(
  folder: string,
  store: string,
  farm: FarmProcess,
  records: readonly OrderedRecord[],
): Promise<Story> {
  const cards: FarmCardDump[] = [];
  for await (const card of farm.readers.dump()) cards.push(card);
  const out = join(folder, 'out');
  mkdirSync(out, { recursive: true });
  const keyed = ['--store', store, '--store-key', 'env:CAMPAIGN_KEY'];
  await run(['batch', 'export', join(folder, 'job.yaml'), '--batch', BATCH, '--to', out, ...keyed], ENV);
  await run(['journal', 'export', '--output', out, ...keyed], ENV);
  const journals = readdirSync(out)
    .filter((name) => name.endsWith('.ndjson'))
    .map((name) => readFileSync(join(out, name), 'utf8'));
  return { records, outputs: outputsOf(readFileSync(join(out, 'server.csv'), 'utf8')), cards, journals };
}

function outputsOf(csv: string): OutputRecord[] {
  const [head, ...rows] = csv.split(/\r?\n/).filter((row) => row !== '');
  if (head !== 'iccid,pin1,psk,card') throw new Error(`the server output has other columns: ${head}`);
  return rows.map((row) => {
    const [iccid = '', pin1 = '', psk = '', card = ''] = row.split(',');
    return { iccid, pin1, psk, card };
  });
}

function reasonsOf(journals: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of journals) {
    for (const [, type, code] of text.matchAll(
      /"event":\{[^\n]*?"reason":\{"code":"([A-Z_0-9]+)"[^\n]*?"type":"([a-z.]+)"/g,
    )) {
      const key = `${code} ${type}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
  }
  return counts;
}

function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

export interface StationsPlan extends Omit<CampaignPlan, 'kills'> {
  /** Address of an empty PostgreSQL database. */
  readonly store: string;
  readonly stations: number;
}

/** After so long the claims of a station that is gone come back; the program's own time. */
const LEASE = 60_000;

/** Several stations share a batch; one is killed for good, and its cards are put into slots of the others. */
export async function stationsCampaign(plan: StationsPlan): Promise<CampaignResult> {
  const folder = mkdtempSync(join(tmpdir(), 'simboot-stations-'));
  const started = performance.now();
  const records = writeOrder(folder, plan.seed, plan.records);
  const farm = await FarmProcess.start({ ...plan, folder, cards: plan.records + plan.spare });
  const store = ['--store', plan.store, '--state', join(folder, 'line')];
  const each = Math.floor(plan.slots / plan.stations);
  const slotsOf = (station: number) => `${farm.address}?slots=${(station - 1) * each + 1}-${station * each}`;
  const start = (station: number, how: 'run' | 'resume') =>
    new Program(lineArgs(folder, slotsOf(station), how, `s${station}`, store), ENV);
  try {
    const lines = [start(1, 'run')];
    await untilGood(farm, 1, lines[0]!);
    for (let station = 2; station <= plan.stations; station++) lines.push(start(station, 'resume'));
    const doomed = lines.at(-1)!;
    const names = (await farm.readers.status()).slots
      .slice((plan.stations - 1) * each)
      .map(({ slot }) => slot);
    await untilUpdated(farm, names, doomed);
    const killed = await doomed.kill();
    for (const name of names) await farm.readers.move(name, 'stack');
    plan.onProgress?.('a station was killed for good');
    let starts = plan.stations;
    let alive = lines.slice(0, -1);
    const again = new Set<number>();
    for (let rounds = 0; ; rounds++) {
      const ended = await Promise.all(alive.map((line) => line.ended));
      const wrong = ended.find(({ code }) => code !== 0 && code !== 5);
      if (wrong !== undefined) throw new Error(`a station ended with ${wrong.code}\n${wrong.output}`);
      const left = await unfinished(plan.store);
      if (rounds === 0) await sleep(LEASE + 5_000);
      const inStack = await found(farm, again, (plan.stations - 1) * each, left > 0);
      if (rounds > 0 && (left === 0 || (inStack === 0 && rounds > 2))) break;
      // what is left then waits for a person; the judge says whether that is right
      if (rounds > LAST_STARTS) break;
      alive = Array.from({ length: plan.stations - 1 }, (_, index) => start(index + 1, 'resume'));
      starts += alive.length;
    }
    const milliseconds = performance.now() - started;
    const status = await farm.readers.status();
    const story = await storyOf(folder, plan.store, farm, records);
    return {
      plan: { ...plan, kills: 1 },
      story,
      verdict: await judge(story),
      kills: killed ? 1 : 0,
      killsInWork: killed ? 1 : 0,
      starts,
      milliseconds,
      farm: status,
      reasons: reasonsOf(story.journals),
    };
  } finally {
    await farm.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Records that a line could still finish. */
async function unfinished(store: string): Promise<number> {
  const told = await run(
    ['batch', 'status', BATCH, '--json', '--store', store, '--store-key', 'env:CAMPAIGN_KEY'],
    ENV,
  );
  const { batches } = JSON.parse(told) as { batches: readonly { records: Record<string, number> }[] };
  const { free = 0, reserved = 0, writing = 0, verified = 0, quarantined = 0 } = batches[0]?.records ?? {};
  return free + reserved + writing + verified + quarantined;
}

async function untilGood(farm: FarmProcess, count: number, line: Program): Promise<void> {
  while ((await goodCards(farm)) < count) {
    if (!line.isRunning) throw new Error(`the station ended: ${(await line.ended).output}`);
    await sleep(20);
  }
}

/** Cards of that station are in the middle of being written. */
async function untilUpdated(farm: FarmProcess, slots: readonly string[], line: Program): Promise<void> {
  for (let sinceFirst = 0; sinceFirst < 3; ) {
    if (!line.isRunning) throw new Error(`the station ended: ${(await line.ended).output}`);
    await sleep(20);
    for await (const { place, slot, updates } of farm.readers.cards()) {
      if (place === 'slot' && updates > 0 && slots.includes(slot ?? '')) {
        sinceFirst++;
        break;
      }
    }
  }
}
