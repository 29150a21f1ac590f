/** Any failure at any moment: a device never gets two different credentials in one campaign, and a campaign ends. */
import fc from 'fast-check';
import { Campaign, type CampaignOptions } from '../../src/app/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { memoryStore, type ServerStore } from '../../src/dm/index.js';
import { NetworkError } from '../../src/errors/index.js';
import {
  isOver,
  memoryPushes,
  memorySubscribers,
  type PushStore,
  queuedPush,
  retrievePushInfo,
  subscriptionFunctions,
  UA_SIMULATOR,
} from '../../src/gba/index.js';
import { comeWith, OPC, receiverOf } from './devices.js';

const DEVICES = 3;
const impi = (n: number) => `00101000000000${n}@ims.example`;
const k = (n: number) => new Uint8Array(16).fill(n + 1);
const server = { srvId: 'dms1', srvUri: 'https://dm.example.com/dm', name: 'Operator' };
const never = new AbortController().signal;

const plan = fc.record({
  /** The n-th call to a port of the process ends the process: before it is done, or after. */
  deaths: fc.array(fc.record({ call: fc.nat(60), after: fc.boolean() }), { maxLength: 4 }),
  bsf: fc.array(fc.boolean(), { maxLength: 8 }),
  /** What the bearer does with each push. */
  bearer: fc.array(fc.constantFrom('good', 'down', 'lost', 'twice', 'reordered'), { maxLength: 12 }),
  /** How long after a push the device comes; 0: never. */
  comes: fc.array(fc.constantFrom(0, 500, 500, 90_000), { minLength: DEVICES, maxLength: DEVICES }),
});

