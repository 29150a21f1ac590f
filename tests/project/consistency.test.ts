/** What is written in one place and said in another must agree: scripts, exports, vectors, rooms, commands. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOMS } from '../support/codecs.js';
import { commandNames, commandsIn } from '../support/commandLines.js';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>;
  exports: Record<string, string>;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

const filesUnder = (...directories: string[]) =>
  directories
    .filter((directory) => existsSync(directory))
    .flatMap((directory) =>
      readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    );

describe('test-vectors', () => {
  const tests = filesUnder('tests')
    .filter((file) => file.endsWith('.ts') && !file.startsWith(join('tests', 'project')))
    .map((file) => readFileSync(file, 'utf8'));

  test.each(readdirSync('test-vectors'))('%s says where it comes from and is read by a test', (file) => {
    const vector = JSON.parse(readFileSync(join('test-vectors', file), 'utf8')) as Record<string, unknown>;
    expect(vector).toMatchObject({
      source: expect.stringMatching(/\S/),
      clause: expect.stringMatching(/\S/),
      origin: expect.stringMatching(/^(published|self)$/),
    });
    expect((vector.cases as unknown[]).length).toBeGreaterThan(0);
    expect(tests.some((text) => text.includes(file))).toBe(true);
  });
});

describe('package.json', () => {
  test('every room can be imported by its name, and every entry exists', () => {
    for (const room of ROOMS) expect(manifest.exports[`./${room}`]).toBe(`./dist/src/${room}/index.js`);
    for (const target of Object.values(manifest.exports)) {
      expect(existsSync(target.replace('./dist/', './').replace(/\.js$/, '.ts'))).toBe(true);
    }
    expect(Object.values(manifest.bin).every((file) => existsSync(file))).toBe(true);
  });

  test('every version is exact', () => {
    const { dependencies, optionalDependencies, devDependencies } = manifest;
    const versions = Object.values({ ...dependencies, ...optionalDependencies, ...devDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});

describe('documents', () => {
  const documents = [
    'README.md',
    ...readdirSync('docs')
      .filter((name) => name.endsWith('.md'))
      .map((name) => join('docs', name)),
  ];

  test.each(documents)('%s names scripts and commands that exist', (file) => {
    const text = readFileSync(file, 'utf8');
    const scripts = [...text.matchAll(/npm (?:run )?(start|test|(?<=run )[\w:-]+)/g)].map(
      ([, name]) => name!,
    );
    expect(scripts.filter((name) => !(name in manifest.scripts))).toEqual([]);
    expect(commandsIn(text).filter((name) => !commandNames().includes(name))).toEqual([]);
  });

  test.each(documents)('the links of %s lead somewhere', (file) => {
    const links = [...readFileSync(file, 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(
      ([, target]) => target!,
    );
    expect(links.filter((target) => !existsSync(join(file, '..', target)))).toEqual([]);
  });

  test('docs/architecture.md has every room', () => {
    const text = readFileSync('docs/architecture.md', 'utf8');
    expect(ROOMS.filter((room) => !text.includes(`\`${room}\``))).toEqual([]);
  });
});

test('no file names a directory of the machine it was written on', () => {
  const own = filesUnder('src', 'cli', 'tests', 'docs', 'bench', '.ci', 'test-vectors').concat(
    'README.md',
    'package.json',
  );
  const place = new RegExp(`(?<![\\w.])/(${['home', 'root', 'work', 'Users'].join('|')})/`);
  expect(own.filter((file) => place.test(readFileSync(file, 'utf8')))).toEqual([]);
});
