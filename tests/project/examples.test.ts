/** The examples of README.md, docs and the docstrings compile and run as they stand. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  compile,
  docstringModule,
  type Example,
  markdownExamples,
  ROOMS,
  readDocumentation,
} from './example-program.js';

const documentation = readDocumentation();
const documents = readdirSync('docs', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.md'))
  .map((path) => join('docs', path));
const programs: Example[] = ['README.md', ...documents.sort()]
  .flatMap(markdownExamples)
  .map((example, index) => ({ ...example, file: `program-${index}.mts` }));
const docstrings: Example[] = documentation.examples.map(({ room, name, text }, index) => ({
  name: `${room} ${name}`,
  file: `docstring-${index}.mts`,
  source: docstringModule(room, text, documentation.names),
  output: [],
}));

let directory: string;
let complaints: string[];
/** Why a docstring's example failed, by its file. */
let failures: Record<string, string>;

beforeAll(() => {
  mkdirSync('.cache', { recursive: true });
  directory = mkdtempSync(join('.cache', 'examples-'));
  complaints = compile(directory, [...programs, ...docstrings]);
  const run = `const failures = {};
for (const file of ${JSON.stringify(docstrings.map(({ file }) => file.replace('.mts', '.mjs')))}) {
  await import('./' + file).catch((error) => { failures[file] = String(error?.message ?? error); });
}
process.stdout.write('\\n' + JSON.stringify(failures));
`;
  writeFileSync(join(directory, 'docstrings.mjs'), run);
  const { stdout, stderr } = node('docstrings.mjs');
  expect(stderr).toBe('');
  failures = JSON.parse(stdout.slice(stdout.lastIndexOf('\n')));
}, 60_000);

afterAll(() => rmSync(directory, { recursive: true }));

function node(file: string): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [resolve(directory, file)], { cwd: directory, encoding: 'utf8' });
}

test('the compiler accepts every example', () => {
  expect(complaints).toEqual([]);
});

test.each(programs)('$name runs', ({ file, output }) => {
  const { status, stdout, stderr } = node(file.replace('.mts', '.mjs'));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/\S/);
  if (output.length > 0) expect(stdout.trimEnd().split('\n')).toEqual(output);
});

test.each(docstrings)('docstring of $name', ({ file, source }) => {
  expect(source).toMatch(/^await (same|throws)\(/m);
  expect({ source, failure: failures[file.replace('.mts', '.mjs')] }).toEqual({ source, failure: undefined });
});

test('docs/library.md has a section and an example for every room', () => {
  const sections = readFileSync('docs/library.md', 'utf8').split(/^## /m).slice(1);
  const shown = sections
    .filter((section) => section.includes('```ts\n'))
    .map((section) => /^`simboot\/(\w+)`/.exec(section)?.[1]);
  expect(shown.filter((room) => room !== undefined).sort()).toEqual([...ROOMS].sort());
});

test('no example stands where it is not run', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  const written = sources.flatMap(
    (path) => readFileSync(join('src', path), 'utf8').match(/\* @example/g) ?? [],
  );
  expect(docstrings).toHaveLength(written.length);
});

test('everything exported has a docstring', () => {
  expect(documentation.undocumented).toEqual([]);
});
