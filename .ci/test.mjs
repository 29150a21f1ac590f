/**
 * Every check, one after the other. Each counts as one, the test suites with the number of their tests. The last
 * line is `N passed, N failed, N skipped`. Words on the command line run only the checks whose names contain one.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, runNode } from './steps.mjs';

const bin = (path) => join(root, 'node_modules', path);
const CHECKS = [
  ['format and lint', () => node(bin('@biomejs/biome/bin/biome'), 'check', '.')],
  ['types', () => node(bin('typescript/bin/tsc'), '--noEmit')],
  [
    'one-way imports',
    () =>
      node(
        bin('dependency-cruiser/bin/dependency-cruise.mjs'),
        '--config',
        '.dependency-cruiser.cjs',
        'src',
        'cli',
      ),
  ],
  ['unused code', () => node(bin('knip/bin/knip.js'), '--no-progress')],
  ['lock file', () => node('.ci/lock.mjs', '--check')],
  ['generated docs', () => node('.ci/docs.mjs', '--check')],
  ['unit tests', () => jest('jest.config.mjs')],
  ['damaged input', () => jest('jest.fuzz.config.mjs')],
  ['real readers', () => jest('jest.pcsc.config.mjs')],
  ['conformance', () => node('.ci/conformance.mjs', '--check', ...(written.length === 3 ? written : []))],
  ['packed package', () => node('.ci/pack.mjs')],
  ['Node 24 and 26', () => node('.ci/node-versions.mjs')],
  ['planted faults', () => node('.ci/faults.mjs')],
];

/** Characters of what a failed check printed. */
const SHOWN = 12_000;
const total = { passed: 0, failed: 0, skipped: 0 };
const notes = [];
const failures = [];
const written = [];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((word) => !CHECKS.some(([name]) => name.includes(word)));
if (unknown.length > 0) {
  console.error(
    `no check is called ${unknown.join(', ')}; there are: ${CHECKS.map(([name]) => name).join(', ')}`,
  );
  process.exit(2);
}
for (const [name, check] of CHECKS) {
  if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue;
  const started = Date.now();
  const { passed = 0, failed = 0, skipped = 0, output = '', reason } = check();
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  const mark = failed > 0 ? '✗' : passed === 0 ? '–' : '✓';
  console.log(`${mark} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (failed > 0) failures.push({ name, output: output.trimEnd() });
  if (reason) notes.push(`not run: ${name}: ${reason}`);
}
// What failed stands at the end, where the record of a long run still shows it.
for (const { name, output } of failures) {
  const shown =
    output.length > SHOWN ? `${output.slice(0, SHOWN / 2)}\n…\n${output.slice(-SHOWN / 2)}` : output;
  console.log(`✗ ${name}:\n${shown}`);
}
for (const note of notes) console.log(note);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** A script that says it all with its exit code; one that cannot run ends with a line `not run: <reason>`. */
function node(...args) {
  const { ok, output } = runNode(args, { quiet: true });
  if (!ok) return { failed: 1, output };
  const reason = /^not run: (.*)$/m.exec(output)?.[1];
  if (reason === undefined) return { passed: 1 };
  return process.env.CI ? { failed: 1, output } : { skipped: 1, reason };
}

function jest(config) {
  const report = join(root, '.cache', `${config}.json`);
  mkdirSync(join(root, '.cache'), { recursive: true });
  rmSync(report, { force: true });
  const args = [bin('jest/bin/jest.js'), '--config', config, '--json', `--outputFile=${report}`];
  const { output } = runNode(args, { quiet: true });
  written.push(report);
  return countsOf(report, output);
}

function countsOf(report, output) {
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { failed: 1, output };
  }
  const broken = result.numRuntimeErrorTestSuites;
  const none = result.numTotalTests === 0 ? 1 : 0;
  const reasons = result.testResults.filter((suite) => suite.status === 'failed');
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + broken + none,
    skipped: result.numPendingTests + result.numTodoTests,
    reason: notRun(result).join('; '),
    output: reasons.map((suite) => `${suite.name}\n${suite.message}`).join('\n') || output,
  };
}

/** Suites that miss a part of this machine say so in their title: `[not run: reason]`. On CI they fail instead. */
function notRun(result) {
  const titles = result.testResults.flatMap((suite) =>
    suite.assertionResults.flatMap((test) => test.ancestorTitles),
  );
  return [...new Set(titles.filter((title) => title.includes('[not run: ')))];
}
