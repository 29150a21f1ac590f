import fc from 'fast-check';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { type JsonValue, parseJson } from '../../src/mo/index.js';

const parse = (text: string) => parseJson(encodeUtf8(text));
const failure = (text: string): SimbootError => {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof SimbootError) return error;
    throw error;
  }
  throw new Error('accepted');
};

describe('JSON read strictly (RFC 8259)', () => {
  test('agrees with JSON.parse on every value that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each([
    ['escapes', '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00"', '"\\/\b\f\n\r\té😀'],
    ['numbers', '[0,-0.5,1e3,12.25E-2]', [0, -0.5, 1000, 0.1225]],
    ['white space', ' \t\r\n{ "a" : [ ] } ', { a: [] }],
  ])('%s', (_name, text, value) => {
    expect(parse(text)).toEqual(value);
  });

  test('a member called __proto__ is a member', () => {
    const value = parse('{"__proto__":{"a":1}}') as Record<string, JsonValue>;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });

  test.each([
    ['{"a":1,"a":2}', 'DATA_JSON_DUPLICATE', { line: 1, column: 8, offset: 7, path: '$.a' }],
    [
      '{"a":{"b b":1,\n "b b":2}}',
      'DATA_JSON_DUPLICATE',
      { line: 2, column: 2, offset: 16, path: '$.a["b b"]' },
    ],
    ['{"a":1,"\\u0061":2}', 'DATA_JSON_DUPLICATE', { line: 1, column: 8, offset: 7, path: '$.a' }],
    ['{{"a":1}}', 'DATA_JSON', { line: 1, column: 2, offset: 1, path: '$' }],
    ['["é",x]', 'DATA_JSON', { line: 1, column: 6, offset: 6, path: '$[1]' }],
    ['[1,]', 'DATA_JSON', { line: 1, column: 4, offset: 3, path: '$[1]' }],
    ['{"a":1,}', 'DATA_JSON', { line: 1, column: 8, offset: 7, path: '$' }],
    ['[1 2]', 'DATA_JSON', { line: 1, column: 4, offset: 3, path: '$' }],
    ['01', 'DATA_JSON', { line: 1, column: 2, offset: 1, path: '$' }],
    ['"a\nb"', 'DATA_JSON', { line: 1, column: 3, offset: 2, path: '$' }],
    ['"\\x"', 'DATA_JSON', { line: 1, column: 3, offset: 2, path: '$' }],
    ['"\\ud800"', 'DATA_JSON', { line: 1, column: 1, offset: 0, path: '$' }],
    ['["abc', 'DATA_JSON', { line: 1, column: 2, offset: 1, path: '$[0]' }],
    ['1e999', 'DATA_JSON', { line: 1, column: 1, offset: 0, path: '$' }],
    ['', 'DATA_JSON', { line: 1, column: 1, offset: 0, path: '$' }],
    ['[]]', 'DATA_JSON', { line: 1, column: 3, offset: 2, path: '$' }],
  ])('refuses %j with its place', (text, code, details) => {
    const error = failure(text);
    expect({ code: error.code, details: error.details }).toEqual({ code, details });
  });

  test('depth and size have limits, and 100,000 brackets overflow nothing', () => {
    expect(failure('['.repeat(100_000)).code).toBe('DATA_LIMIT');
    expect(failure('{"a":'.repeat(100_000)).code).toBe('DATA_LIMIT');
    expect(parse(`${'['.repeat(64)}${']'.repeat(64)}`)).toBeDefined();
    expect(() => parseJson(encodeUtf8('[1,2,3]'), { maxOctets: 6 })).toThrow(
      expect.objectContaining({ code: 'DATA_LIMIT' }),
    );
  });

  test('a byte order mark and octets that are not UTF-8 are named', () => {
    expect(() => parseJson(Uint8Array.of(0xef, 0xbb, 0xbf, 0x5b, 0x5d))).toThrow(
      expect.objectContaining({ code: 'DATA_UTF8', details: { offset: 0 } }),
    );
    expect(() => parseJson(Uint8Array.of(0x5b, 0x22, 0xc3, 0x28, 0x22, 0x5d))).toThrow(
      expect.objectContaining({ code: 'DATA_UTF8', details: { offset: 3 } }),
    );
  });

  test('messages do not repeat what stands in the document', () => {
    expect(failure('["key" hunter2]').message).not.toContain('hunter2');
    expect(failure('{"Secret": hunter2}').message).not.toContain('hunter2');
  });
});
