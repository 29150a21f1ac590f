/** From the octets of a job file to a job: every mistake told at once, with its place. */
import { createHash } from 'node:crypto';
import { toHex } from '../../bytes/index.js';
import { readYaml } from '../../yaml/index.js';
import { checkTogether } from './check.js';
import { JobContext, MistakeList } from './context.js';
import { type FileReader, type Included, type ReadDescription, readDescriptionStep } from './description.js';
import { type JobMistake, jobError, schemaMistakes } from './mistakes.js';
import { readCard, readChecks, readKeys, readStop, readTiming } from './read-keys.js';
import { readOutputs } from './read-outputs.js';
import { declareFields, readBind, readDraw, readForms, readRecords } from './read-records.js';
import { readSteps } from './read-steps.js';
import { JOB_SCHEMA, type JobText } from './schema.js';
import type { Job } from './types.js';

const MAX_OCTETS = 256 * 1024;

export interface ParseJobOptions {
  /** What messages call the file. */
  readonly fileName: string;
  readonly readFile: FileReader;
}

/**
 * Reads a job file (YAML or JSON; docs/job.md).
 *
 * @returns the job with its defaults filled in. Its hash is the SHA-256 of the lines that `sha256sum` gives for the job
 *   file as standard input and then for each file that it includes, in the order in which they are named.
 * @throws DataError `DATA_JOB` with file, line and column of every mistake; `DATA_UTF8`, `DATA_LIMIT`
 */
export async function parseJob(bytes: Uint8Array, options: ParseJobOptions): Promise<Job> {
  const { fileName, readFile } = options;
  const yaml = readYaml(bytes, { what: fileName, maxOctets: MAX_OCTETS });
  if (yaml.mistakes.length > 0) {
    throw jobError(
      fileName,
      yaml.mistakes.map((mistake): JobMistake => ({ file: fileName, path: '', ...mistake })),
    );
  }
  const list = new MistakeList(fileName, yaml);
  const result = JOB_SCHEMA.safeParse(yaml.value);
  if (!result.success) list.addAll(schemaMistakes(result.error.issues, yaml.value));
  refuse(list);
  const context = new JobContext(list);
  const text = result.data as JobText;
  declareFields(text, context);
  const included: Included[] = [];
  const descriptions = await readDescriptions(text, context, readFile, included);
  const job = assemble(text, descriptions, hashOf(bytes, included), context);
  checkTogether(job, context);
  refuse(list);
  return job;
}

function refuse({ fileName, mistakes }: MistakeList): void {
  if (mistakes.length > 0) throw jobError(fileName, inOrder(mistakes));
}

/** As a person reads the file from its top; included files after it. */
function inOrder(mistakes: readonly JobMistake[]): JobMistake[] {
  const files = [...new Set(mistakes.map(({ file }) => file))];
  const rank = ({ file, line = 0, column = 0 }: JobMistake) => [files.indexOf(file), line, column] as const;
  return [...mistakes].sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
  });
}

async function readDescriptions(
  { steps }: JobText,
  context: JobContext,
  readFile: FileReader,
  included: Included[],
): Promise<Map<number, ReadDescription>> {
  const descriptions = new Map<number, ReadDescription>();
  for (const [index, step] of steps.entries()) {
    if (!('bootstrap' in step)) continue;
    const given = step.bootstrap as string | Record<string, unknown>;
    const path = ['steps', index, 'bootstrap'];
    descriptions.set(index, await readDescriptionStep(given, path, context, readFile, included));
  }
  return descriptions;
}

function assemble(
  text: JobText,
  descriptions: ReadonlyMap<number, ReadDescription>,
  hash: string,
  context: JobContext,
): Job {
  const draw = readDraw(text);
  const secrets = readForms(text.secrets);
  const card = readCard(text);
  const keys = readKeys(text, context);
  const steps = readSteps(text, descriptions, keys, context);
  const checks = readChecks(text, context);
  // Only now is it known which columns serve as keys, and are secret for that.
  const records = readRecords(text, context);
  return {
    name: text.name,
    version: text.version ?? '1',
    hash,
    card,
    records,
    bind: readBind(text, records.columns, context),
    draw,
    secrets,
    keys,
    steps,
    checks,
    stop: readStop(text),
    timing: readTiming(text),
    outputs: readOutputs(text, { records, draw, secrets }, context),
    hooks: { ...(text.hooks as Job['hooks'] | undefined) },
  };
}

function hashOf(job: Uint8Array, included: readonly Included[]): string {
  const line = (bytes: Uint8Array, name: string) => `${sha256(bytes)}  ${name}\n`;
  const lines = [line(job, '-'), ...included.map(({ name, bytes }) => line(bytes, name))];
  return sha256(Buffer.from(lines.join('')));
}

function sha256(bytes: Uint8Array): string {
  return toHex(Uint8Array.from(createHash('sha256').update(bytes).digest()));
}
