/**
 * Appendix B of DM 2.0 and the tests that name its rows (`row(…)` of tests/support/conformance.ts).
 *
 *     node .ci/conformance.mjs              runs those tests and writes docs/conformance.md
 *     node .ci/conformance.mjs --missing    lists what has no test yet, without running any
 *     node .ci/conformance.mjs --check [REPORT…]
 *                                           the page is up to date, every row has passed tests in each direction;
 *                                           reports of jest are read where given, otherwise the tests run
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { transformSync } from '@swc/core';
import { root, runNode } from './steps.mjs';

const PAGE = join(root, 'docs', 'conformance.md');
const CONFIGS = ['jest.config.mjs', 'jest.fuzz.config.mjs', 'jest.pcsc.config.mjs'];
const DIRECTIONS = ['received', 'sent'];
const NAME = /^(B\.[12]\.\d DM-[A-Z]+-\d{3}-[CS]-[MO]) (received|sent): (.*)$/s;

const { TABLES, REMARKS, EXTENSION_POINTS } = await rowsOfAppendixB();
const [mode, ...reports] = process.argv.slice(2);
if (mode === '--missing') listMissing();
else if (mode === '--check') check();
else write();

async function rowsOfAppendixB() {
  const source = readFileSync(join(root, 'tests', 'conformance', 'rows.ts'), 'utf8');
  const { code } = transformSync(source, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

function write() {
  const { tests, broken } = runRowTests('B\\.[12]\\.\\d DM-');
  writeFileSync(PAGE, render(tests));
  const gaps = missing(tests);
  console.log(`docs/conformance.md: ${tests.length} tests, ${gaps.length} gaps`);
  complain([...broken, ...failures(tests)]);
}

function listMissing() {
  const { tests, broken } = runRowTests('^none of the tests, they are only listed$');
  const gaps = missing(tests);
  for (const gap of gaps) console.log(gap);
  console.log(`${gaps.length} directions of rows have no test; ${tests.length} tests name rows`);
  complain(broken);
}

function check() {
  const given = reports.filter((file) => existsSync(file));
  const { tests, broken } =
    given.length > 0
      ? { tests: given.flatMap((file) => rowTests(file)), broken: [] }
      : runRowTests('B\\.[12]\\.\\d DM-');
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  const stale =
    page === render(tests) ? [] : ['docs/conformance.md is not up to date: node .ci/conformance.mjs'];
  complain([...broken, ...missing(tests), ...failures(tests), ...stale]);
  const skipped = tests.filter(({ status }) => status === 'pending');
  if (skipped.length > 0) console.log(`not run: ${skipped.length} tests of rows miss a part of this machine`);
}

function complain(problems) {
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}

/** Runs the suites that name rows, as far as `pattern` picks their tests; the others are listed as pending. */
function runRowTests(pattern) {
  const suites = readdirSync(join(root, 'tests'), { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join('tests', file))
    .filter((file) => /support\/conformance\.js'/.test(readFileSync(join(root, file), 'utf8')));
  const results = CONFIGS.map((config) => runSuites(config, pattern, suites.filter(belongsTo(config))));
  return { tests: results.flatMap(({ tests }) => tests), broken: results.flatMap(({ broken }) => broken) };
}

function belongsTo(config) {
  const kind = /jest\.(?:(\w+)\.)?config/.exec(config)[1] ?? '';
  return (file) => (/\.(pcsc|fuzz)\.test\.ts$/.exec(file)?.[1] ?? '') === kind;
}

function runSuites(config, pattern, suites) {
  if (suites.length === 0) return { tests: [], broken: [] };
  const report = join(root, '.cache', `conformance-${process.pid}.json`);
  mkdirSync(join(root, '.cache'), { recursive: true });
  const args = [
    join(root, 'node_modules/jest/bin/jest.js'),
    '--config',
    config,
    '--runTestsByPath',
    ...suites,
  ];
  const { output } = runNode([...args, '-t', pattern, '--json', `--outputFile=${report}`], { quiet: true });
  if (!existsSync(report)) return { tests: [], broken: [output] };
  const unread = JSON.parse(readFileSync(report, 'utf8')).testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const tests = rowTests(report);
  rmSync(report);
  return { tests, broken: unread.map(({ name, message }) => `${name}\n${message}`) };
}

/** The tests of a report of jest that name rows: `{row, direction, title, file, status}`. */
function rowTests(report) {
  return JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.flatMap(({ title, status }) => {
      const [, row, direction, rest] = NAME.exec(title) ?? [];
      const file = relative(root, name).replaceAll('\\', '/');
      return row === undefined ? [] : [{ row, direction, title: rest, file, status }];
    }),
  );
}

function missing(tests) {
  const have = new Set(tests.map(({ row, direction }) => `${row} ${direction}`));
  return keys()
    .flatMap((key) => DIRECTIONS.map((direction) => `${key} ${direction}`))
    .filter((wanted) => !have.has(wanted))
    .map((wanted) => `no test: ${wanted}`);
}

function failures(tests) {
  return tests
    .filter(({ status }) => status !== 'passed' && status !== 'pending')
    .map(({ row, direction, title, file, status }) => `${status}: ${row} ${direction}: ${title} (${file})`);
}

function keys() {
  return Object.entries(TABLES).flatMap(([table, [, rows]]) => rows.map(([id]) => `${table} ${id}`));
}

function render(tests) {
  const sections = Object.entries(TABLES).map(([table, [title, rows]]) => {
    const lines = rows.flatMap((entry) => lineOf(table, entry, tests));
    return `## ${table} ${title}\n\n| Row | Clause | Asks for | Received | Sent |\n|---|---|---|---|---|\n${lines.join('\n')}\n`;
  });
  return `# Conformance

Every row of Appendix B of OMA DM 2.0 and the tests that prove it. Generated by \`node .ci/conformance.mjs\`, which runs
them; \`npm test\` fails if this page is not what the tests say, if a row has no test in a direction, or if one fails.

*Received*: bytes written by hand from the clause go into our code. *Sent*: our bytes are compared with bytes written by
hand, or judged by a foreign program or a schema made from the text. Rows of the client are proven on client code, rows
of the server on server code. M is mandatory, O optional. An *extension point* is a row whose content the text leaves
open: it is proven with a plug-in of the tests.

${sections.join('\n')}`;
}

function lineOf(table, [id, clause, asks, needs], tests) {
  const key = `${table} ${id}`;
  const remarks = [
    id.endsWith('-M') ? 'M' : 'O',
    ...(EXTENSION_POINTS.has(key) ? ['*extension point*'] : []),
    ...(needs ? [`needs ${needs}`] : []),
    ...(REMARKS[key] ? [REMARKS[key]] : []),
  ];
  const cells = DIRECTIONS.map((direction) => proofs(key, direction, tests));
  return `| ${id} | §${clause} | ${cell(asks)} (${cell(remarks.join('; '))}) | ${cells.join(' | ')} |`;
}

function proofs(key, direction, tests) {
  const own = tests.filter((test) => test.row === key && test.direction === direction);
  const lines = own.map(({ title, file, status }) => {
    const result = status === 'passed' || status === 'pending' ? 'passed' : `**${status}**`;
    return `${result}: ${cell(title)} (\`${file.replace(/^tests\//, '')}\`)`;
  });
  return lines.length > 0 ? lines.sort().join('<br>') : '**no test**';
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}
