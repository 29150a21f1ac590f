/** Cases of test-vectors/scp03.json by kind. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface VectorCase {
  readonly id: string;
  readonly source: string;
  readonly description: string;
  readonly kind: string;
  // biome-ignore lint/suspicious/noExplicitAny: each kind of case has its own fields
  readonly inputs: any;
  // biome-ignore lint/suspicious/noExplicitAny: each kind of case has its own fields
  readonly expected: any;
  // biome-ignore lint/suspicious/noExplicitAny: each kind of case has its own fields
  readonly computed?: any;
}

const FILE = join(__dirname, '../../test-vectors/scp03.json');

export const SCP03_CASES: readonly VectorCase[] = JSON.parse(readFileSync(FILE, 'utf8')).cases;

export const casesOf = (...kinds: readonly string[]): readonly VectorCase[] =>
  SCP03_CASES.filter((one) => kinds.includes(one.kind));
