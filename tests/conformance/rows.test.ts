/** The list of rows against what was counted by hand in Appendix B, and the way tests name them. */
import { row } from '../support/conformance.js';
import { EXTENSION_POINTS, REMARKS, TABLES } from './rows.js';

const COUNTED = {
  'B.1.1': 28,
  'B.1.2': 33,
  'B.1.3': 4,
  'B.1.4': 12,
  'B.1.5': 14,
  'B.1.6': 6,
  'B.1.7': 4,
  'B.2.1': 29,
  'B.2.2': 32,
  'B.2.3': 4,
  'B.2.4': 1,
  'B.2.5': 11,
  'B.2.6': 5,
  'B.2.7': 4,
};

const all = Object.entries(TABLES).flatMap(([table, [, rows]]) => rows.map((entry) => ({ table, entry })));
const keys = all.map(({ table, entry }) => `${table} ${entry[0]}`);

test('as many rows in each table as Appendix B has, 187 in all', () => {
  const counts = Object.entries(TABLES).map(([table, [, rows]]) => [table, rows.length]);
  expect(Object.fromEntries(counts)).toEqual(COUNTED);
  expect(keys).toHaveLength(187);
});

test('101 rows of the client and 86 of the server, 44 and 62 of them mandatory', () => {
  const mandatory = (side: string) => keys.filter((key) => key.startsWith(side) && key.endsWith('-M')).length;
  expect(keys.filter((key) => key.startsWith('B.1.'))).toHaveLength(101);
  expect(keys.filter((key) => key.startsWith('B.2.'))).toHaveLength(86);
  expect([mandatory('B.1.'), mandatory('B.2.')]).toEqual([44, 62]);
});

test('no key twice, and every identifier has the form of Appendix B', () => {
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.filter((key) => !/^B\.[12]\.[1-7] DM-[A-Z]+-\d{3}-[CS]-[MO]$/.test(key))).toEqual([]);
});

test('the numbers of a table count up by one, but for the two oddities of B.2.6', () => {
  const jumps = all.filter(({ table, entry }, index) => {
    const before = all[index - 1];
    const number = (id: string) => Number(/-(\d{3})-/.exec(id)?.[1]);
    return before?.table === table && number(entry[0]) !== number(before.entry[0]) + 1;
  });
  expect(jumps.map(({ table, entry }) => `${table} ${entry[0]}`)).toEqual([
    'B.2.6 DM-MEC-004-S-M',
    'B.2.6 DM-MEC-004-S-O',
  ]);
});

test('what another row asks for exists in its table or in another of the same side', () => {
  for (const { table, entry } of all) {
    for (const [id] of (entry[3] ?? '').matchAll(/DM-[A-Z]+-\d{3}-[CS]-[MO]/g)) {
      expect(keys.some((key) => key.startsWith(table.slice(0, 3)) && key.endsWith(` ${id}`))).toBe(true);
    }
  }
});

test('remarks and extension points are about rows that exist', () => {
  const named = [...Object.keys(REMARKS), ...EXTENSION_POINTS];
  expect(named.filter((key) => !keys.includes(key))).toEqual([]);
});

test('a test that names a row which Appendix B does not have is refused', () => {
  for (const wrong of ['B.1.1 DM-PACK-029-C-O', 'DM-PACK-001-C-M', 'B.2.1 DM-PACK-001-C-M', '']) {
    expect(() => row(wrong, 'received', 'nothing', () => undefined)).toThrow(/Appendix B has no row/);
  }
});
