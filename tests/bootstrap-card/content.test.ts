/** The order of updates, without any card: every prefix of every update leaves the file old, without document, or new. */
import fc from 'fast-check';
import type { FileUpdate } from '../../src/bootstrap/card/content.js';
import { fillRegion, planContent, readRegion, unknownContent } from '../../src/bootstrap/card/content.js';
import { appendEntry, removeEntry, replaceEntry } from '../../src/bootstrap/card/entries.js';
import { equal, fromHex } from '../../src/bytes/index.js';

/** The file after each octet of each update. */
function* states(before: Uint8Array, updates: readonly FileUpdate[]): Generator<Uint8Array> {
  const file = before.slice();
  yield file.slice();
  for (const { offset, data } of updates) {
    for (let i = 0; i < data.length; i++) {
      file[offset + i] = data[i]!;
      yield file.slice();
    }
  }
}

const text = fc
  .uint8Array({ minLength: 1, maxLength: 60 })
  .map((bytes) => bytes.map((octet) => (octet & 0x7e) | 1));

test('content: old, none or new after every octet; the fewest updates', () => {
  fc.assert(
    fc.property(
      text,
      text,
      fc.integer({ min: 60, max: 80 }),
      fc.integer({ min: 1, max: 90 }),
      fc.boolean(),
      (old, wanted, size, width, isKnown) => {
        const region = { offset: 0, length: size };
        const before = fillRegion(old, region, 'file');
        const target = fillRegion(wanted, region, 'file');
        const known = isKnown ? Int16Array.from(before) : unknownContent(size);
        const updates = planContent(known, target, width);
        let last = before;
        for (const state of states(before, updates)) {
          const { state: kind, document } = readRegion(state);
          expect(kind !== 'document' || equal(document, old) || equal(document, wanted)).toBe(true);
          last = state;
        }
        expect(last).toEqual(target);
        expect(updates.every(({ data }) => data.length <= width)).toBe(true);
        if (!isKnown) expect(updates).toHaveLength(2 + Math.ceil((size - 1) / width));
      },
    ),
  );
});

test('what a file says: document, blank, interrupted; FF or 00 behind the document', () => {
  const of = (hex: string) => {
    const { state, document, tailIsFF } = readRegion(fromHex(hex));
    return [state, document.length, tailIsFF];
  };
  expect(of('5B5DFFFF')).toEqual(['document', 2, true]);
  expect(of('5B5D')).toEqual(['document', 2, true]);
  expect(of('5B5D0000')).toEqual(['document', 2, false]);
  expect(of('5B5DFF31')).toEqual(['document', 2, false]);
  expect(of('FFFFFFFF')).toEqual(['blank', 0, true]);
  expect(of('00000000')).toEqual(['blank', 0, false]);
  expect(of('FF5D5DFF')).toEqual(['interrupted', 0, false]);
});

test('content: nothing to write where everything is known to be right', () => {
  const target = fillRegion(fromHex('5B5D'), { offset: 0, length: 8 }, 'file');
  expect(planContent(Int16Array.from(target), target, 255)).toEqual([]);
});

test('content: a known blank file needs no update of octet 0 before', () => {
  const target = fillRegion(fromHex('5B785D'), { offset: 0, length: 8 }, 'file');
  const updates = planContent(new Int16Array(8).fill(0xff), target, 255);
  expect(updates.map(({ offset, data }) => [offset, [...data]])).toEqual([
    [1, [0x78, 0x5d]],
    [0, [0x5b]],
  ]);
});

test('content: offsets of a part of a file', () => {
  const target = fillRegion(fromHex('5B5D'), { offset: 16, length: 4 }, 'file');
  const updates = planContent(unknownContent(4), target, 255, 16);
  expect(updates.map(({ offset, data }) => [offset, [...data]])).toEqual([
    [16, [0xff]],
    [17, [0x5d, 0xff, 0xff]],
    [16, [0x5b]],
  ]);
});

