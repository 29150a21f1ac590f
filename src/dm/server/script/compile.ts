/** Scripts as data: read once, then decided on step by step (docs/scripts.md). */
import { UsageError } from '../../../errors/index.js';
import type { CompiledStep } from './compiled-step.js';
import { readCondition, readValueTest } from './conditions.js';
import { interpret } from './interpret.js';
import { type Entry, readScript } from './read.js';
import { COMMAND_ENTRIES, type CommandEntry, readCommand } from './shorthand.js';
import type { Script, ScriptSource } from './types.js';

const STEP_ENTRIES = ['id', 'when', 'for-each', 'where', 'on-failure', 'idempotent', 'final'] as const;
const READS: readonly CommandEntry[] = ['get', 'hput', 'hpost'];
const MAX_STEPS = 1000;
/** Compiled scripts that are kept. */
const KEPT = 256;

const compiled = new Map<string, Script>();

/**
 * The script in a text of YAML or JSON.
 *
 * @throws UsageError `USAGE_SCRIPT` with path, line and column of the first mistake
 * @example compileScript('steps: [{ get: "urn:oma:mo:oma-dm-devinfo:1.2//" }]').next({ results: [], alerts: [] }).type // → 'steps'
 */
export function compileScript(text: string): Script {
  const top = readScript(text);
  const members = top.map('name', 'description', 'steps');
  const name = members.get('name')?.text() ?? 'script';
  const list = members.get('steps')?.list() ?? top.fail('the entry steps is missing');
  if (list.length === 0) top.fail('a script has at least one step');
  if (list.length > MAX_STEPS) top.fail(`a script has at most ${MAX_STEPS} steps`);
  const known = new Set<string>();
  const steps = list.map((entry, index) => readStep(entry, index, known));
  return { name, next: (history) => interpret(steps, history) };
}

function readStep(entry: Entry, index: number, known: Set<string>): CompiledStep {
  const members = entry.map(...STEP_ENTRIES, ...COMMAND_ENTRIES);
  const commands = COMMAND_ENTRIES.filter((name) => members.has(name));
  const [name] = commands;
  if (name === undefined || commands.length > 1)
    entry.fail(`one of ${COMMAND_ENTRIES.join(', ')} is required`);
  const when = members.get('when');
  const step: CompiledStep = {
    id: readId(members.get('id'), index, known, entry),
    make: readCommand(name, members.get(name)!),
    ...(when === undefined ? {} : { when: readCondition(when, known) }),
    ...readForEach(members, known),
    stopsOnFailure: members.get('on-failure')?.word(['stop', 'continue'] as const) !== 'continue',
    idempotent: members.get('idempotent')?.flag() ?? false,
    final: members.get('final')?.flag() ?? false,
    reads: READS.includes(name),
    waits: waits(name, members.get(name)!),
  };
  known.add(step.id);
  return step;
}

function readId(entry: Entry | undefined, index: number, known: ReadonlySet<string>, step: Entry): string {
  const id = entry === undefined ? String(index + 1) : String(entry.scalar());
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(id)) (entry ?? step).fail('an id has 1 to 64 letters, digits or ._-');
  if (known.has(id)) (entry ?? step).fail('another step has this id');
  return id;
}

function readForEach(
  members: ReadonlyMap<string, Entry>,
  known: ReadonlySet<string>,
): Pick<CompiledStep, 'forEach'> {
  const entry = members.get('for-each');
  const where = members.get('where');
  if (entry === undefined) return where === undefined ? {} : where.fail('where needs for-each');
  const step = String(entry.scalar());
  if (!known.has(step)) entry.fail('no step before this one has that id');
  return { forEach: { step, where: where === undefined ? {} : readValueTest(where) } };
}

function waits(name: CommandEntry, entry: Entry): boolean {
  if (name === 'show') return !entry.members().has('url') && entry.members().get('wait')?.flag() !== false;
  if (name === 'exec') return !entry.isMap || entry.members().get('wait')?.flag() !== false;
  return name === 'command' && entry.list()[0]?.scalar() === 'EXEC';
}

/**
 * The script of a job.
 *
 * @returns undefined for a program that the server was not started with
 * @throws UsageError `USAGE_SCRIPT`
 */
export function scriptOf(source: ScriptSource, programs: ReadonlyMap<string, Script>): Script | undefined {
  if (source.kind === 'program') return programs.get(source.name);
  const before = compiled.get(source.text);
  if (before !== undefined) return before;
  const script = compileScript(source.text);
  if (compiled.size >= KEPT) compiled.delete(compiled.keys().next().value!);
  compiled.set(source.text, script);
  return script;
}

/** @throws UsageError `USAGE_SCRIPT` where the script cannot run here */
export function checkSource(source: ScriptSource, programs: ReadonlyMap<string, Script>): void {
  if (scriptOf(source, programs) === undefined) {
    throw new UsageError(
      'USAGE_SCRIPT',
      `the server has no program ${JSON.stringify(source.name.slice(0, 64))}`,
    );
  }
}
