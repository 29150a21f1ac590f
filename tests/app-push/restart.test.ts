/**
 * Campaigns whose process ends in the middle: nobody forgotten, nobody with two keys. `CAMPAIGN_DEVICES=100000` makes
 * that of SQLite as large as docs/performance.md tells.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Campaign, type CampaignOptions, runPush } from '../../src/app/index.js';
import { unprotectBootstrap } from '../../src/bootstrap/index.js';
import { memoryStore } from '../../src/dm/index.js';
import { dmKeys, memoryPushes, nafId, SIM_GPI, UA_SIMULATOR } from '../../src/gba/index.js';
import { removeChildPrograms } from '../support/childProgram.js';
import { requirePostgres } from '../support/postgres.js';
import { devicesOf, ENDS, killedCampaign, server, sha256 } from './killed-campaign.js';

const DEVICES = 10_000;
const LARGE = Number(process.env.CAMPAIGN_DEVICES ?? DEVICES);

afterAll(() => removeChildPrograms());

test(
  'SQLite: SIGKILL in the middle, twice; then it goes on',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'simboot-campaign-'));
    try {
      const { time, memory } = await killedCampaign(`sqlite:${join(directory, 'server.db')}`, LARGE);
      if (LARGE > DEVICES)
        console.log(`${LARGE} devices: ${(time / 1000).toFixed(0)} s, ${(memory / 2 ** 20).toFixed(0)} MiB`);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
  LARGE > DEVICES ? 1_800_000 : 120_000,
);

requirePostgres('PostgreSQL', (postgres) => {
  test('SIGKILL in the middle, twice; then it goes on', async () => {
    await killedCampaign(postgres.database(), 3000);
  }, 120_000);
});

test('memory: stopped in the middle, then another one goes on', async () => {
  const pushes = memoryPushes();
  const accounts = memoryStore();
  const all = new Map<number, string[]>();
  let stop = new AbortController();
  const random = (octets: number) => crypto.getRandomValues(new Uint8Array(octets));
  const make = new Function(`${ENDS}; return endsOf;`)() as (
    tools: object,
  ) => Pick<CampaignOptions, 'naf' | 'source' | 'bearer'>;
  const ends = make({
    SIM_GPI,
    dmKeys,
    nafId,
    UA_SIMULATOR,
    unprotectBootstrap,
    random,
    hash: sha256,
    told(n: number, hash: string) {
      all.set(n, [...(all.get(n) ?? []), hash]);
      if (all.size === 3000) stop.abort();
    },
  });
  let now = Date.now();
  const options = { campaignId: 'c', pushes, accounts, server, ...ends, random, clock: () => new Date(now) };
  const policy = { leaseMs: 1, firstWaitMs: 1e9 };
  const first = await runPush({
    ...options,
    policy,
    devices: devicesOf(DEVICES),
    wait: false,
    signal: stop.signal,
  });
  expect(first.counts.sent).toBeGreaterThanOrEqual(2980);
  expect(first.done).toBe(false);
  stop = new AbortController();
  now += 10;
  const campaign = new Campaign({ ...options, policy });
  await campaign.run(stop.signal, { wait: false });
  expect(all.size).toBe(DEVICES);
  expect([...all.values()].every((hashes) => new Set(hashes).size === 1)).toBe(true);
  expect(await pushes.pushCounts('c')).toMatchObject({ sent: DEVICES });
}, 60_000);
