/** What a card costs: exchanges of each step. */
import type { CardChannel } from '../../src/apdu/index.js';
import { cardWorker, type Job } from '../../src/perso/index.js';
import {
  AUTHENTICATE,
  Bench,
  BOOTSTRAP,
  clock,
  FILES,
  Journal,
  PINS,
  testJob,
  testKeySets,
  testRandom,
  VALUES,
} from './support.js';

const STANDARD = testJob({ steps: [BOOTSTRAP, ...FILES, PINS[0]!, PINS[2]!], checks: AUTHENTICATE });
/** Counts the exchanges of a channel. */
class Tape implements CardChannel {
  exchanges = 0;
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
  transmit(command: Uint8Array): Promise<Uint8Array> {
    this.exchanges++;
    return this.inner.transmit(command);
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
  expect(tapes.map(({ exchanges }) => exchanges)).toEqual([64, 56]);
});