test('a document that does not fit says by how much', () => {
  expect(() => fillRegion(new Uint8Array(12), { offset: 0, length: 8 }, '3F00/7F50/6431')).toThrow(
    '3F00/7F50/6431 has room for 8 octets, the document has 12: 4 too many',
  );
});

/** Entries of a file as a device frames them, each with a one-octet length. */
function framed(content: Uint8Array): string[] {
  const out: string[] = [];
  let at = 0;
  while (at < content.length && content[at] !== 0xff && content[at] !== 0x00) {
    const end = at + 2 + content[at + 1]!;
    if (end > content.length) return [...out, 'broken'];
    out.push(Buffer.from(content.subarray(at, end)).toString('hex'));
    at = end;
  }
  return out;
}

const entry = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .map((value) => Uint8Array.of(0x30, value.length, ...value));

const directory = fc
  .record({ others: fc.array(entry, { maxLength: 3 }), ours: entry, free: fc.integer({ min: 24, max: 40 }) })
  .map(({ others, ours, free }) => {
    const used = others.flatMap((one) => [...one]);
    return {
      others,
      ours,
      content: Uint8Array.from([...used, ...ours, ...new Array(free).fill(0xff)]),
      at: used.length,
    };
  });

test('directory: an appended entry is there or not, others always', () => {
  fc.assert(
    fc.property(directory, entry, fc.integer({ min: 1, max: 30 }), ({ content, ours, at }, added, width) => {
      const end = at + ours.length;
      const before = framed(content);
      for (const state of states(content, appendEntry({ file: 'file', content, end }, added, width))) {
        expect([before, [...before, Buffer.from(added).toString('hex')]]).toContainEqual(framed(state));
        expect(state.subarray(0, end)).toEqual(content.subarray(0, end));
      }
    }),
  );
});

test('directory: a replaced last entry is the old one, none or the new one', () => {
  fc.assert(
    fc.property(
      directory,
      entry,
      fc.integer({ min: 1, max: 30 }),
      ({ content, ours, at, others }, added, width) => {
        fc.pre(added.length !== ours.length);
        const updates = replaceEntry(
          { file: 'file', content, end: at + ours.length },
          { offset: at, length: ours.length },
          added,
          width,
        );
        const rest = others.map((one) => Buffer.from(one).toString('hex'));
        const hexOf = (one: Uint8Array) => Buffer.from(one).toString('hex');
        for (const state of states(content, updates)) {
          expect([[...rest, hexOf(ours)], rest, [...rest, hexOf(added)]]).toContainEqual(framed(state));
        }
      },
    ),
  );
});

test('directory: an entry that others follow keeps its length, or stays', () => {
  const content = fromHex('3003414243 3001AA FFFFFFFF');
  const file = { file: 'EF(DODF) 3F00/7F50/6420', content, end: 8 };
  const span = { offset: 0, length: 5 };
  expect(replaceEntry(file, span, fromHex('3003415843'), 255)).toEqual([
    { offset: 3, data: fromHex('58'), purpose: 'attributes of our entry' },
  ]);
  expect(() => replaceEntry(file, span, fromHex('30024158'), 255)).toThrow(
    'EF(DODF) 3F00/7F50/6420 octet 0: our entry would change from 5 to 4 octets, and entries of others follow it',
  );
  expect(removeEntry(file, span, 255)).toBeUndefined();
});

test('directory: full, by how many octets', () => {
  const content = fromHex('3001AA FFFFFF');
  expect(() => appendEntry({ file: 'EF(ODF)', content, end: 3 }, fromHex('3003414243'), 255)).toThrow(
    'EF(ODF) has no room for another entry: 2 octets short',
  );
});

test('directory: octets behind the padding are cut off by an end octet', () => {
  const content = fromHex('00 1122334455667788');
  const updates = appendEntry({ file: 'EF(ODF)', content, end: 0 }, fromHex('3001AA'), 255);
  expect(updates.map(({ offset, data }) => [offset, [...data]])).toEqual([
    [1, [0x01, 0xaa, 0xff]],
    [0, [0x30]],
  ]);
});
