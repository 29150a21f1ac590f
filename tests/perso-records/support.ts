/** A job, and inputs for it. */
import { encodeUtf8 } from '../../src/bytes/index.js';
import {
  type Job,
  openRecords,
  parseJob,
  type RecordFinding,
  type RecordRow,
  type TransportKeys,
} from '../../src/perso/index.js';

export const CLOCK = { now: () => new Date('2026-01-01T00:00:00Z') };
export const NO_KEYS: TransportKeys = new Map();

/** Octets in pieces, as a file or a pipe gives them. */
export async function* pieces(text: string | Uint8Array, size = 7): AsyncIterable<Uint8Array> {
  const octets = typeof text === 'string' ? encodeUtf8(text) : text;
  for (let at = 0; at < octets.length; at += size) yield octets.slice(at, at + size);
}

/** A job whose entry `records` is given as JSON. */
export async function jobOf(records: object, more: object = {}): Promise<Job> {
  const job = {
    simboot: 'job/1',
    name: 'test',
    records,
    steps: [{ file: '3F00/2F00', value: '00' }],
    ...more,
  };
  return parseJob(encodeUtf8(JSON.stringify(job)), {
    fileName: 'job.yaml',
    readFile: async () => new Uint8Array(),
  });
}

/** Everything that a reader gives. */
export async function readAll(
  job: Job,
  text: string | Uint8Array,
  size?: number,
): Promise<{ rows: RecordRow[]; findings: RecordFinding[] }> {
  const all: { rows: RecordRow[]; findings: RecordFinding[] } = { rows: [], findings: [] };
  for await (const { rows, findings } of openRecords(job.records, pieces(text, size))) {
    all.rows.push(...rows);
    all.findings.push(...findings);
  }
  return all;
}
