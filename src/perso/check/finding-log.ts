/** Findings of a million rows: the first ones whole, all of them counted by kind. */
import { FINDINGS, type FindingCode, type RecordFinding } from '../records/index.js';

/** How often one kind of finding came in one column. */
export interface FindingCount {
  readonly code: FindingCode;
  readonly column?: string;
  readonly count: number;
  /** What to do about it. */
  readonly next: string;
}

export class FindingLog {
  readonly #limit: number;
  readonly #first: RecordFinding[] = [];
  readonly #counts = new Map<
    string,
    { readonly code: FindingCode; readonly column?: string; count: number }
  >();
  #total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get total(): number {
    return this.#total;
  }

  add(finding: RecordFinding): void {
    this.#total++;
    if (this.#first.length < this.#limit) this.#first.push(finding);
    const { code, column } = finding;
    // columns of a file can be anything, and a file can have many
    const key = `${code} ${column ?? ''}`;
    const known = this.#counts.get(key);
    if (known !== undefined) known.count++;
    else if (this.#counts.size < 1_000) {
      this.#counts.set(key, column === undefined ? { code, count: 1 } : { code, column, count: 1 });
    }
  }

  /** In the order of the file. */
  first(): readonly RecordFinding[] {
    return [...this.#first].sort((a, b) => a.row - b.row);
  }

  /** The most frequent first. */
  counts(): readonly FindingCount[] {
    return [...this.#counts.values()]
      .sort((a, b) => b.count - a.count)
      .map((one) => ({ ...one, next: FINDINGS[one.code] }));
  }
}
