/** Jobs for tests: a small one that is right, and what is said of one that is not. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { DataError } from '../../src/errors/index.js';
import { type Job, parseJob } from '../../src/perso/index.js';

export const SMALL = `simboot: job/1
name: small
records:
  columns:
    iccid: iccid
    imsi: imsi
    ki: { type: hex, length: 16 }
steps:
  - imsi: "\${imsi}"
`;

export const EXAMPLES = ['uicc', 'scp03', 'order'] as const;
export const exampleFile = (name: string) => Uint8Array.from(readFileSync(join('docs/examples/line', name)));
export const example = (name: string): Promise<Job> =>
  parseJob(exampleFile(`${name}.yaml`), {
    fileName: `${name}.yaml`,
    readFile: async (file) => exampleFile(file),
  });

export const parse = (text: string, files: Readonly<Record<string, string>> = {}): Promise<Job> =>
  parseJob(encodeUtf8(text), {
    fileName: 'job.yaml',
    readFile: async (name) => {
      const found = files[name];
      if (found === undefined) throw new Error(`no ${name}`);
      return encodeUtf8(found);
    },
  });

/** Every mistake, as it is told. */
export async function mistakesOf(
  text: string,
  files: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  try {
    await parse(text, files);
  } catch (error) {
    if (!(error instanceof DataError) || error.code !== 'DATA_JOB') throw error;
    const mistakes = [...(error.details.mistakes as string[])];
    for (const mistake of mistakes) expectPlace(mistake, { ...files, 'job.yaml': text });
    return mistakes;
  }
  return [];
}

/** At the place of a mistake stands the last name of its path. */
function expectPlace(mistake: string, files: Readonly<Record<string, string>>): void {
  const [, file, line, column, path] = /^([^:]+):(\d+):(\d+): ([^: ]+): (?!.*missing)/.exec(mistake) ?? [];
  const name = /(?:^|\.)([^.[\]]+)$/.exec(path ?? '')?.[1];
  if (name === undefined || files[file!] === undefined) return;
  const there = files[file!]!.split('\n')[Number(line) - 1]!.slice(Number(column) - 1);
  expect(there.replace(/^["']/, '').slice(0, name.length)).toBe(name);
}
