/** Batches of a store as text: what is done, and what needs somebody. */
import type { BatchStatus, LineStatus, RecordInNeed, StationStatus } from '../../src/app/index.js';
import type { Colours } from '../context.js';
import { properties, table } from './table.js';

export function lineStatusText({ batches, stations }: LineStatus, colours: Colours): string {
  const parts = batches.map((batch) => batchText(batch, colours));
  if (parts.length === 0) parts.push('the store has no batch');
  if (stations.length > 0) parts.push(stationTable(stations));
  return parts.join('\n\n');
}

function batchText(batch: BatchStatus, colours: Colours): string {
  const { records, cards, needs, more } = batch;
  const total = Object.values(records).reduce((sum, count) => sum + count, 0);
  const lines = [
    `${colours.bold(`batch ${batch.batch}`)}: ${batch.state}`,
    properties([
      ['job', `${batch.job.name} ${batch.job.version} (${batch.job.hash.slice(0, 16)}…)`],
      ['input', `${total} records (sha256 ${batch.inputHash.slice(0, 16)}…), ${batch.createdAt}`],
      ['records', countsText(records)],
      ['cards', countsText(cards)],
    ]),
  ];
  if (needs.length > 0) lines.push(needTable(needs));
  if (more > 0) lines.push(`… and ${more} more; --limit shows more of them`);
  return lines.join('\n');
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const told = Object.entries(counts).filter(([, count]) => count > 0);
  return told.length === 0 ? 'none' : told.map(([state, count]) => `${count} ${state}`).join(', ');
}

/** Records that are not done, each with a number of what to do about it. */
export function needTable(needs: readonly RecordInNeed[]): string {
  const todos = [...new Set(needs.map(({ todo }) => todo))];
  const rows = needs.map(({ record, iccid, state, station, slot, reason, todo }) => [
    String(record),
    iccid ?? '',
    state,
    [station, slot].filter((part) => part !== undefined).join(', '),
    reason === undefined ? '' : `${reason.code}: ${reason.message}`,
    `(${todos.indexOf(todo) + 1})`,
  ]);
  return [
    table(['record', 'ICCID', 'state', 'where', 'why', 'what to do'], rows),
    ...todos.map((todo, index) => `(${index + 1}) ${todo}`),
  ].join('\n');
}

function stationTable(stations: readonly StationStatus[]): string {
  return table(
    ['station', 'last heard of', ''],
    stations.map(({ station, seenAt, alive }) => [
      station,
      seenAt,
      alive ? 'at work or just ended' : 'silent',
    ]),
  );
}
