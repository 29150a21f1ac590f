/** The error catalogue: every code is in docs/errors.md, used by the program, and its next step exists. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CARD_ERRORS,
  type CatalogueEntry,
  DATA_ERRORS,
  NETWORK_ERRORS,
  READER_ERRORS,
  SECURITY_ERRORS,
  USAGE_ERRORS,
  VERIFICATION_ERRORS,
} from '../../src/errors/index.js';
import { commandNames, commandsIn } from '../support/commandLines.js';

const catalogue: [string, CatalogueEntry][] = [
  CARD_ERRORS,
  DATA_ERRORS,
  NETWORK_ERRORS,
  READER_ERRORS,
  SECURITY_ERRORS,
  USAGE_ERRORS,
  VERIFICATION_ERRORS,
].flatMap((kind) => Object.entries<CatalogueEntry>(kind));

const documentation = readFileSync('docs/errors.md', 'utf8');
const sources = ['src', 'cli']
  .flatMap((directory) =>
    readdirSync(directory, { recursive: true }).map((name) => join(directory, String(name))),
  )
  .filter((file) => file.endsWith('.ts') && !file.startsWith(join('src', 'errors')))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

test('codes are unique', () => {
  expect(new Set(catalogue.map(([code]) => code)).size).toBe(catalogue.length);
});

test.each(catalogue)('%s is documented and used, and its words are sentences', (code, { meaning, next }) => {
  const documented = documentation.includes(`| \`${code}\` | ${meaning} | ${next} |`);
  const used = sources.includes(`'${code}'`);
  expect({ code, documented, used }).toEqual({ code, documented: true, used: true });
  expect(meaning).toMatch(/^\S.*\.$/);
  expect(next).toMatch(/^\S.*[.)]$/);
});

test('every command that an error advises exists', () => {
  const advised = commandsIn([...catalogue.map(([, { next }]) => next), sources].join('\n'));
  expect(advised.length).toBeGreaterThan(0);
  expect(advised.filter((name) => !commandNames().includes(name))).toEqual([]);
});
