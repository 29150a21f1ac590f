/** A report as CSV: one number a line, so that every spreadsheet can take it. */
import type { BatchReport } from './statistics.js';

/** Columns `section,name,measure,value`; durations in milliseconds. */
export function reportCsv(report: BatchReport): string {
  const { records, cards } = report.reconciliation;
  const lines: (readonly [string, string, string, number])[] = [
    ...Object.entries(records).map(([name, value]) => ['records', '', name, value] as const),
    ...Object.entries(cards).map(([name, value]) => ['cards', '', name, value] as const),
    ['batch', '', 'remakes', report.remakes],
    ...(report.yield === undefined ? [] : [['batch', '', 'yield', report.yield] as const]),
    ...(report.cardsPerHour === undefined
      ? []
      : [['batch', '', 'cards_per_hour', report.cardsPerHour] as const]),
    ...report.steps.flatMap(({ step, ...numbers }) =>
      Object.entries(numbers).map(([measure, value]) => ['step', step, measure, value] as const),
    ),
    ...report.slots.flatMap(({ station, slot, ...numbers }) =>
      Object.entries(numbers).map(
        ([measure, value]) => ['slot', `${station} ${slot}`, measure, value] as const,
      ),
    ),
    ...report.failures.map(({ code, count }) => ['failure', code, 'cards', count] as const),
  ];
  const rows = lines.map(([section, name, measure, value]) =>
    [section, quoted(name), measure, String(Math.round(value * 1000) / 1000)].join(','),
  );
  return `section,name,measure,value\n${rows.join('\n')}\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
