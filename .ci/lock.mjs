/**
 * Completes package-lock.json after `npm install`: npm leaves out the optional packages of platforms that it could not
 * see, and then `npm ci` refuses on every platform (npm/cli#4828). Their name tells the platform. `--check` only looks.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './steps.mjs';

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

const file = join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
  Object.entries(path === '' ? {} : (entry.optionalDependencies ?? {}))
    .filter(
      ([name]) =>
        !(`node_modules/${name}` in lock.packages || `${path}/node_modules/${name}` in lock.packages),
    )
    .map(([name, version]) => ({ name, entry: platformEntry(name, version, entry.dev === true) })),
);
if (process.argv.includes('--check')) {
  for (const { name } of missing) console.error(`package-lock.json lacks ${name}: run \`node .ci/lock.mjs\``);
  process.exitCode = missing.length > 0 ? 1 : 0;
} else if (missing.length > 0) {
  for (const { name, entry } of missing) lock.packages[`node_modules/${name}`] = entry;
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`added ${missing.length} platform packages to package-lock.json`);
}

function platformEntry(name, version, dev) {
  const words = name.split(/[/-]/);
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  if (os.length !== 1 || cpu.length !== 1)
    throw new Error(`${name} does not tell its platform; add it by hand`);
  const starts = (prefix) => words.some((word) => word.startsWith(prefix));
  const libc = starts('musl') ? { libc: ['musl'] } : starts('gnu') ? { libc: ['glibc'] } : {};
  return { version, cpu, ...(dev ? { dev } : {}), ...libc, optional: true, os };
}
