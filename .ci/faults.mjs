/**
 * Plants one fault at a time in a copy of the host code and demands that a test fails for it: tests that cannot fail
 * prove nothing. The faults are in `tests/faults/<room>.json`, each `{name, file, find, replace, tests, only?}`: `find`
 * stands in `file` exactly once, `tests` are the suites to run, `only` a pattern of test names (to be quick). With
 * `"check": "imports"` in place of `tests` the import walls must refuse it.
 * Words on the command line plant only the faults whose room or name contains one.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './steps.mjs';

const WORKERS = 2;
/** A fault that makes a test wait for ever is found, too: by the clock. */
const LIMIT_SECONDS = 120;
const COPIED = [
  'src',
  'cli',
  'tests',
  'test-vectors',
  'docs',
  'package.json',
  'jest.config.mjs',
  'jest.pcsc.config.mjs',
  'tsconfig.json',
  '.dependency-cruiser.cjs',
];

const copies = join(root, '.cache', `faults-${process.pid}`);
process.on('exit', () => rmSync(copies, { recursive: true, force: true }));

const wanted = process.argv.slice(2);
const faults = readFaults().filter(
  ({ room, name }) => wanted.length === 0 || wanted.some((word) => `${room}: ${name}`.includes(word)),
);
const results = [];
const workers = Array.from({ length: WORKERS }, (_, index) => makeCopy(index));

const suites = [...new Set(faults.flatMap((fault) => fault.tests ?? []))];
if (suites.length > 0) {
  const sound = await jest(workers[0], suites, undefined, WORKERS);
  if (sound.failed + sound.broken > 0 || sound.passed === 0) {
    console.error(`Without any fault the tests must pass first.\n${sound.output.slice(0, 5000)}`);
    process.exit(1);
  }
}
const queue = [...faults];
await Promise.all(workers.map(work));

const escaped = results.filter((result) => result.problem);
for (const { fault } of results.filter(({ problem }) => !problem))
  console.log(`✓ ${fault.room}: ${fault.name}`);
for (const { fault, problem } of escaped) console.log(`✗ ${fault.room}: ${fault.name}: ${problem}`);
console.log(`${results.length - escaped.length} of ${results.length} planted faults were found`);
process.exitCode = escaped.length > 0 || results.length === 0 ? 1 : 0;

function readFaults() {
  const directory = join(root, 'tests', 'faults');
  return readdirSync(directory).flatMap((file) =>
    JSON.parse(readFileSync(join(directory, file), 'utf8')).map((fault) => ({
      room: basename(file, '.json'),
      ...fault,
    })),
  );
}

function makeCopy(index) {
  const copy = join(copies, String(index));
  mkdirSync(copy, { recursive: true });
  for (const name of COPIED) cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

async function work(copy) {
  for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
    results.push({ fault, problem: await plant(copy, fault) });
  }
}

/** @returns why the fault counts as not found, or nothing */
async function plant(copy, fault) {
  const path = join(copy, fault.file);
  const original = readFileSync(path, 'utf8');
  const places = original.split(fault.find).length - 1;
  if (places !== 1) return `its place is there ${places} times in ${fault.file}`;
  writeFileSync(
    path,
    original.replace(fault.find, () => fault.replace),
  );
  const { failed, broken, output } =
    fault.check === 'imports'
      ? await imports(copy)
      : await jest(copy, fault.tests, fault.only, 1, LIMIT_SECONDS);
  writeFileSync(path, original);
  if (broken > 0) return `the planted code does not load\n${output}`;
  return failed > 0 ? undefined : 'no test failed';
}

async function imports(copy) {
  const program = 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs';
  const child = spawn(process.execPath, [program, '--config', '.dependency-cruiser.cjs', 'src', 'cli'], {
    cwd: copy,
  });
  const output = await finished(child);
  return { failed: child.exitCode === 0 ? 0 : 1, broken: 0, output };
}

async function jest(copy, suites, only, maxWorkers, seconds) {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const args = [
    'node_modules/jest/bin/jest.js',
    '--json',
    `--outputFile=${report}`,
    `--maxWorkers=${maxWorkers}`,
  ];
  if (only) args.push('-t', only);
  const child = spawn(process.execPath, [...args, '--runTestsByPath', ...suites], { cwd: copy });
  const output = await finished(child, seconds);
  if (child.signalCode === 'SIGKILL') return { passed: 0, failed: 1, broken: 0, output };
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests,
      broken: result.numRuntimeErrorTestSuites,
      output,
    };
  } catch {
    return { passed: 0, failed: 0, broken: 1, output };
  }
}

function finished(child, seconds) {
  let output = '';
  const clock = seconds && setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  child.stdout.resume();
  return new Promise((resolve) => {
    child.on('close', () => {
      clearTimeout(clock);
      resolve(output);
    });
  });
}
