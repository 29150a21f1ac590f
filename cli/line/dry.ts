/** The dry run of a batch: what came out, and how long the real one would take. */
import { type DryRunReport, dryRun } from '../../src/app/index.js';
import { type CheckReport, cardWorker, type Job } from '../../src/perso/index.js';
import { duration, grouped } from '../board/text.js';
import { type CliContext, EXIT } from '../context.js';
import { properties, table } from '../render/table.js';
import type { RecordsFile } from './job.js';
import type { LineKeys } from './keys.js';

export interface DryOptions {
  readonly job: Job;
  readonly input: RecordsFile;
  readonly checked: CheckReport;
  readonly keys: LineKeys;
  readonly options: {
    readonly cards?: number;
    readonly fault: readonly string[];
    readonly seed: number;
    readonly slots: number;
    readonly handling: number;
  };
}

export async function runDry(
  cli: CliContext,
  { job, input, checked, keys, options }: DryOptions,
): Promise<void> {
  const progress = cli.progress(
    'dry run',
    Math.min(options.cards ?? checked.records, checked.records),
    'cards',
  );
  const report = await dryRun({
    ...{ job, checked, random: cli.random, signal: cli.signal },
    octets: input.open(),
    transportKeys: keys.transportKeys,
    workerOf: ({ job: simulated, keySets, secrets }) =>
      cardWorker(simulated, { keySets, secrets, random: cli.random, clock: cli.clock }),
    ...(options.cards === undefined ? {} : { cards: options.cards }),
    faults: options.fault,
    seed: options.seed,
    slots: Math.max(1, options.slots),
    handlingMs: options.handling * 1_000,
    onCard: (_, done) => progress.update(done),
  });
  progress.end();
  cli.result(report, () => dryRunText(report));
  if (report.bad + report.ambiguous > 0 || report.recordsDone < report.tried) cli.finish(EXIT.SOME_FAILED);
}

function dryRunText(report: DryRunReport): string {
  const { model, slowest, reasons, reason } = report;
  const parts = [
    properties([
      ['job', `${report.job.name} ${report.job.version} on simulated cards ${report.profile}`],
      [
        'records',
        `${grouped(report.recordsDone)} of ${grouped(report.tried)} done (the input has ${grouped(report.records)})`,
      ],
      [
        'cards',
        `${report.good} good, ${report.bad} bad, ${report.returned} returned, ${report.ambiguous} ambiguous`,
      ],
      ['stopped', reason?.message],
      ['exchanges', `${report.exchangesPerCard} a card`],
      ['slowest step', slowest && `${slowest.step}, ${seconds(slowest.p50)}`],
      ['a card', `${seconds(model.perCard)}, of it ${seconds(model.handling)} to change it`],
      [
        `with ${model.slots} slot${model.slots === 1 ? '' : 's'}`,
        `${grouped(model.cardsPerHour)} cards/h, ${duration(model.hours * 3_600)} for the batch`,
      ],
    ]),
    table(
      ['step', 'p50', 'p95'],
      report.steps.map(({ step, p50, p95 }) => [step, seconds(p50), seconds(p95)]),
    ),
  ];
  if (reasons.length > 0) {
    parts.push(
      table(
        ['cards', 'why not good'],
        reasons.map(({ cards, code, message }) => [String(cards), `${code}: ${message}`]),
      ),
    );
  }
  return parts.join('\n\n');
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(2)} s`;
}
