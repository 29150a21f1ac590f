/**
 * What a user gets: packs, installs the tarball without development packages, runs the program, imports every room, and
 * compiles a program in TypeScript against the declarations in the tarball.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm, root, runNode } from './steps.mjs';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
/** Declarations are checked, too: no `skipLibCheck`. The types of Node are what such a user has installed. */
const strict = [
  ...['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2023'],
  ...['--typeRoots', join(root, 'node_modules', '@types'), '--types', 'node'],
];
const home = mkdtempSync(join(tmpdir(), 'simboot-pack-'));
try {
  const packed = must(
    'npm pack',
    npm(['pack', '--ignore-scripts', '--json', '--pack-destination', home], { quiet: true }),
  );
  const filename = /"filename": "([^"]+)"/.exec(packed)?.[1];
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
  const options = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  must('npm install', npm(['install', ...options, join(home, filename)], { quiet: true, cwd: home }));

  const program = join(home, 'node_modules', manifest.name, manifest.bin.simboot);
  const version = must(
    'simboot --version',
    runNode([program, '--version'], { quiet: true, cwd: home }),
  ).trim();
  if (version !== manifest.version) stop(`simboot --version printed ${version}, not ${manifest.version}`);

  const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'));
  const imports = entries.map((entry) => `${manifest.name}${entry.slice(1)}`);
  mkdirSync(join(home, 'check'));
  writeFileSync(join(home, 'check', 'imports.mjs'), importsOf(imports));
  console.log(must('imports', runNode([join('check', 'imports.mjs')], { quiet: true, cwd: home })).trim());

  writeFileSync(join(home, 'check', 'user.ts'), userProgram(imports));
  must('tsc', runNode([compiler, ...strict, join('check', 'user.ts')], { quiet: true, cwd: home }));
  console.log(`compiled a program in TypeScript that uses ${imports.length} entries`);
} finally {
  rmSync(home, { recursive: true, force: true });
}

function importsOf(names) {
  return `for (const name of ${JSON.stringify(names)}) {
  if (Object.keys(await import(name)).length === 0) throw new Error(name + ' exports nothing');
}
console.log('imported ${names.length} entries');
`;
}

/** Names every entry, and asks for something that only right declarations answer. */
function userProgram(names) {
  const lines = names.map((name, index) => `import * as entry${index} from '${name}';`);
  const used = names.map((_, index) => `entry${index}`).join(', ');
  return `${lines.join('\n')}
import { fromHex } from '${manifest.name}/bytes';
import { decodeOdf } from '${manifest.name}/pkcs15';
export const kind: string | undefined = decodeOdf(fromHex('A706300404026420')).entries[0]?.kind;
// @ts-expect-error: hex is text
fromHex(7);
export const all: readonly object[] = [${used}];
`;
}

function must(what, { ok, output }) {
  if (!ok) stop(`${what} failed:\n${output}`);
  return output;
}

function stop(message) {
  console.error(message);
  rmSync(home, { recursive: true, force: true });
  process.exit(1);
}
