/** Texts without escapes are read by JSON.parse and a check, others by the strict reader: the outcome must be the same. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { type JsonValue, parseJson } from '../../src/mo/index.js';
import { mutate, repeatable } from '../support/fuzz.js';

type Outcome = { readonly value: JsonValue } | { readonly code: string };

function outcome(read: () => JsonValue): Outcome {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof SimbootError) return { code: error.code };
    throw error;
  }
}

/** The same text as the first of two elements: the escape in the second one makes the strict reader read it. */
function strictly(text: string, maxDepth: number): Outcome {
  const both = outcome(() => parseJson(encodeUtf8(`[${text},{"\\u0061":0}]`), { maxDepth: maxDepth + 1 }));
  if ('code' in both) return both;
  const elements = both.value as readonly JsonValue[];
  return elements.length === 2 ? { value: elements[0]! } : { code: 'DATA_JSON' };
}

function agree(text: string, maxDepth = 64): void {
  const direct = outcome(() => parseJson(encodeUtf8(text), { maxDepth }));
  const strict = strictly(text, maxDepth);
  if (!isDeepStrictEqual(direct, strict)) {
    throw new Error(`${JSON.stringify(text)}: ${JSON.stringify(direct)} and ${JSON.stringify(strict)}`);
  }
}

const SEEDS = [
  '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}',
  '[{"ClientURI":"urn:a:mo/0/","MOData":{"0":{"a":1.5e3,"b":[true,false,null],"__proto__":{"c":-0}}}}]',
  '{"a":{"a":1,"b":2},"b":[{"a":[]},{"a":{}}]," :":"{\\"}"}',
  '{"a":1,"a":2}',
  '[1e308,1E+308,"é😀",{"constructor":"x","toString":{}}]',
];

test('100,000 damaged texts', () => {
  const random = repeatable(20261122);
  const seeds = SEEDS.map(encodeUtf8);
  let both = 0;
  for (let count = 0; count < 100_000; count++) {
    const damaged = Buffer.from(mutate(seeds[random(seeds.length)]!, random)).toString('utf8');
    if (damaged.startsWith('\ufeff')) continue;
    agree(damaged);
    both++;
  }
  expect(both).toBeGreaterThan(99_000);
});

test('any JSON, deep, with names of all kinds', () => {
  const name = fc.constantFrom(
    'a',
    'b',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    '0',
    '-1',
    '',
    ':',
    'é',
  );
  const leaf = fc.constantFrom(
    '0',
    '-0',
    '1e999',
    '-1e999',
    '1e-999',
    '"x:y"',
    '""',
    'null',
    'true',
    '[]',
    '{}',
  );
  const { text } = fc.letrec<{ text: string; inner: string }>((tie) => ({
    text: fc.oneof({ depthSize: 'large', withCrossShrink: true }, leaf, tie('inner')),
    inner: fc.oneof(
      fc.array(tie('text'), { maxLength: 3 }).map((items) => `[${items.join(' , ')}]`),
      fc
        .array(fc.tuple(name, tie('text')), { maxLength: 4 })
        .map((members) => `{${members.map(([key, value]) => `"${key}" : ${value}`).join(',')}}`),
    ),
  }));
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 4 }), (json, maxDepth) => agree(json, maxDepth)),
    { numRuns: 5_000 },
  );
});

test.each([
  '{"a":1,"a":2}',
  '{"a":{"b":1,"b":1}}',
  '{"__proto__":1,"__proto__":2}',
  '[{"a":1},{"a":1}]',
  '1e999',
  '{"":{"":":"}}',
  '"a":',
  '',
])('%s', (text) => {
  agree(text);
  agree(text, 1);
});

test('a member called __proto__ is a member for both readers', () => {
  for (const text of ['{"__proto__":{"a":1}}', '{"__proto__":{"a":1},"\\u0062":2}']) {
    const value = parseJson(encodeUtf8(text)) as Record<string, JsonValue>;
    expect(Object.keys(value)[0]).toBe('__proto__');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  }
});
