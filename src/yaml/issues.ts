/** What a schema finds wrong, in words for the person who wrote the file. */
import type { z } from 'zod';

/** A mistake at an entry. */
export interface PathMistake {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

const REQUIRED: Readonly<Record<string, string>> = {
  object: 'entries with names',
  array: 'a list',
  record: 'entries with names',
};

/**
 * One mistake for each entry that is wrong.
 *
 * @example
 * pathMistakes([{ code: 'unrecognized_keys', keys: ['a', 'b'], path: [], message: '' }]).map(({ path }) => path) // → [['a'], ['b']]
 */
export function pathMistakes(issues: readonly z.core.$ZodIssue[]): PathMistake[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key], message: issueMessage(issue) }))
      : [{ path: issue.path, message: issueMessage(issue) }],
  );
}

/**
 * The message of an issue: the schema's own, or plain words for what every schema may find.
 *
 * @example issueMessage({ code: 'unrecognized_keys', keys: ['x'], path: [], message: '' }) // → 'there is no such entry here'
 */
export function issueMessage(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'there is no such entry here';
  if (issue.code !== 'invalid_type') return issue.message;
  if (/received undefined$/.test(issue.message)) return 'this entry is missing';
  return issue.message.startsWith('Invalid input')
    ? `${REQUIRED[issue.expected] ?? issue.expected} required here`
    : issue.message;
}

/**
 * `accounts[0].name`.
 *
 * @example pathText(['accounts', 0, 'name']) // → 'accounts[0].name'
 */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

/**
 * The name that was probably meant, if one is close enough: a third of its letters may differ.
 *
 * @example
 * closest('colums', ['columns', 'format']) // → 'columns'
 * closest('x', ['columns']) // → undefined
 */
export function closest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  const plain = plainName(name);
  // Nothing that long was meant to be one of the short names.
  if (plain.length > 64) return undefined;
  for (const candidate of known) {
    const distance = distanceOf(plain, plainName(candidate));
    if (
      distance < least &&
      distance <= Math.max(1, Math.floor(candidate.length / 3)) &&
      distance < plain.length
    ) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}

/** Letters to insert, remove, replace, or swap with their neighbour. */
function distanceOf(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(row[j - 1]! + 1, previous[j]! + 1, previous[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}
