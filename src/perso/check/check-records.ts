/** Everything that can be known of an input before the first card. */
import { createHash } from 'node:crypto';
import type { Job } from '../job/types.js';
import {
  checkTransportKeys,
  fieldChecker,
  finding,
  normalized,
  openRecords,
  type RecordFinding,
  type RecordRow,
  rowKeyColumn,
  type TransportKeys,
  type UniqueColumn,
  uniqueColumns,
} from '../records/index.js';
import { valueName } from '../store/changes.js';
import type { LineStore, NewRecord } from '../store/port.js';
import { type FindingCount, FindingLog } from './finding-log.js';
import { hashed } from './hashed.js';
import { CellOpener, type TransportKeyUse } from './open-cells.js';
import { stepChecker } from './steps.js';
import { UniqueTable } from './unique-table.js';

export interface CheckOptions {
  readonly keys: TransportKeys;
  /** Certificates of bootstrap documents are judged by its time. */
  readonly clock: { now(): Date };
  /** Batches that no number may be in already. */
  readonly store?: Pick<LineStore, 'findDuplicates'>;
  /** The batch itself, where it is in the store already. */
  readonly batchId?: string;
  /** Findings that are told whole; 100 unless told. All are counted. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
  /** Told after each page. */
  readonly onProgress?: (rows: number) => void;
}

/** What was found. */
export interface CheckReport {
  /** Rows that are records. */
  readonly records: number;
  /** SHA-256 of the input, 64 hex digits. */
  readonly inputHash: string;
  /** The first ones, in the order of the file. */
  readonly findings: readonly RecordFinding[];
  readonly total: number;
  readonly counts: readonly FindingCount[];
  readonly transportKeys: readonly TransportKeyUse[];
}

/**
 * Reads an input to its end and checks every row: columns, values, duplicates in the file and in the store, cells under
 * transport keys, and whether what the steps make of it fits. Nothing is changed.
 *
 * @throws SecurityError `SECURITY_KEY_CHECK` where a transport key is not the one that the job declares
 * @throws DataError `DATA_JOB` for a pattern that is none; AbortSignal's reason
 */
export async function checkRecords(
  job: Job,
  octets: AsyncIterable<Uint8Array>,
  options: CheckOptions,
): Promise<CheckReport> {
  await checkTransportKeys(job.records, options.keys);
  const log = new FindingLog(options.limit ?? 100);
  const report = (one: RecordFinding): void => log.add(one);
  const check = new PageCheck(job, options, report);
  const hash = createHash('sha256');
  let records = 0;
  checkRowKey(job, report);
  for await (const { rows, findings } of openRecords(job.records, hashed(octets, hash))) {
    options.signal?.throwIfAborted();
    for (const one of findings) report(one);
    records += rows.length;
    await check.page(rows);
    options.onProgress?.(records);
  }
  check.end();
  if (records === 0 && log.total === 0)
    report(finding(0, undefined, 'FILE_EMPTY', 'the file has no records'));
  return {
    records,
    inputHash: hash.digest('hex'),
    findings: log.first(),
    total: log.total,
    counts: log.counts(),
    transportKeys: check.transportKeys,
  };
}

function checkRowKey({ records: { columns } }: Job, report: (finding: RecordFinding) => void): void {
  const sealed = columns.find(({ transport }) => transport?.cipher === 'aes-gcm');
  if (sealed === undefined || rowKeyColumn(columns) >= 0) return;
  const message =
    'cells are sealed to their row, but no unencrypted column names a row (iccid, imsi, eid or unique)';
  report(finding(0, sealed.name, 'TRANSPORT_KEY', message));
}

class PageCheck {
  readonly #options: CheckOptions;
  readonly #report: (finding: RecordFinding) => void;
  readonly #fields: ReturnType<typeof fieldChecker>;
  readonly #opener: CellOpener;
  readonly #steps: ReturnType<typeof stepChecker>;
  readonly #unique: readonly (UniqueColumn & { readonly table: UniqueTable })[];

  constructor(job: Job, options: CheckOptions, report: (finding: RecordFinding) => void) {
    const { columns } = job.records;
    this.#options = options;
    this.#report = report;
    this.#fields = fieldChecker(columns);
    this.#opener = new CellOpener(columns, options.keys);
    this.#steps = stepChecker(job, options.clock);
    const tables = new Map<string, UniqueTable>();
    this.#unique = uniqueColumns(columns).map((one) => {
      const name = valueName(one.as);
      const table = tables.get(name) ?? new UniqueTable();
      tables.set(name, table);
      return { ...one, table };
    });
  }

  get transportKeys(): readonly TransportKeyUse[] {
    return [...this.#opener.uses.values()];
  }

  async page(rows: readonly RecordRow[]): Promise<void> {
    const cells = await this.#opener.open(rows, this.#report);
    const wrong = new Set<number>();
    this.#fields.check(rows, cells, (one) => {
      wrong.add(one.row);
      this.#report(one);
    });
    for (const [at, row] of rows.entries()) {
      if (!wrong.has(row.row) && !cells[at]!.includes(undefined)) {
        this.#steps(row.row, cells[at] as readonly string[], this.#report);
      }
    }
    const records = this.#findTwice(rows);
    if (this.#options.store !== undefined) await this.#findInStore(this.#options.store, records);
  }

  end(): void {
    this.#opener.reportWrongKeys(this.#report);
  }

  /** Values that came in an earlier row; the others as records to look for in the store. */
  #findTwice(rows: readonly RecordRow[]): NewRecord[] {
    const records: NewRecord[] = [];
    for (const { row, number, cells } of rows) {
      const unique: Record<string, string> = {};
      for (const { index, column, as, table } of this.#unique) {
        const value = normalized(column, cells[index]!);
        if (value === '') continue;
        const first = table.add(value, row);
        if (first === 0) unique[as] = value;
        else this.#report(finding(row, column.name, 'DUPLICATE_ROW', `row ${first} has the same value`));
      }
      if (this.#options.store !== undefined) records.push({ number, row, unique, fields: {} });
    }
    return records;
  }

  async #findInStore(store: Pick<LineStore, 'findDuplicates'>, records: readonly NewRecord[]): Promise<void> {
    for (const { row, column, other } of await store.findDuplicates(records, this.#options.batchId)) {
      const name = this.#unique.find(({ as }) => as === column)?.column.name ?? column;
      const message = `batch "${other.batchId}" has the same value in row ${other.row}`;
      this.#report(finding(row, name, 'DUPLICATE_BATCH', message));
    }
  }
}
