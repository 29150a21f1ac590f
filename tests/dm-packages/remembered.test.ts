/** Short packages are remembered by all their octets: a damaged one never gets the value of a good one. */
import { isDeepStrictEqual } from 'node:util';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { decodePackage1, decodePackage3, parseMediaType } from '../../src/dm/packages/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { mutate, repeatable } from '../support/fuzz.js';

/** A limit of the caller's own goes past the memory. */
const PAST = { maxItems: 1000 };

function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof SimbootError) return error.code;
    throw error;
  }
}

test.each([
  ['Package#1', decodePackage1, '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}'],
  ['Package#3', decodePackage3, '{"Status":[{"sc":200},{"sc":404}]}'],
] as const)('%s: 10,000 damaged ones between good ones', (_name, decode, text) => {
  const random = repeatable(7);
  const good = encodeUtf8(text);
  const value = decode(good);
  for (let count = 0; count < 10_000; count++) {
    const damaged = mutate(good, random);
    const [kept, fresh] = [outcome(() => decode(damaged)), outcome(() => decode(damaged, PAST))];
    if (!isDeepStrictEqual(kept, fresh)) throw new Error(Buffer.from(damaged).toString('hex'));
    if (count % 100 === 0) expect(decode(good)).toEqual(value);
  }
});

test('what is shared cannot be changed, also where the octets are changed afterwards', () => {
  const octets = encodeUtf8('{"Status":[{"sc":200}]}');
  const { value } = decodePackage3(octets);
  expect(() => {
    (value.statuses as { sc: number }[])[0]!.sc = 500;
  }).toThrow(TypeError);
  octets.set(encodeUtf8('404'), 17);
  expect(decodePackage3(octets).value.statuses).toEqual([{ sc: 404 }]);
  expect(decodePackage3(encodeUtf8('{"Status":[{"sc":200}]}')).value.statuses).toEqual([{ sc: 200 }]);
});

test('limits hold for what was read without them', () => {
  const octets = encodeUtf8('{"Status":[{"sc":200},{"sc":200},{"sc":200}]}');
  expect(decodePackage3(octets).value.statuses).toHaveLength(3);
  for (const limits of [{ maxOctets: octets.length - 1 }, { maxItems: 2 }, { maxDepth: 2 }]) {
    expect(() => decodePackage3(octets, limits)).toThrow(expect.objectContaining({ code: 'DATA_LIMIT' }));
  }
});

test('more texts than are remembered are all read rightly', () => {
  for (const round of [1, 2]) {
    for (let count = 0; count < 200; count++) {
      expect(parseMediaType(`text/x-${count};round=${round}`).essence).toBe(`text/x-${count}`);
    }
  }
});
