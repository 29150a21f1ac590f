/** Writes the outputs of a batch: only cards that were read back, whole files or none, each with its digest. */
import { createHash } from 'node:crypto';
import { encodeUtf8 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import { compileTemplate } from '../job/template.js';
import type { Job, OutputFile } from '../job/types.js';
import type { BatchRecord, LineStore, StationHandle } from '../store/port.js';
import { headOf, lineOf, unwritable } from './format.js';
import { boxOf, outputRows } from './rows.js';
import type { CellSealer } from './seal.js';
import { GOOD_STATES, type OpenValues } from './values.js';

/** Puts a file at its place in one go: a reader sees the old file, or the whole new one. */
export interface OutputWriter {
  /** @param secret whether the file has secrets in the clear: for its owner alone then */
  write(name: string, content: AsyncIterable<Uint8Array>, secret: boolean): Promise<void>;
}

export interface ExportOptions {
  readonly store: LineStore;
  readonly job: Job;
  readonly batch: BatchRecord;
  readonly open: OpenValues;
  /** The sealer under a transport key of the job. */
  readonly sealer: (transportKey: string) => Promise<CellSealer | undefined>;
  readonly writer: OutputWriter;
  readonly clock: () => Date;
  /** Keeps a journal entry of each file, where given. */
  readonly station?: StationHandle;
  /** Outputs by name; all unless told. */
  readonly only?: readonly string[];
  readonly onRow?: (done: number, total: number) => void;
}

/** One file that was written. */
export interface WrittenFile {
  readonly output: string;
  readonly kind: OutputFile['kind'];
  readonly file: string;
  readonly rows: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

/**
 * Writes every output of the job, or those of `only`. Running it again gives the same files, as long as no card was
 * finished or remade in between.
 *
 * @throws DataError `DATA_OUTPUT` where a row cannot be written; UsageError of the writer: the file before stays then
 */
export async function exportOutputs(options: ExportOptions): Promise<WrittenFile[]> {
  const { store, job, batch, only } = options;
  const { records } = await store.counts(batch.batchId);
  const good = GOOD_STATES.reduce((sum, state) => sum + records[state], 0);
  const outputs = job.outputs.filter(({ name }) => only === undefined || only.includes(name));
  const written: WrittenFile[] = [];
  const progress = { done: 0, total: good * outputs.length };
  for (const output of outputs) {
    for (const box of boxesOf(output, batch)) {
      const file = await writeFile(options, output, good, box, progress);
      if (file !== undefined) written.push(file);
    }
  }
  return written;
}

/** A name with `${box}` is one file for each box. */
function boxesOf(output: OutputFile, batch: BatchRecord): readonly (number | undefined)[] {
  if (output.boxSize === undefined || !compileTemplate(output.file).fields.includes('box'))
    return [undefined];
  const count = batch.records === 0 ? 0 : boxOf(batch.records, output.boxSize);
  return Array.from({ length: count }, (_, index) => index + 1);
}

async function writeFile(
  options: ExportOptions,
  output: OutputFile,
  good: number,
  box: number | undefined,
  progress: { done: number; readonly total: number },
): Promise<WrittenFile | undefined> {
  const { job, batch, station } = options;
  const rows = box === undefined ? good : await countIn(options, output, box);
  if (box !== undefined && rows === 0) return undefined;
  const file = compileTemplate(output.file).render({
    batch: batch.batchId,
    station: station?.station ?? '',
    date: options.clock().toISOString().slice(0, 10),
    box: box === undefined ? '' : String(box).padStart(4, '0'),
  });
  const hash = createHash('sha256');
  const lines = linesOf(options, output, rows, box, progress);
  await options.writer.write(file, hashed(lines, hash), showsSecrets(output, job));
  const sha256 = hash.digest('hex');
  await options.writer.write(`${file}.sha256`, once(`${sha256}  ${file.split('/').at(-1)}\n`), false);
  const told = { output: output.name, file, rows, sha256 };
  await station?.apply({ events: [{ type: 'output.written', batchId: batch.batchId, data: told }] });
  return { ...told, kind: output.kind };
}

async function countIn({ store, batch }: ExportOptions, output: OutputFile, box: number): Promise<number> {
  const size = output.boxSize!;
  const page = { after: (box - 1) * size, limit: size };
  const found = await store.records(batch.batchId, { states: GOOD_STATES }, page);
  return found.filter(({ number }) => number <= box * size).length;
}

async function* linesOf(
  options: ExportOptions,
  output: OutputFile,
  rows: number,
  box: number | undefined,
  progress: { done: number; readonly total: number },
): AsyncGenerator<string> {
  const { store, job, batch, open, sealer } = options;
  const { dialect } = job.records;
  const seal = output.transportKey === undefined ? undefined : await sealer(output.transportKey);
  yield headOf(output, { ...batch, rows, ...keyName(output) }, dialect);
  let count = 0;
  for await (const { record, cells } of outputRows(store, job, batch.batchId, output, open, seal, box)) {
    const problem = unwritable(output, cells, dialect);
    if (problem !== undefined) {
      const column = output.columns[problem.column]!.header;
      throw new DataError(
        'DATA_OUTPUT',
        `output ${output.name}, row ${record.row}: column ${column} ${problem.why}`,
        {
          details: { output: output.name, row: record.row, column },
        },
      );
    }
    count++;
    options.onRow?.(++progress.done, progress.total);
    yield lineOf(output, cells, dialect);
  }
  if (count === rows) return;
  throw new DataError('DATA_OUTPUT', `output ${output.name}: the batch changed while the file was written`, {
    next: 'Run the export again; the file before is still there.',
    details: { output: output.name, expected: rows, actual: count },
  });
}

function keyName({ transportKey }: OutputFile): { transportKey?: string } {
  return transportKey === undefined ? {} : { transportKey };
}

function showsSecrets(output: OutputFile, job: Job): boolean {
  const secret = new Set([
    ...Object.keys(job.draw),
    ...job.records.columns.filter((column) => column.secret).map(({ name }) => name),
  ]);
  return output.columns.some(
    ({ encrypted, value }) => !encrypted && compileTemplate(value).fields.some((name) => secret.has(name)),
  );
}

async function* hashed(
  lines: AsyncIterable<string>,
  hash: { update(octets: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const line of lines) {
    const octets = encodeUtf8(line);
    hash.update(octets);
    yield octets;
  }
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield encodeUtf8(text);
}
