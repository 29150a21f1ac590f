/** What a card costs: exchanges of each step, and processor time of the host alone. */
import type { CardChannel } from '../../src/apdu/index.js';
import { toHex } from '../../src/bytes/index.js';
import { cardWorker, type Job } from '../../src/perso/index.js';
import {
  AUTHENTICATE,
  Bench,
  BOOTSTRAP,
  clock,
  FILES,
  Journal,
  PINS,
  ROTATE,
  testJob,
  testKeySets,
  testRandom,
  VALUES,
} from './support.js';

const STANDARD = testJob({ steps: [BOOTSTRAP, ...FILES, PINS[0]!, PINS[2]!], checks: AUTHENTICATE });
const SECURE = testJob({
  steps: [BOOTSTRAP, ...FILES, PINS[0]!, PINS[2]!, ROTATE],
  checks: AUTHENTICATE,
  keys: {
    adm: { value: '12345678', reference: 0x0a },
    scp03: { keySet: 'factory', diversification: 'none', level: 0x33, through: 'bootstrap' },
  },
});

/** Every exchange of a channel, and one that answers the same again. */
class Tape implements CardChannel {
  readonly exchanges: [command: string, answer: Uint8Array][] = [];
  #at = -1;
  constructor(private inner: CardChannel) {}
  get reader() {
    return this.inner.reader;
  }
  get atr() {
    return this.inner.atr;
  }
  get protocol() {
    return this.inner.protocol;
  }
  play(): void {
    this.#at = 0;
  }
  async transmit(command: Uint8Array): Promise<Uint8Array> {
    if (this.#at < 0) {
      const answer = await this.inner.transmit(command);
      this.exchanges.push([toHex(command), answer]);
      return answer;
    }
    const [expected, answer] = this.exchanges[this.#at++]!;
    if (command[0] !== Number.parseInt(expected.slice(0, 2), 16))
      throw new Error('another command than before');
    return answer;
  }
  async reset(): Promise<void> {}
  async close(): Promise<void> {
    await this.inner.close();
  }
}

interface Passed {
  readonly write: Readonly<Record<string, number>>;
  readonly verify: Readonly<Record<string, number>>;
}

/** One card from the first exchange to the verification, on the channels given. */
async function pass(job: Job, open: (phase: number) => Promise<CardChannel>): Promise<Passed> {
  const worker = cardWorker(job, { keySets: testKeySets(), random: testRandom(), clock });
  return passWith(worker, open);
}

async function passWith(
  worker: ReturnType<typeof cardWorker>,
  open: (phase: number) => Promise<CardChannel>,
): Promise<Passed> {
  const [writing, verifying] = [new Journal(), new Journal()];
  const work = worker.prepare({ number: 1, values: VALUES });
  const first = await open(0);
  await worker.identify(first);
  expect(await work.survey(first, writing)).toBe('blank');
  await work.write(first, writing);
  await first.close();
  const second = await open(1);
  await worker.identify(second);
  const { differences } = await work.verify(second, verifying);
  expect(differences).toEqual([]);
  await second.close();
  work.wipe();
  return { write: writing.exchanges, verify: verifying.exchanges };
}

test('exchanges of the standard job over T=1, step by step', async () => {
  const bench = new Bench();
  const tapes: Tape[] = [];
  const { write, verify } = await pass(STANDARD, async () => {
    const tape = new Tape(await bench.connect());
    tapes.push(tape);
    return tape;
  });
  // Two a file: SELECT and UPDATE, SELECT and READ. The first file goes with the ADM, the first of the USIM with what it
  // takes to get there; 16 of the bootstrap's verification are the 4,096 octets of its file.
  expect(write).toEqual({ bootstrap: 8, iccid: 2, imsi: 4, spn: 2, smsp: 2, keys: 2, pin1: 5, adm: 3 });
  expect(verify).toEqual({
    bootstrap: 28,
    iccid: 2,
    imsi: 10,
    spn: 2,
    smsp: 2,
    keys: 0,
    pin1: 1,
    adm: 3,
    authenticate: 1,
    'pin-tries': 2,
  });
  expect(tapes.map(({ exchanges }) => exchanges.length)).toEqual([64, 56]);
});

test('processor time of the host for one card', async () => {
  for (const job of [STANDARD, SECURE]) {
    const bench = new Bench();
    const tapes: Tape[] = [];
    const worker = cardWorker(job, {
      keySets: testKeySets(),
      random: (n) => new Uint8Array(n).fill(7),
      clock,
    });
    await passWith(worker, async () => {
      const tape = new Tape(await bench.connect());
      tapes.push(tape);
      return tape;
    });
    const replay = async (phase: number) => {
      tapes[phase]!.play();
      return tapes[phase]!;
    };
    for (let i = 0; i < 5; i++) await passWith(worker, replay);
    const began = process.cpuUsage();
    const rounds = 20;
    for (let i = 0; i < rounds; i++) await passWith(worker, replay);
    const { user, system } = process.cpuUsage(began);
    // A multiple of what it takes, since other tests share the processor.
    expect((user + system) / 1000 / rounds).toBeLessThan(40);
  }
});
