/** Checks and evidence without a whole card: octets by hand (TS 31.102 §7.1.2), and properties. */
import fc from 'fast-check';
import { fromHex } from '../../src/bytes/index.js';
import { Reads } from '../../src/perso/work/reads.js';
import { type Exchange, ScriptedChannel } from '../support/scriptedChannel.js';
import { AUTHENTICATE, Bench, FILES, Journal, testJob, VALUES, workOn } from './support.js';

const USIM = 'a0000000871002ff49ff018900000100';

/** EF(DIR) has one record of 38 octets, with the USIM (TS 102 221 §13.1). */
const SCRIPT: Exchange[] = [
  ['00a40004023f0000', '62009000'],
  ['00a40004022f0000', '620e 82054221002601 83022f00 8a01059000'],
  ['00b2010426', `61124f10${USIM}${'ff'.repeat(18)}9000`],
  [`00a4040410${USIM}00`, '6204820278219000'],
];

/** The vector is the host's own, so that AUTHENTICATE is not compared. */
class UsimChannel extends ScriptedChannel {
  constructor(private readonly answer: string) {
    super(SCRIPT);
  }
  override transmit(command: Uint8Array): Promise<Uint8Array> {
    return command[1] === 0x88 ? Promise.resolve(fromHex(this.answer)) : super.transmit(command);
  }
}

test.each([
  [
    'db08000102030405060710000000000000000000000000000000001000000000000000000000000000000000 9000',
    /RES is not/,
    'SECURITY_KEY_MISMATCH',
  ],
  ['9862', /9862/, 'SECURITY_AUTN'],
  ['dc0e0000000000000000000000000000 9000', /AUTS/, 'SECURITY_KEY_MISMATCH'],
  ['6985', /6985/, undefined],
])(
  'RES, AUTS or a refusal of other keys is a difference, and says whether keys are wrong: %s',
  async (answer, message, code) => {
    const job = testJob({ steps: [], checks: { ...AUTHENTICATE, pinTries: false } });
    const { differences } = await workOn(job).verify(new UsimChannel(answer), new Journal());
    expect(differences).toHaveLength(1);
    expect(differences[0]!.message).toMatch(message);
    expect(differences[0]!.code).toBe(code);
  },
);

test('evidence does not depend on the order of reading, and on every octet and place', () => {
  const places = fc.uniqueArray(fc.tuple(fc.string({ maxLength: 12 }), fc.uint8Array({ maxLength: 20 })), {
    selector: ([place]) => place,
    minLength: 1,
    maxLength: 8,
  });
  const evidence = (entries: readonly (readonly [string, Uint8Array])[]): string => {
    const reads = new Reads();
    for (const [place, octets] of entries) reads.add(place, octets);
    return reads.evidence();
  };
  fc.assert(
    fc.property(places, fc.nat(), (entries, pick) => {
      expect(evidence([...entries].reverse())).toBe(evidence(entries));
      const at = pick % entries.length;
      const changed = entries.map(([place, octets], index) =>
        index === at ? ([place, Uint8Array.from([...octets, 0])] as const) : ([place, octets] as const),
      );
      expect(evidence(changed)).not.toBe(evidence(entries));
    }),
    { numRuns: 200 },
  );
});

test('whatever a file holds, what differs is written and the rest is not', async () => {
  const bench = new Bench();
  const fresh = bench.card.snapshot();
  const octets = fc.uint8Array({ minLength: 17, maxLength: 17 });
  await fc.assert(
    fc.asyncProperty(octets, octets, async (before, after) => {
      bench.card.restore(fresh);
      const step = (hex: Uint8Array) =>
        ({ ...FILES[2]!, codec: 'raw', value: Buffer.from(hex).toString('hex') }) as (typeof FILES)[number];
      for (const content of [before, after]) {
        const work = workOn(testJob({ steps: [step(content)] }), VALUES);
        await bench.with((channel) => work.write(channel, new Journal(), 0));
        const { differences } = await bench.with((channel) => work.verify(channel, new Journal()));
        expect(differences).toEqual([]);
      }
    }),
    { numRuns: 25 },
  );
});