/** The world outside the process that may die. */
class World {
  now = Date.parse('2026-11-22T12:00:00Z');
  readonly accounts: ServerStore = memoryStore();
  readonly pushes: PushStore = memoryPushes();
  readonly subscribers = memorySubscribers();
  readonly got = Array.from({ length: DEVICES }, () => new Set<string>());
  readonly came = new Set<number>();
  readonly #sims = Array.from({ length: DEVICES }, (_, n) =>
    receiverOf(impi(n), k(n), () => new Date(this.now)),
  );
  #arrivals: { at: number; n: number; document: Uint8Array }[] = [];
  #seed = 0;
  #calls = 0;
  #sent = 0;
  #asked = 0;

  constructor(readonly how: typeof plan extends fc.Arbitrary<infer T> ? T : never) {}

  readonly random = (octets: number) => {
    this.#seed++;
    return Uint8Array.from({ length: octets }, (_, at) => ((this.#seed >> (8 * (at % 3))) + at * 7) & 0xff);
  };

  async begin() {
    await this.subscribers.putSubscribers(
      this.got.map((_, n) => ({
        impi: impi(n),
        publicIds: [],
        keys: { algorithm: 'milenage', k: k(n), opc: fromHex(OPC) },
        amf: fromHex('8000'),
        sqn: new Uint8Array(6),
        gbaU: false,
      })),
    );
    const device = (n: number) =>
      ({ ueId: impi(n), ueIdType: 'PRIVATE', address: `sms:${n}`, gba: 'GBA_ME' }) as const;
    await this.pushes.putPushes(
      this.got.map((_, n) => queuedPush({ campaignId: 'c', ...device(n) }, this.now)),
    );
  }

  /** One life of the process: every port dies with it. */
  process(): Campaign {
    let dead = false;
    const mortal = <T extends object>(port: T): T =>
      new Proxy(port, {
        get: (target, name) => {
          const member = Reflect.get(target, name) as unknown;
          if (typeof member !== 'function') return member;
          return async (...given: unknown[]) => {
            const death = this.how.deaths.find(({ call }) => call === this.#calls);
            this.#calls++;
            if (dead || death?.after === false) dead = true;
            if (dead) throw new Error('died');
            const result: unknown = await Reflect.apply(member, target, given);
            if (death !== undefined) dead = true;
            if (dead) throw new Error('died');
            return result;
          };
        },
      });
    const ends = mortal({
      source: (...[request]: Parameters<CampaignOptions['source']>) => this.#bsf(request),
      bearer: (...[address, parts]: Parameters<CampaignOptions['bearer']>) => this.#carry(address, parts),
    });
    return new Campaign({
      campaignId: 'c',
      pushes: mortal(this.pushes),
      accounts: mortal(this.accounts),
      source: ends.source,
      bearer: ends.bearer,
      server,
      naf: { fqdn: 'dm.example.com', uaId: UA_SIMULATOR },
      clock: () => new Date(this.now),
      random: this.random,
      policy: { attempts: 4 },
    });
  }

  async #bsf(request: Parameters<CampaignOptions['source']>[0]) {
    if (this.how.bsf[this.#asked++] === false)
      throw new NetworkError('NETWORK_UNREACHABLE', 'the BSF is down');
    const record = (await this.subscribers.subscriber(request.ueId, 'PRIVATE'))!;
    const subscriber = { ...record, functions: subscriptionFunctions(record.keys) };
    const environment = { now: new Date(this.now), random: this.random, longestLife: 86_400 };
    const result = retrievePushInfo(request, subscriber, environment);
    if (result.kind === 'refused') throw new Error(result.cause);
    await this.subscribers.advanceSqn(record.impi, record.sqn, result.sqn);
    return result.answer;
  }

  async #carry(address: string, { pushInfo, message }: Parameters<CampaignOptions['bearer']>[1]) {
    const n = Number(address.slice(4));
    const how = this.how.bearer[this.#sent++] ?? 'good';
    if (how === 'down') throw new NetworkError('NETWORK_UNREACHABLE', 'the bearer is down');
    if (how === 'lost') return;
    const sim = this.#sims[n]!;
    const early = how === 'reordered' ? sim.message(message) : undefined;
    const held = await sim.pushInfo(pushInfo);
    if (how === 'twice') expect((await sim.pushInfo(pushInfo)).kind).toBe('dropped');
    const received = early === undefined ? sim.message(message) : held;
    if (received.kind !== 'bootstrap') throw new Error(`device ${n}: ${JSON.stringify(received)}`);
    this.got[n]!.add(toHex(received.document));
    const wait = this.how.comes[n]!;
    if (wait > 0) this.#arrivals.push({ at: this.now + wait, n, document: received.document });
  }

  /** Time goes on to what happens next: devices come on their way. */
  async until(next: number) {
    for (const { at, n, document } of this.#arrivals.filter((each) => each.at <= next)) {
      this.now = Math.max(this.now, at);
      await comeWith(this.accounts, `dms1/${impi(n)}`, document, this.now);
      this.came.add(n);
    }
    this.#arrivals = this.#arrivals.filter((each) => each.at > next);
    this.now = Math.max(this.now, next);
  }
}

/** @returns how often the process died */
async function carryOut(world: World): Promise<number> {
  let deaths = 0;
  let campaign = world.process();
  for (let rounds = 0; rounds < 100; rounds++) {
    try {
      await campaign.run(never, { wait: false });
    } catch (error) {
      if ((error as Error).message !== 'died') throw error;
      deaths++;
      campaign = world.process();
      continue;
    }
    const next = await world.pushes.nextPushAt('c');
    if (next === undefined) return deaths;
    await world.until(next);
  }
  throw new Error('the campaign does not end');
}

test('whatever fails, and wherever the process dies', async () => {
  let deaths = 0;
  await fc.assert(
    fc.asyncProperty(plan, async (how) => {
      const world = new World(how);
      await world.begin();
      deaths += await carryOut(world);
      for (const [n, documents] of world.got.entries()) {
        expect(documents.size).toBeLessThanOrEqual(1);
        const record = (await world.pushes.push('c', impi(n)))!;
        expect(isOver(record)).toBe(true);
        expect(record.document).toBeUndefined();
        expect(record.attempts).toBeLessThanOrEqual(4);
        expect(record.state).toBe(world.came.has(n) ? 'bootstrapped' : 'failed');
      }
    }),
    { numRuns: 150 },
  );
  expect(deaths).toBeGreaterThan(50);
}, 60_000);
