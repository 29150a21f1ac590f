/** Subscribers of a file: CSV with a header line, secrets as hex or sealed under a transport key. */
import { fromHex } from '../../bytes/index.js';
import { milenageOpc, tuakTopc } from '../../crypto/index.js';
import { SecurityError, SimbootError } from '../../errors/index.js';
import { impiFromImsi, type SubscriberRecord, type SubscriptionKeys } from '../../gba/index.js';
import { type ImportFinding, openCell, readCsv, type SecretCells } from '../server/index.js';

/** The columns, in any order; `docs/bsf.md` tells what each is. */
export const SUBSCRIBER_COLUMNS = [
  'impi',
  'imsi',
  'mnc_digits',
  'public_ids',
  'algorithm',
  'k',
  'op',
  'opc',
  'top',
  'topc',
  'iterations',
  'amf',
  'sqn',
  'gba_u',
] as const;
type Column = (typeof SUBSCRIBER_COLUMNS)[number];

export interface ReadSubscribers {
  readonly subscribers: readonly SubscriberRecord[];
  /** Every mistake with row and column; nothing is imported then. */
  readonly findings: readonly ImportFinding[];
}

type Cells = ReadonlyMap<string, string>;

/**
 * Reads a whole file. The key of a row, which sealed cells are bound to, is its `impi`, else its `imsi`.
 */
export function readSubscribers(text: string, secrets: SecretCells): ReadSubscribers {
  const { rows, findings: broken } = readCsv(text);
  const findings = [...broken];
  const subscribers: SubscriberRecord[] = [];
  const taken = new Map<string, number>();
  for (const { row, cells } of rows) {
    const reader = new RowReader(cells, secrets, (column, message) =>
      findings.push({ row, column, message }),
    );
    const record = reader.record();
    for (const name of record === undefined ? [] : [record.impi, ...record.publicIds]) {
      const first = taken.get(name);
      if (first !== undefined)
        findings.push({ row, column: 'impi', message: `row ${first} has ${name} too` });
      taken.set(name, row);
    }
    if (record !== undefined) subscribers.push(record);
  }
  return { subscribers, findings };
}

class RowReader {
  #right = true;

  constructor(
    private readonly cells: Cells,
    private readonly secrets: SecretCells,
    private readonly tell: (column: string, message: string) => void,
  ) {}

  record(): SubscriberRecord | undefined {
    for (const name of this.cells.keys())
      if (!(SUBSCRIBER_COLUMNS as readonly string[]).includes(name))
        this.wrong(name, 'there is no such column');
    const impi = this.impi();
    const keys = this.keys();
    const amf = this.octets('amf', 2, '8000');
    const sqn = this.octets('sqn', 6, '000000000000');
    const gbaU = this.flag('gba_u');
    const publicIds = (this.cells.get('public_ids') ?? '').split(/[;\s]+/).filter((id) => id !== '');
    const right =
      this.#right && impi !== undefined && keys !== undefined && amf !== undefined && sqn !== undefined;
    return right ? { impi, publicIds, keys, amf, sqn, gbaU } : undefined;
  }

  private impi(): string | undefined {
    const impi = this.cells.get('impi');
    const imsi = this.cells.get('imsi');
    if (impi !== undefined && /^[^@\s]{1,128}@[^@\s]{1,128}$/.test(impi)) return impi;
    if (impi !== undefined)
      return this.wrong(
        'impi',
        'it is not a private identity such as IMSI@ims.mncNNN.mccNNN.3gppnetwork.org',
      );
    if (imsi === undefined) return this.wrong('impi', 'impi or imsi is needed');
    const digits = this.cells.get('mnc_digits') ?? '2';
    if (digits !== '2' && digits !== '3') return this.wrong('mnc_digits', 'it is 2 or 3');
    if (!/^\d{6,15}$/.test(imsi)) return this.wrong('imsi', 'an IMSI has 6 to 15 digits');
    return impiFromImsi(imsi, digits === '2' ? 2 : 3);
  }

  private keys(): SubscriptionKeys | undefined {
    const algorithm = this.cells.get('algorithm') ?? 'milenage';
    if (algorithm === 'milenage') {
      const k = this.secret('k', 16);
      const opc = this.operatorValue(k, 'op', 'opc', 16, milenageOpc);
      return k === undefined || opc === undefined ? undefined : { algorithm, k, opc };
    }
    if (algorithm !== 'tuak') return this.wrong('algorithm', 'it is milenage or tuak');
    const iterations = Number(this.cells.get('iterations') ?? '1');
    if (!Number.isInteger(iterations) || iterations < 1 || iterations > 255)
      return this.wrong('iterations', 'it is a number from 1 to 255');
    const k = this.secret('k', 16, 32);
    const topc = this.operatorValue(k, 'top', 'topc', 32, (key, top) => tuakTopc(key, top, iterations));
    return k === undefined || topc === undefined ? undefined : { algorithm, k, topc, iterations };
  }

  /** OPc or TOPc, given or made from OP or TOP. */
  private operatorValue(
    k: Uint8Array | undefined,
    raw: 'op' | 'top',
    derived: 'opc' | 'topc',
    octets: number,
    derive: (k: Uint8Array, value: Uint8Array) => Uint8Array,
  ): Uint8Array | undefined {
    const has = (column: Column) => this.cells.has(column);
    if (has(raw) === has(derived)) return this.wrong(derived, `one of ${raw} and ${derived} is needed`);
    const value = this.secret(has(raw) ? raw : derived, octets);
    if (value === undefined || k === undefined) return undefined;
    return has(raw) ? derive(k, value) : value;
  }

  private secret(column: Column, ...lengths: readonly number[]): Uint8Array | undefined {
    const cell = this.cells.get(column);
    if (cell === undefined) return this.wrong(column, 'it is missing');
    const octets = this.open(column, cell);
    if (octets === undefined || lengths.includes(octets.length)) return octets;
    return this.wrong(column, `${lengths.join(' or ')} octets are needed, not ${octets.length}`);
  }

  private open(column: Column, cell: string): Uint8Array | undefined {
    try {
      if ('clear' in this.secrets) return fromHex(cell);
      const key = this.cells.get('impi') ?? this.cells.get('imsi') ?? '';
      return (
        openCell(this.secrets.sealedUnder, key, column, cell) ??
        this.wrong(column, 'it is not sealed (base64)')
      );
    } catch (error) {
      if (error instanceof SecurityError)
        return this.wrong(column, 'it does not open: another transport key, row or column');
      if (error instanceof SimbootError) return this.wrong(column, 'hex digits are needed');
      throw error;
    }
  }

  private octets(column: Column, length: number, otherwise: string): Uint8Array | undefined {
    const text = this.cells.get(column) ?? otherwise;
    if (new RegExp(`^[0-9a-fA-F]{${length * 2}}$`).test(text)) return fromHex(text);
    return this.wrong(column, `${length} octets as hex are needed`);
  }

  private flag(column: Column): boolean {
    const text = this.cells.get(column) ?? 'false';
    if (text !== 'true' && text !== 'false') this.wrong(column, 'it is true or false');
    return text === 'true';
  }

  private wrong(column: string, message: string): undefined {
    this.#right = false;
    this.tell(column, message);
    return undefined;
  }
}
