/** Mistakes of a job file, in words, with their place and what was probably meant. */
import type { z } from 'zod';
import { DataError } from '../../errors/index.js';
import { closest, issueMessage, type PathMistake, type Place } from '../../yaml/index.js';
import { STEP_KINDS } from './step-schema.js';

/** One mistake in a job file or a file that it includes. */
export interface JobMistake extends Partial<Place> {
  readonly file: string;
  /** `steps[2].value`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** More would not help anybody. */
const MAX_TOLD = 50;

/** All mistakes as one error. */
export function jobError(fileName: string, mistakes: readonly JobMistake[]): DataError {
  const told = mistakes.slice(0, MAX_TOLD).map(mistakeText);
  const more = mistakes.length - told.length;
  if (more > 0) told.push(`and ${more} more`);
  const message =
    mistakes.length === 1 ? told[0]! : `${fileName} has ${mistakes.length} mistakes:\n  ${told.join('\n  ')}`;
  return new DataError('DATA_JOB', message, { details: { file: fileName, mistakes: told } });
}

/** `job.yaml:3:5: steps[0].value: …`, as compilers write it and editors jump to it. */
function mistakeText({ file, line, column, path, message }: JobMistake): string {
  const at = line === undefined ? '' : `:${line}:${column}`;
  return `${file}${at}: ${path === '' ? '' : `${path}: `}${message}`;
}

/** What the schema found, each entry apart, with a hint at what was meant. */
export function schemaMistakes(issues: readonly z.core.$ZodIssue[], input: unknown): PathMistake[] {
  return issues.flatMap((issue) => told(issue, input));
}

function told(issue: z.core.$ZodIssue, input: unknown): PathMistake[] {
  if (issue.code === 'unrecognized_keys') return unknownEntries(issue);
  if (issue.code === 'invalid_union') return unionMistakes(issue, input);
  if (issue.code === 'invalid_key') {
    return [{ path: issue.path, message: issue.issues[0]?.message ?? 'this is no name' }];
  }
  return [{ path: issue.path, message: issueMessage(issue) }];
}

/** The schema's own message lists the names that there are. */
function unknownEntries(issue: z.core.$ZodIssueUnrecognizedKeys): PathMistake[] {
  const known = issue.message.split(' ');
  return issue.keys.map((key) => {
    const path = [...issue.path, key];
    const isStep = issue.path.length === 2 && issue.path[0] === 'steps';
    if (isStep && (STEP_KINDS as readonly string[]).includes(key)) {
      return { path, message: 'this is a step of its own: begin it with a hyphen' };
    }
    const meant = closest(key, known);
    const hint = meant === undefined ? `there are ${known.join(', ')}` : `did you mean ${meant}?`;
    return { path, message: `there is no such entry here; ${hint}` };
  });
}

function unionMistakes(issue: z.core.$ZodIssueInvalidUnion, input: unknown): PathMistake[] {
  const value = at(input, issue.path);
  const below = (issues: readonly z.core.$ZodIssue[]) =>
    schemaMistakes(
      issues.map((each) => ({ ...each, path: [...issue.path, ...each.path] })),
      input,
    );
  if (issue.path.length === 2 && issue.path[0] === 'steps') {
    const kind = stepKind(value);
    if (typeof kind === 'string') return [{ path: issue.path, message: kind }];
    return below(issue.errors[kind.index] ?? []);
  }
  if (value === undefined) return [{ path: issue.path, message: 'this entry is missing' }];
  // What the author meant is the one form that is wrong inside only.
  const inside = issue.errors.filter((issues) => issues.every(({ path, code }) => isInside(path, code)));
  if (inside.length === 1) return below(inside[0]!);
  const [text] = issue.errors.filter((issues) => issues.every(({ code }) => code !== 'invalid_type'));
  if (typeof value === 'string' && text !== undefined && issue.message === 'Invalid input')
    return below(text);
  return [{ path: issue.path, message: issue.message }];
}

function isInside(path: readonly PropertyKey[], code: z.core.$ZodIssue['code']): boolean {
  return path.length > 0 || code === 'unrecognized_keys';
}

/** Which of the kinds a step is, or what is wrong with it. */
function stepKind(step: unknown): { readonly index: number } | string {
  if (typeof step !== 'object' || step === null || Array.isArray(step)) {
    return `a step is an entry that says what it is: one of ${STEP_KINDS.join(', ')}`;
  }
  const names = Object.keys(step);
  const index = STEP_KINDS.findIndex((kind) => Object.hasOwn(step, kind));
  if (index >= 0) return { index };
  const meant = names.map((name) => closest(name, STEP_KINDS)).find((name) => name !== undefined);
  if (meant !== undefined) return `this is no step; did you mean ${meant}?`;
  return `this is no step: it needs one of ${STEP_KINDS.join(', ')}`;
}

function at(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<PropertyKey, unknown>)[step]
        : undefined,
    input,
  );
}
