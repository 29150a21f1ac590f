/** Every codec that a room exports: its examples in both directions, stable round trips, damaged input. */
import type { Codec } from '../../src/bytes/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { allCodecs } from '../support/codecs.js';
import { fuzz } from '../support/fuzz.js';

const codecs = allCodecs();

test('there are codecs, each with a name of its own and examples with their source', () => {
  expect(codecs.length).toBeGreaterThan(0);
  expect(new Set(codecs.map(({ codec }) => codec.name)).size).toBe(codecs.length);
  for (const { where, codec } of codecs) {
    expect([where, codec.examples.length > 0]).toEqual([where, true]);
    for (const { source } of codec.examples) expect(source).toMatch(/\S/);
  }
});

describe.each(codecs.map(({ where, codec }) => [where, codec] as const))('%s', (_, codec) => {
  test.each(codec.examples.map((example) => [example] as const))('example %#', (example) => {
    const hex = example.hex.toLowerCase().replace(/\s/g, '');
    expect([codec.decode(fromHex(hex))]).toMatchObject([example.value]);
    if (!example.decodeOnly) expect(toHex(codec.encode(example.value))).toBe(hex);
  });

  test('what it accepts and writes again, it reads as the same', () => {
    const outcome = fuzz((bytes) => roundTrip(codec, bytes), seedsOf(codec), 3000);
    expect(outcome.accepted).toBeGreaterThan(0);
  });

  test('damaged input', () => {
    const { accepted, refused } = fuzz((bytes) => codec.decode(bytes), seedsOf(codec));
    expect(accepted + refused).toBe(100_000);
    expect(refused).toBeGreaterThan(0);
  }, 60_000);
});

const seedsOf = (codec: Codec<unknown>) => codec.examples.map(({ hex }) => fromHex(hex));

/** A strict writer may refuse what a lenient reader took; but what it writes must be stable. */
function roundTrip(codec: Codec<unknown>, bytes: Uint8Array): void {
  const value = codec.decode(bytes);
  let written: Uint8Array;
  try {
    written = codec.encode(value);
  } catch (error) {
    if (error instanceof SimbootError) return;
    throw error;
  }
  const again = toHex(codec.encode(codec.decode(written)));
  if (again !== toHex(written)) throw new Error(`written ${toHex(written)}, then ${again}`);
}
