/** Cells of a page without their transport keys; what does not open is a finding. */
import { SecurityError } from '../../errors/index.js';
import type { Column } from '../job/types.js';
import {
  finding,
  type RecordFinding,
  type RecordRow,
  rowKeyColumn,
  type TransportKeys,
  transportKeyOf,
  unwrapCell,
} from '../records/index.js';

/** What a transport key did. */
export interface TransportKeyUse {
  readonly name: string;
  /** Absent where the key is missing. */
  readonly kcv?: string;
  readonly custody?: 'memory' | 'pkcs11';
  opened: number;
  refused: number;
}

type Report = (finding: RecordFinding) => void;

/** Opens the cells of rows, and counts for each key what it opened. */
export class CellOpener {
  readonly uses = new Map<string, TransportKeyUse>();
  readonly #columns: readonly Column[];
  readonly #keys: TransportKeys;
  readonly #sealed: readonly { readonly column: Column; readonly index: number }[];
  readonly #rowKey: number;

  constructor(columns: readonly Column[], keys: TransportKeys) {
    this.#columns = columns;
    this.#keys = keys;
    this.#sealed = columns.flatMap((column, index) =>
      column.transport === undefined ? [] : [{ column, index }],
    );
    this.#rowKey = rowKeyColumn(columns);
  }

  /** The cells in the clear; `undefined` where one did not open. */
  async open(
    rows: readonly RecordRow[],
    report: Report,
  ): Promise<readonly (readonly (string | undefined)[])[]> {
    if (this.#sealed.length === 0) return rows.map(({ cells }) => cells);
    const opened: (readonly (string | undefined)[])[] = [];
    for (const row of rows) {
      const cells: (string | undefined)[] = [...row.cells];
      for (const { column, index } of this.#sealed) {
        if (cells[index] !== '') cells[index] = await this.#openCell(row, column, index, report);
      }
      opened.push(cells);
    }
    return opened;
  }

  async #openCell(
    row: RecordRow,
    column: Column,
    index: number,
    report: Report,
  ): Promise<string | undefined> {
    const cell = row.cells[index]!;
    const name = transportKeyOf(column, row.transportKey);
    if (name === undefined) return cell;
    const use = this.#useOf(name, report);
    const key = this.#keys.get(name);
    if (key === undefined) {
      use.refused++;
      return undefined;
    }
    try {
      const text = await unwrapCell(key, column, row.cells[this.#rowKey] ?? '', cell);
      use.opened++;
      return text;
    } catch (error) {
      if (!(error instanceof SecurityError) || error.code !== 'SECURITY_SEALED') throw error;
      use.refused++;
      report(
        finding(row.row, column.name, 'TRANSPORT_CELL', `under transport key "${name}": ${error.message}`),
      );
      return undefined;
    }
  }

  #useOf(name: string, report: Report): TransportKeyUse {
    const known = this.uses.get(name);
    if (known !== undefined) return known;
    const key = this.#keys.get(name);
    const use: TransportKeyUse = {
      name,
      ...(key === undefined ? {} : { kcv: key.kcv, custody: key.custody }),
      opened: 0,
      refused: 0,
    };
    this.uses.set(name, use);
    if (key === undefined) {
      const columns = this.#columns
        .filter(({ transport }) => transport !== undefined)
        .map((column) => column.name);
      const message = `transport key "${name}" is not there; nothing under it was looked at (${columns.join(', ')})`;
      report(finding(0, undefined, 'TRANSPORT_KEY', message));
    }
    return use;
  }

  /** Keys that opened nothing at all: that is not damage, that is another key. */
  reportWrongKeys(report: Report): void {
    for (const { name, kcv, opened, refused } of this.uses.values()) {
      if (kcv === undefined || opened > 0 || refused === 0) continue;
      const message = `transport key "${name}" with check value ${kcv} opens none of ${refused} cells: another key`;
      report(finding(0, undefined, 'TRANSPORT_KEY', message));
    }
  }
}
