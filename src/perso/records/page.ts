/** What comes out of a reader: rows and findings, some at a time. */
import type { RecordFinding } from './findings.js';
import { PAGE_ROWS } from './limits.js';

/** A row of the input. */
export interface RecordRow {
  /** Line of the file in which it begins, from 1. */
  readonly row: number;
  /** Of the record, from 1. */
  readonly number: number;
  /** As they came, in the order of the job's columns; empty where the file has nothing. */
  readonly cells: readonly string[];
  /** What the header of the file says of the transport key of all encrypted columns; `0`: they are in the clear. */
  readonly transportKey?: string;
}

/** Rows and findings in the order of the file. */
export interface RecordPage {
  readonly rows: readonly RecordRow[];
  readonly findings: readonly RecordFinding[];
}

/** Collects a page. */
export class PageBuilder {
  #rows: RecordRow[] = [];
  #findings: RecordFinding[] = [];
  #count = 0;

  /** Rows so far. */
  get count(): number {
    return this.#count;
  }

  /** Whether there is enough to be handed on. */
  get isFull(): boolean {
    return this.#rows.length >= PAGE_ROWS || this.#findings.length >= PAGE_ROWS;
  }

  add(row: number, cells: readonly string[], transportKey?: string): void {
    const number = ++this.#count;
    this.#rows.push(
      transportKey === undefined ? { row, number, cells } : { row, number, cells, transportKey },
    );
  }

  report(finding: RecordFinding): void {
    this.#findings.push(finding);
  }

  /** The page, and a new one begins. */
  take(): RecordPage {
    const page = { rows: this.#rows, findings: this.#findings };
    this.#rows = [];
    this.#findings = [];
    return page;
  }

  /** Whether nothing waits to be handed on. */
  get isEmpty(): boolean {
    return this.#rows.length === 0 && this.#findings.length === 0;
  }
}
