/** Whatever the strict writer writes, the reader reads back without a finding; damage never gets past the lenient reader. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Codec } from '../../src/bytes/index.js';
import { concat, fromHex } from '../../src/bytes/index.js';
import {
  type Decoded,
  decodeAodf,
  decodeDir,
  decodeDodf,
  decodeOdf,
  decodeTokenInfo,
  EF_AODF,
  EF_DIR_RECORD,
  EF_DODF,
  EF_ODF,
  EF_TOKENINFO,
  type Pkcs15File,
  type Placed,
  pkcs15FromJson,
  pkcs15ToJson,
} from '../../src/pkcs15/index.js';
import { fuzz } from '../support/fuzz.js';
import * as any from './arbitraries.js';

/** Findings about what an object means, or about the padding that the test adds. */
const EXPECTED = new Set(['attributes-empty', 'oid-do', 'private-without-authid', 'padding-zero']);

interface Kind {
  readonly file: Pkcs15File;
  readonly codec: Codec<never>;
  readonly values: fc.Arbitrary<unknown>;
  readonly lenient: (bytes: Uint8Array) => Decoded<unknown>;
}
const list = (entry: fc.Arbitrary<unknown>) => fc.array(entry, { minLength: 1, maxLength: 4 });
const KINDS: readonly Kind[] = [
  { file: 'odf', codec: EF_ODF as Codec<never>, values: list(any.odfEntry), lenient: decodeOdf },
  { file: 'dodf', codec: EF_DODF as Codec<never>, values: list(any.dataObject), lenient: decodeDodf },
  { file: 'aodf', codec: EF_AODF as Codec<never>, values: list(any.pinObject), lenient: decodeAodf },
  { file: 'dir', codec: EF_DIR_RECORD as Codec<never>, values: any.applicationTemplate, lenient: decodeDir },
  { file: 'tokeninfo', codec: EF_TOKENINFO as Codec<never>, values: any.tokenInfo, lenient: decodeTokenInfo },
];
const vectors = JSON.parse(readFileSync('test-vectors/pkcs15.json', 'utf8')) as {
  cases: { file: string; hex: string }[];
};
const padding = fc
  .tuple(fc.constantFrom(0x00, 0xff), fc.nat({ max: 40 }))
  .map(([octet, n]) => new Array(n).fill(octet));

describe.each(KINDS)('$file', ({ file, codec, values, lenient }) => {
  const encode = (value: unknown) => codec.encode(value as never);

  test('decode(encode(x)) = x, padded or not, without a finding', () => {
    fc.assert(
      fc.property(values, padding, (value, pad) => {
        const bytes = encode(value);
        const decoded = lenient(concat(bytes, pad));
        expect(decoded.end).toBe(bytes.length);
        expect(decoded.findings.filter(({ code }) => !EXPECTED.has(code))).toEqual([]);
        expect(withoutPlaces(codec.decode(bytes))).toEqual(value);
      }),
      { numRuns: 150 },
    );
  });

  const whenPlaced = file === 'tokeninfo' ? () => undefined : test;
  whenPlaced('entries tile the file: their octets, one after the other, are the file', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encode(value);
        const decoded = codec.decode(bytes) as Placed | readonly Placed[];
        const entries = Array.isArray(decoded) ? (decoded as readonly Placed[]) : [decoded as Placed];
        expect(concat(...entries.map(({ der }) => der))).toEqual(bytes);
        expect(entries.map(({ offset }) => bytes.subarray(offset)[0])).toEqual(
          entries.map(({ der }) => der[0]),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('JSON there and back gives the same octets', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encode(value);
        const json: unknown = JSON.parse(JSON.stringify(pkcs15ToJson(file, bytes)));
        expect(pkcs15FromJson(file, json)).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
  });

  test('damaged: the lenient reader never throws, and every place is inside the file', () => {
    const seeds = vectors.cases.filter((vector) => vector.file === file).map(({ hex }) => fromHex(hex));
    const outcome = fuzz(
      (bytes) => {
        const { findings, end, entries } = lenient(bytes);
        const places = [...findings.map(({ offset }) => offset ?? -1), end];
        if (places.some((place) => place < 0 || place > bytes.length)) throw new Error(`places ${places}`);
        for (const { der, offset } of Array.isArray(entries) ? (entries as Placed[]) : []) {
          if (der.some((octet, index) => octet !== bytes[offset + index]))
            throw new Error(`entry at ${offset}`);
        }
      },
      seeds,
      20_000,
    );
    expect(outcome).toEqual({ accepted: 20_000, refused: 0 });
  });
});

function withoutPlaces(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPlaces);
  const { der: _der, offset: _offset, ...rest } = value as Partial<Placed>;
  return rest;
}
