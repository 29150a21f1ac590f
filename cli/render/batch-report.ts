/** A report of a batch as text. */
import type { BatchReport } from '../../src/perso/index.js';
import type { Colours } from '../context.js';
import { properties, table } from './table.js';

/** Facts, reconciliation, and a table each of steps, slots and reasons. */
export function reportText(report: BatchReport, colours: Colours): string {
  const { records, cards, problems } = report.reconciliation;
  const parts = [
    properties([
      ['batch', report.batchId],
      ['job', `${report.job.name} ${report.job.version} (${report.job.hash.slice(0, 12)}…)`],
      [
        'records',
        `${records.input} = ${records.good} good + ${records.scrapped} scrapped + ${records.remaining} remaining`,
      ],
      [
        'cards',
        `${cards.blanksIn ?? cards.seen} = ${cards.good} good + ${cards.scrapped} scrapped + ${cards.returned + (cards.unused ?? 0)} returned${cards.inWork === 0 ? '' : ` + ${cards.inWork} in work`}`,
      ],
      ['quarantined', records.quarantined === 0 ? undefined : `▲ ${records.quarantined}`],
      ['yield', report.yield === undefined ? undefined : `${(report.yield * 100).toFixed(1)} %`],
      ['cards per hour', report.cardsPerHour?.toFixed(0)],
      ['remakes', report.remakes === 0 ? undefined : String(report.remakes)],
    ]),
    problems.length === 0
      ? colours.green('✓ everything is accounted for')
      : problems.map((problem) => colours.red(`✗ ${problem}`)).join('\n'),
  ];
  if (report.steps.length > 0) {
    const rows = report.steps.map(({ step, count, p50, p95, largest }) => [
      step,
      String(count),
      milliseconds(p50),
      milliseconds(p95),
      milliseconds(largest),
    ]);
    parts.push(table(['step', 'cards', 'p50', 'p95', 'longest'], rows));
  }
  if (report.slots.length > 0) {
    const rows = report.slots.map(({ station, slot, good, bad, yield: part }) => [
      station,
      slot,
      String(good),
      String(bad),
      `${(part * 100).toFixed(1)} %`,
    ]);
    parts.push(table(['station', 'slot', 'good', 'scrapped', 'yield'], rows));
  }
  if (report.failures.length > 0) {
    const rows = report.failures.map(({ code, count, message }) => [code, String(count), message]);
    parts.push(table(['reason', 'cards', 'such as'], rows));
  }
  return parts.join('\n\n');
}

function milliseconds(value: number): string {
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(2)} s`;
}
