/** What entries of a job must not say together. */
import type { JobContext } from './context.js';
import { KNOWN_FILES } from './step-schema.js';
import { compileTemplate } from './template.js';
import type { Job, Step } from './types.js';

/** Adds the mistakes that only the whole job shows. */
export function checkTogether(job: Job, context: JobContext): void {
  checkVersion(job, context);
  checkIccid(job, context);
  checkKeys(job, context);
  checkPins(job, context);
}

/** It stands in the journal and in the heads of outputs. */
function checkVersion({ version }: Job, context: JobContext): void {
  if (/\p{C}/u.test(version)) context.add(['version'], 'a version has no control characters');
}

/** A card that is known by its ICCID keeps it. */
function checkIccid({ steps, card, bind }: Job, context: JobContext): void {
  steps.forEach((step, index) => {
    if (step.kind !== 'file') return;
    if (typeof card.identity === 'object' && step.path === card.identity.file) {
      context.add(
        ['steps', index],
        'cards are told apart by this file (card.identity), and this step changes it: use cplc, or none',
      );
    }
    if (step.path !== KNOWN_FILES.iccid.usim) return;
    const boundTo = bind.by === 'iccid' ? bind.column : undefined;
    if (boundTo !== undefined && step.value === `\${${boundTo}}`) return;
    if (boundTo !== undefined) {
      context.add(
        ['steps', index],
        `cards are bound by their ICCID, so this step can only write \${${boundTo}}`,
      );
    } else if (card.identity === 'iccid') {
      context.add(
        ['steps', index],
        'cards are told apart by their ICCID (card.identity), and this step changes it: use cplc, or none',
      );
    }
  });
}

function checkKeys({ steps, keys }: Job, context: JobContext): void {
  const at = steps.findIndex(({ kind }) => kind === 'rotate-keys');
  if (at >= 0 && steps.slice(at + 1).some(({ kind }) => kind === 'rotate-keys')) {
    context.add(['steps', at], 'keys are rotated once in a job');
  }
  const hasBootstrap = steps.some(({ kind }) => kind === 'bootstrap');
  if (keys.scp03?.through === 'bootstrap' && !hasBootstrap) {
    context.add(
      ['keys', 'scp03', 'through'],
      'nothing goes through the channel to the bootstrap: there is no such step',
    );
  }
}

/** A PIN has one value at the end. */
function checkPins({ steps }: Job, context: JobContext): void {
  const seen = new Set<number>();
  steps.forEach((step, index) => {
    if (step.kind !== 'pin') return;
    if (seen.has(step.reference))
      context.add(['steps', index, 'pin'], 'an earlier step sets that PIN already');
    seen.add(step.reference);
  });
}

/** Fields and drawn values that a job uses, each once. */
export interface JobFields {
  /** In keys, steps and checks: what has to be opened before a card is worked on. */
  readonly work: readonly string[];
  /** In the columns of outputs. */
  readonly outputs: readonly string[];
}

/**
 * The fields and drawn values that a job uses, in the order in which they are met.
 *
 * @example
 * const yaml = '{simboot: job/1, name: a, records: {columns: {n: text}}, steps: [{spn: "${n}"}]}';
 * const job = await parseJob(encodeUtf8(yaml), { fileName: 'a.yaml', readFile: async () => fromHex('') });
 * fieldsOf(job).work // → ['n']
 */
export function fieldsOf({ keys, steps, checks, outputs }: Job): JobFields {
  return {
    work: fieldsIn([keys.adm, keys.pin, steps.map(textsOf), checks.authenticate]),
    outputs: fieldsIn(outputs.flatMap(({ columns }) => columns.map(({ value }) => value))),
  };
}

/** What of a step holds templates: its name does not, nor do the octets of files. */
function textsOf(step: Step): unknown {
  switch (step.kind) {
    case 'bootstrap':
      return step.description;
    case 'file':
      return step.value;
    case 'pin':
      return [step.current, step.value];
    case 'apdu':
      return [step.commands, step.verify];
    case 'rotate-keys':
      return [];
  }
}

function fieldsIn(value: unknown): string[] {
  const found = new Set<string>();
  const visit = (each: unknown): void => {
    if (typeof each === 'string') for (const name of compileTemplate(each).fields) found.add(name);
    else if (typeof each === 'object' && each !== null) for (const below of Object.values(each)) visit(below);
  };
  visit(value);
  return [...found];
}
