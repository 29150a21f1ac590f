import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createSimulatedCard, loadProfile, parseSimSpec } from '../../src/simulator/index.js';
import { fuzz } from '../support/fuzz.js';
import { insert, run, send } from './support.js';

const VERIFY_ADM1 = '0020000A083132333435363738';
const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');
const hexOf = (octets: readonly number[]) => octets.map((octet) => hex(octet, 2)).join('');

test('any row of updates leaves what an array would hold, read whole, in parts, in 3G and in 2G', async () => {
  const update = fc.record({
    offset: fc.integer({ min: 0, max: 63 }),
    data: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 70 }),
    gsm: fc.boolean(),
  });
  const card = await insert('uicc-small');
  const fresh = card.snapshot();
  await fc.assert(
    fc.asyncProperty(
      fc.array(update, { maxLength: 12 }),
      fc.integer({ min: 0, max: 63 }),
      async (updates, cut) => {
        card.restore(fresh);
        await card.powerOn();
        await run(card, VERIFY_ADM1, 'A0A40000027F50', 'A0A40000026431');
        const model = new Array<number>(64).fill(0xff);
        for (const { offset, data, gsm } of updates) {
          const cla = gsm ? 'A0' : '00';
          const response = await send(
            card,
            `${cla}D600${hex(offset, 2)}${hex(data.length, 2)}${hexOf(data)}`,
          );
          const fits = offset + data.length <= 64;
          expect(response).toBe(fits ? '9000' : gsm ? `67${hex(64 - offset, 2)}` : '6700');
          if (fits) model.splice(offset, data.length, ...data);
        }
        expect(await send(card, '00B0000000')).toBe(`${hexOf(model)}9000`);
        expect(await send(card, 'A0B0000040')).toBe(`${hexOf(model)}9000`);
        const length = 64 - cut;
        expect(await send(card, `00B000${hex(cut, 2)}${hex(length, 2)}`)).toBe(
          `${hexOf(model.slice(cut))}9000`,
        );
      },
    ),
    { numRuns: 100 },
  );
});

test('next and previous walk a linear file without a step outside; absolute does not move the pointer', async () => {
  const card = await insert('uicc');
  const step = fc.oneof(fc.constantFrom('next', 'previous', 'current'), fc.integer({ min: 1, max: 6 }));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      await card.reset();
      await run(card, '00A4080C047F106F3A');
      let pointer: number | undefined;
      for (const wanted of steps) {
        let expected: number | undefined;
        if (wanted === 'next') expected = pointer === undefined ? 1 : pointer + 1;
        else if (wanted === 'previous') expected = pointer === undefined ? 5 : pointer - 1;
        else expected = wanted === 'current' ? pointer : wanted;
        const found = expected !== undefined && expected >= 1 && expected <= 5;
        if (found && (wanted === 'next' || wanted === 'previous')) pointer = expected;
        const mode =
          { next: '0002', previous: '0003', current: '0004' }[wanted] ?? `${hex(Number(wanted), 2)}04`;
        expect(await send(card, `00B2${mode}1C`)).toBe(found ? `${'FF'.repeat(28)}9000` : '6A83');
      }
    }),
    { numRuns: 100 },
  );
});

test('a reader name, however damaged, is a card or a typed error', () => {
  const names = ['sim:uicc?protocol=t0&state=x.json&fault=tear@12:3', 'uicc?fault=response@1:9000&slow=5'];
  const { refused } = fuzz(
    (bytes) => parseSimSpec(Buffer.from(bytes).toString('latin1')),
    names.map((name) => Buffer.from(name)),
  );
  expect(refused).toBeGreaterThan(10_000);
});

test('a profile or a state file, however damaged, is a card or a typed error', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'simboot-damage-'));
  const profile = join(directory, 'card.yaml');
  const yaml = readFileSync('src/simulator/profiles/uicc-locked.yaml');
  const damagedProfile = (bytes: Uint8Array) => {
    writeFileSync(profile, bytes);
    createSimulatedCard({ profile: loadProfile(profile) });
  };
  expect(fuzz(damagedProfile, [yaml], 150).refused).toBeGreaterThan(30);

  const state = join(directory, 'card.json');
  const card = await insert('uicc-small', { state });
  await run(card, VERIFY_ADM1);
  const json = readFileSync(state);
  const plain = loadProfile('uicc-small');
  const damagedState = (bytes: Uint8Array) => {
    writeFileSync(state, bytes);
    createSimulatedCard({ profile: plain, state });
  };
  expect(fuzz(damagedState, [json], 400).refused).toBeGreaterThan(50);
});
