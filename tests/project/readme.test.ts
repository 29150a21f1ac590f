/** The library examples of README.md run as they stand, against the built package. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';

const examples = [...readFileSync('README.md', 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, code]) => code!,
);

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(0);
});

test.each(examples.map((code, index) => [index + 1, code] as const))('example %d', (_, code) => {
  mkdirSync('.cache', { recursive: true });
  const directory = mkdtempSync(join('.cache', 'readme-'));
  try {
    const options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } } as const;
    writeFileSync(join(directory, 'example.mjs'), transformSync(code, options).code);
    const result = spawnSync(process.execPath, [join(directory, 'example.mjs')], { encoding: 'utf8' });
    expect({ status: result.status, stderr: result.stderr }).toEqual({ status: 0, stderr: '' });
    expect(result.stdout).toMatch(/\S/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
