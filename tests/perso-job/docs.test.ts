import { readFileSync } from 'node:fs';
import { EF_CODECS, jobJsonSchema } from '../../src/perso/index.js';
import { parse } from './support.js';

const text = readFileSync('docs/job.md', 'utf8');

/** Names of all entries, and the words that they take, wherever they are. */
function wordsOf(schema: unknown, found = new Set<string>()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return found;
  const { properties = {}, ...rest } = schema as { properties?: Record<string, unknown> };
  for (const name of Object.keys(properties)) found.add(name);
  for (const word of (schema as { enum?: unknown[] }).enum ?? []) found.add(String(word));
  for (const below of Object.values({ ...rest, ...Object.values(properties) })) wordsOf(below, found);
  return found;
}

test('docs/job.md has every entry of the schema', () => {
  const levels = ['01', '03', '11', '13'];
  const words = [...wordsOf(jobJsonSchema()), ...Object.keys(EF_CODECS)];
  expect(words.length).toBeGreaterThan(100);
  expect(words.filter((word) => !levels.includes(word) && !new RegExp(`\\b${word}\\b`).test(text))).toEqual(
    [],
  );
});

test('its example of steps is one', async () => {
  const [, steps] = /```yaml\n(steps:[\s\S]*?)```/.exec(text)!;
  const columns = 'imsi: imsi, ki: hex, opc: hex, serial: hex';
  const job = await parse(
    `simboot: job/1\nname: a\nrecords: { columns: { ${columns} } }\ndraw: { pin1: 4 digits }\n${steps}`,
  );
  expect(job.steps.map(({ kind }) => kind)).toEqual(['file', 'file', 'pin', 'apdu']);
});
