/** Start-up time of `simboot --version` against bare Node: median of 15 runs each, taken in turn. Needs a build. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUNS = 15;
const TARGET_MS = 120;
const simboot = join(dirname(fileURLToPath(import.meta.url)), '..', 'cli', 'simboot.cjs');

const bare = [];
const version = [];
for (let run = 0; run <= RUNS; run++) {
  bare.push(milliseconds(['-e', '0']));
  version.push(milliseconds([simboot, '--version']));
}
// The first run of each fills the file cache.
const [bareMs, versionMs] = [bare, version].map((times) => median(times.slice(1)));
const difference = versionMs - bareMs;
const result = {
  runs: RUNS,
  bareMs,
  versionMs,
  differenceMs: round(difference),
  targetMs: TARGET_MS,
  node: process.version,
};
console.log(JSON.stringify(result));
process.exitCode = difference < TARGET_MS ? 0 : 1;

function milliseconds(args) {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  return performance.now() - started;
}

function median(times) {
  return round(times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]);
}

function round(value) {
  return Math.round(value * 10) / 10;
}
