/**
 * Everything between a fresh clone and a program that runs, with nothing but Node: packages, the bindings of PC/SC,
 * PKCS#11 and SQLite where they can be built, the build. Does only what is missing. `--native` insists on the bindings
 * more (for the tests).
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root, run, runNode } from './steps.mjs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  stop(`Node 20.19 or newer is needed; this is ${process.versions.node}.`);

if (!packagesMatchLock()) {
  console.log('Installing packages …');
  if (!npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']).ok) stop('`npm ci` failed; see above.');
}
const bindings = [
  {
    name: 'pcsclite',
    what: 'PC/SC',
    header: '/usr/include/PCSC/winscard.h',
    without: 'simulated readers work all the same',
  },
  { name: 'pkcs11js', what: 'PKCS#11', without: 'encrypted key store files work all the same' },
  {
    name: 'better-sqlite3',
    what: 'SQLite',
    // its binding is loaded by the first database only
    probe: `new (require('better-sqlite3'))(':memory:')`,
    without: 'a server keeps its store in PostgreSQL all the same',
  },
];
for (const binding of bindings) {
  if (!bindingLoads(binding) && canBuildBinding(binding)) buildBinding(binding);
}
if (buildIsStale()) build();

/** Compares what npm installed last with package-lock.json; optional packages may be missing. */
function packagesMatchLock() {
  const installedLock = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return false;
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(installedLock);
  return Object.entries(wanted).every(([path, { version, optional, peer }]) =>
    path === '' || installed[path] === undefined
      ? path === '' || optional === true || peer === true
      : installed[path].version === version && existsSync(join(root, path)),
  );
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

/** Whether a try makes sense. Elsewhere than on Linux, PC/SC is part of the system; `npm ci` has tried once already. */
function canBuildBinding({ header }) {
  if (process.platform !== 'linux') return process.argv.includes('--native');
  return (header === undefined || existsSync(header)) && run('c++', ['--version'], { quiet: true }).ok;
}

/** A binding is compiled for one version of Node: only loading it tells. */
function bindingLoads({ name, probe = `require('${name}')` }) {
  return runNode(['-e', probe], { quiet: true }).ok;
}

/** A failure here is no failure of the installation: the bindings are optional. */
function buildBinding(binding) {
  const { name, what, without } = binding;
  console.log(`Building the ${what} binding …`);
  const present = existsSync(join(root, 'node_modules', name, 'package.json'));
  const built = present
    ? npm(['rebuild', name], { quiet: true })
    : npm(['ci', '--no-audit', '--no-fund'], { quiet: true });
  if (bindingLoads(binding)) return;
  console.log(`The ${what} binding could not be built; ${without}.`);
  if (process.argv.includes('--native')) console.log(built.output.trim());
}

function buildIsStale() {
  const built = join(root, 'dist', 'cli', 'main.js');
  if (!existsSync(built)) return true;
  const builtAt = statSync(built).mtimeMs;
  const sources = ['src', 'cli'].flatMap((room) =>
    readdirSync(join(root, room), { recursive: true }).map((name) => join(root, room, name)),
  );
  const others = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map((name) =>
    join(root, name),
  );
  return [...sources, ...others].some((file) => statSync(file).mtimeMs > builtAt);
}

function build() {
  console.log('Building …');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  if (!runNode([compiler, '-p', 'tsconfig.build.json']).ok) {
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    stop('the build failed; see above.');
  }
  if (!run(process.execPath, [join('.ci', 'copy-assets.mjs')]).ok) stop('the build failed; see above.');
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
