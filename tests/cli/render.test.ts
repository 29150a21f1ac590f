/** Tables, trees, findings, progress: readable without colour, in a pipe, by width. */
import pc from 'picocolors';
import { CliContext } from '../../cli/context.js';
import { findingsList } from '../../cli/render/findings.js';
import { Progress } from '../../cli/render/progress.js';
import { properties, table } from '../../cli/render/table.js';
import { tree } from '../../cli/render/tree.js';
import { testIo } from './harness.js';

const coloured = pc.createColors(true);
const plain = pc.createColors(false);

test('a table is aligned by what is seen, not by colour codes', () => {
  const rows = [
    ['0', coloured.green('present'), 'ACS'],
    ['1', 'absent', 'Gemalto Reader'],
  ];
  const lines = table(['#', 'card', 'reader'], rows).split('\n');
  expect(lines[0]).toBe('#  card     reader');
  expect(lines[1]).toBe(`0  ${coloured.green('present')}  ACS`);
  expect(lines[2]).toBe('1  absent   Gemalto Reader');
});

test('properties leave out what is not known', () => {
  const pairs = [
    ['ICCID', '8988211000000000011'],
    ['IMSI', undefined],
    ['mode', '3g'],
  ] as const;
  expect(properties(pairs)).toBe('ICCID: 8988211000000000011\nmode:  3g');
  expect(properties([])).toBe('');
});

test('a tree', () => {
  const root = {
    label: 'MF',
    children: [
      { label: 'EF(DIR)' },
      { label: 'DF', children: [{ label: 'EF(ODF)' }, { label: 'EF(DODF)' }] },
    ],
  };
  expect(tree(root).split('\n')).toEqual(['MF', '├─ EF(DIR)', '└─ DF', '   ├─ EF(ODF)', '   └─ EF(DODF)']);
});

test('findings have a shape and a word beside their colour', () => {
  const findings = [
    { severity: 'error', where: 'EF(DODF) octet 12', message: 'doubly tagged OID', code: 'X' },
    { severity: 'warning', where: 'EF(DIR)', message: 'no path' },
    { severity: 'info', where: 'EF(ODF)', message: 'padding' },
  ] as const;
  expect(findingsList(findings, plain).split('\n')).toEqual([
    '✗ error   EF(DODF) octet 12: doubly tagged OID [X]',
    '! warning EF(DIR): no path',
    'i info    EF(ODF): padding',
  ]);
  expect(findingsList([], plain)).toBe('✓ no findings');
});

describe('progress', () => {
  const run = (tty: boolean, times: readonly number[]) => {
    const io = testIo({ tty });
    let now = 0;
    const clock = { ...io.clock, monotonic: () => now };
    const progress = new Progress(io.stderr, clock, { label: 'writing', total: 1000, unit: 'octets' });
    for (const time of times) {
      now = time;
      progress.update(time / 10);
    }
    progress.end();
    return io.stderr.text();
  };

  test('nothing for work of less than a second', () => {
    expect(run(true, [10, 500, 999])).toBe('');
  });

  test('one line with rate and time left at a terminal, removed at the end', () => {
    expect(run(true, [2000, 2050, 4000])).toBe(
      '\rwriting: 200 of 1000 octets (20 %), 100 octets/s, 8 s left\u001b[K' +
        '\rwriting: 400 of 1000 octets (40 %), 100 octets/s, 6 s left\u001b[K' +
        '\r\u001b[K',
    );
  });

  test('plain lines, seldom, in a pipe', () => {
    expect(run(false, [2000, 4000, 7000])).toBe(
      'writing: 200 of 1000 octets (20 %), 100 octets/s, 8 s left\n' +
        'writing: 700 of 1000 octets (70 %), 100 octets/s, 3 s left\n',
    );
  });
});

test.each([
  [{ tty: true }, true],
  [{ tty: true, env: { NO_COLOR: '1' } }, false],
  [{ tty: true, env: { TERM: 'dumb' } }, false],
  [{ tty: false }, false],
  [{ tty: false, env: { FORCE_COLOR: '1' } }, true],
  [{ tty: true, env: { FORCE_COLOR: '0' } }, false],
])('colours with %j: %s', (options, expected) => {
  const cli = new CliContext(testIo(options), () => Promise.reject(new Error('not used')));
  expect(cli.colours.isColorSupported).toBe(expected);
});
