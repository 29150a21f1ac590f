/** What the steps make of a row: whether every template has its fields, and what comes out of it fits. */
import { DataError } from '../../errors/index.js';
import type { JsonValue } from '../../mo/index.js';
import { compileFile } from '../codecs/index.js';
import { compileTemplate } from '../job/template.js';
import type { Job, Step } from '../job/types.js';
import { finding, type RecordFinding } from '../records/index.js';
import { compileDocument, type Values } from '../work/document.js';
import { drawnBySteps } from '../work/drawn.js';

/** Looks at one row whose values are right; cells are in the clear, in the order of the columns. */
export type StepChecker = (
  row: number,
  cells: readonly string[],
  report: (finding: RecordFinding) => void,
) => void;

/** Throws a DataError where a record cannot become a card. */
type ValueCheck = (values: Values, isSample: boolean) => void;

/** Octets that READ BINARY and UPDATE BINARY reach in one file. */
const FILE_LIMIT = 0x8000;
/** One row of so many is made into its whole document; of all others the size is computed. */
const SAMPLE = 1_000;

/**
 * Makes a checker of all steps.
 *
 * @throws DataError as `compileDocument`, for what no value could put right
 */
export function stepChecker(job: Job, clock: { now(): Date }): StepChecker {
  const names = job.records.columns.map(({ name }) => name);
  const checks = [
    ...job.steps.map((step): [string, ValueCheck] => [`step "${step.name}"`, stepCheck(step, job, clock)]),
    ['keys', textsCheck([job.keys.adm, job.keys.pin])] as const,
    ['checks', textsCheck(job.checks.authenticate)] as const,
  ];
  const drawn = Object.fromEntries(
    Object.entries({ ...job.secrets, ...job.draw, ...drawnBySteps(job) }).map(([name, { kind, length }]) => [
      name,
      '0'.repeat(kind === 'digits' ? length : 2 * length),
    ]),
  );
  // one object for all rows that have every value: a million of them would be a second of collecting
  const whole: Record<string, string> = { ...drawn };
  const valuesOf = (cells: readonly string[]): Record<string, string> => {
    const values = cells.includes('') ? { ...drawn } : whole;
    for (let index = 0; index < names.length; index++) {
      if (cells[index] !== '') values[names[index]!] = cells[index]!;
    }
    return values;
  };
  let rows = 0;
  return (row, cells, report) => {
    const values = valuesOf(cells);
    const isSample = rows++ % SAMPLE === 0;
    for (const [where, check] of checks) {
      try {
        check(values, isSample);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        report(finding(row, undefined, 'DOCUMENT', `${where}: ${error.message}`));
      }
    }
  };
}

function stepCheck(step: Step, job: Job, clock: { now(): Date }): ValueCheck {
  switch (step.kind) {
    case 'bootstrap': {
      const document = compileDocument(step, clock);
      const room = job.card.files.create?.bootstrap ?? FILE_LIMIT;
      return (values, isSample) => {
        if (isSample) document.create(values);
        const size = document.size(values);
        if (size > room) throw tooLarge(size, room);
      };
    }
    case 'file': {
      const file = compileFile(step);
      return (values) => void file.encode(values);
    }
    case 'pin':
      return textsCheck([step.current, step.value]);
    case 'apdu':
      return textsCheck([step.commands, step.verify]);
    case 'rotate-keys':
      return () => {};
  }
}

function tooLarge(size: number, room: number): DataError {
  return new DataError('DATA_LIMIT', `the document has ${size} octets, and its file ${room}`);
}

/** Whether every text has its fields. */
function textsCheck(value: unknown): ValueCheck {
  const templates = textsIn(value as JsonValue).map(compileTemplate);
  const used = templates.filter(({ fields }) => fields.length > 0);
  return (values) => {
    for (const template of used) template.render(values);
  };
}

function textsIn(value: JsonValue | undefined): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
