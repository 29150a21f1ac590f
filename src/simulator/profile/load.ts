/** Profile files: YAML with `extends`, checked, every mistake with file, line and path. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../../errors/index.js';
import { profileDirectory } from './directory.js';
import { PROFILE, type ProfileData } from './schema.js';

/** A checked profile. */
export interface Profile {
  /** Name of a built-in profile, or the path of the file. */
  readonly name: string;
  readonly data: ProfileData;
}

export interface ProfileSummary {
  readonly name: string;
  readonly description: string;
}

const EXTENSION = '.yaml';
/** In place of a file, rule or PIN: takes an inherited one away. */
const REMOVE = 'remove';

type Raw = Readonly<Record<string, unknown>>;

interface Source {
  readonly path: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** Built-in files do not change while the program runs, and thousands of cards may be made of one. */
const builtIn = new Map<string, ProfileData>();
const builtInSources = new Map<string, Source>();

/**
 * The built-in profiles, by name, each with one line about it. Bases that only others extend start with `_`.
 *
 * @example listProfiles().some(({ name }) => name === 'uicc-scp03') // → true
 */
export function listProfiles(): ProfileSummary[] {
  return readdirSync(profileDirectory())
    .filter((file) => extname(file) === EXTENSION && !file.startsWith('_'))
    .map((file) => basename(file, EXTENSION))
    .sort()
    .map((name) => ({ name, description: loadProfile(name).data.description }));
}

/**
 * A profile by the name of a built-in one, or by the path of a YAML file.
 *
 * @throws UsageError `USAGE_PROFILE_UNKNOWN`, `USAGE_FILE_UNREADABLE`, or `USAGE_PROFILE_INVALID` with line and path
 */
export function loadProfile(name: string): Profile {
  const path = locate(name, process.cwd());
  const known = builtIn.get(path);
  if (known !== undefined) return { name, data: structuredClone(known) };
  const sources: Source[] = [];
  const checked = PROFILE.safeParse(readWithBases(path, sources, []));
  if (!checked.success) throw invalid(checked.error, sources);
  if (isBuiltIn(path)) builtIn.set(path, structuredClone(checked.data));
  return { name, data: checked.data };
}

function isBuiltIn(path: string): boolean {
  return dirname(path) === profileDirectory();
}

function locate(name: string, from: string): string {
  const isPath =
    name.includes('/') || name.includes('\\') || name.endsWith(EXTENSION) || name.endsWith('.yml');
  if (isPath) return isAbsolute(name) ? name : resolve(from, name);
  return join(profileDirectory(), `${name}${EXTENSION}`);
}

function readWithBases(path: string, sources: Source[], below: readonly string[]): Raw {
  if (below.includes(path)) {
    throw new UsageError(
      'USAGE_PROFILE_INVALID',
      `profile ${path} extends itself (${[...below, path].join(' > ')})`,
    );
  }
  const source = builtInSources.get(path) ?? readSource(path);
  if (isBuiltIn(path)) builtInSources.set(path, source);
  sources.push(source);
  const content = contentOf(source);
  if (!isMap(content))
    throw new UsageError('USAGE_PROFILE_INVALID', `profile ${path}: a map of settings expected`);
  const { extends: base, ...own } = content;
  if (base === undefined) return own;
  if (typeof base !== 'string') {
    throw new UsageError('USAGE_PROFILE_INVALID', `profile ${path}: "extends" names one other profile`);
  }
  const inherited = readWithBases(locate(base, dirname(path)), sources, [...below, path]);
  return merge(inherited, own);
}

/** An alias without its anchor, or aliases that multiply, show only here. */
function contentOf({ path, document }: Source): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw new UsageError('USAGE_PROFILE_INVALID', `profile ${path}: its aliases (*name) cannot be resolved`, {
      cause,
      details: { path },
    });
  }
}

function readSource(path: string): Source {
  let yaml: string;
  try {
    yaml = readFileSync(path, 'utf8');
  } catch (cause) {
    if (isBuiltIn(path)) {
      const name = basename(path, EXTENSION);
      throw new UsageError('USAGE_PROFILE_UNKNOWN', `no simulated card profile is named "${name}"`, {
        cause,
      });
    }
    throw new UsageError('USAGE_FILE_UNREADABLE', `profile ${path} cannot be read`, {
      cause,
      details: { path },
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(yaml, { schema: 'failsafe', lineCounter: lines, logLevel: 'error' });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line } = lines.linePos(error.pos[0]);
    throw new UsageError('USAGE_PROFILE_INVALID', `profile ${path}, line ${line}: not YAML: ${error.code}`, {
      cause: error,
      details: { path, line },
    });
  }
  return { path, document, lines };
}

/** Maps are merged key by key; anything else of the extending profile replaces what it inherits. */
function merge(base: Raw, own: Raw): Raw {
  const out: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(own)) {
    const inherited = out[key];
    if (value === REMOVE) delete out[key];
    else out[key] = isMap(inherited) && isMap(value) ? merge(inherited, value) : value;
  }
  return out;
}

function isMap(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first mistake, at the line of the file that says it (the extending file before its bases). */
function invalid(error: z.ZodError, sources: readonly Source[]): UsageError {
  const issue = error.issues[0]!;
  const steps = issue.path.map(String);
  const path = steps.join('.') || '(top)';
  for (let depth = steps.length; depth >= 0; depth--) {
    for (const source of sources) {
      const node: unknown = source.document.getIn(steps.slice(0, depth), true);
      if (!isNode(node) || !node.range) continue;
      const { line } = source.lines.linePos(node.range[0]);
      return new UsageError(
        'USAGE_PROFILE_INVALID',
        `profile ${source.path}, line ${line}, ${path}: ${issue.message}`,
        { details: { file: source.path, line, path } },
      );
    }
  }
  return new UsageError('USAGE_PROFILE_INVALID', `profile, ${path}: ${issue.message}`);
}
