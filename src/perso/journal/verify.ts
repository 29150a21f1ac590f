/** Verifies exported journals without the store: chains, signed checkpoints, and what must never happen to a record. */
import type { KeyObject } from 'node:crypto';
import { SimbootError } from '../../errors/index.js';
import type { JournalEntry } from '../store/port.js';
import { isCheckpointOf, parseCheckpointLine, type SignedCheckpoint } from './checkpoint.js';
import { CHAIN_START, entryHash, parseEntryLine } from './entry.js';
import { octetLines } from './lines.js';
import { type Broken, RecordStates } from './record-states.js';

/** More findings than anybody reads; the rest are counted. */
const FINDINGS = 1000;

/** A file, by chunks. */
export interface JournalSource {
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * `FORM`: a line that no station writes. `TORN`: the file ends within a line. `CHANGED`: an entry is not what its hash says.
 * `GAP`: entries are missing. `ORDER`: an entry comes twice or too late. `BROKEN`: an entry does not follow the one before.
 * `CUT`: a checkpoint names an entry beyond the end. `CHECKPOINT`: the chain is another one than at the checkpoint.
 * `SIGNATURE`: a checkpoint is not signed by the key. `NO_STATION`: a checkpoint of a station that no file is of.
 * `CLOCK_BACK`: the clock was set back. Of records: `ORDER_OF_STATES`, `TWO_CARDS`, `TWO_RECORDS`.
 */
export type JournalFindingCode =
  | 'FORM'
  | 'TORN'
  | 'CHANGED'
  | 'GAP'
  | 'ORDER'
  | 'BROKEN'
  | 'CUT'
  | 'CHECKPOINT'
  | 'SIGNATURE'
  | 'NO_STATION'
  | 'CLOCK_BACK'
  | Broken['code'];

export interface JournalFinding {
  readonly code: JournalFindingCode;
  /** A warning is told, but refutes nothing. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly station?: string;
  readonly seq?: number;
  readonly file?: string;
  readonly line?: number;
}

export interface JournalReport {
  /** No finding is an error. */
  readonly ok: boolean;
  readonly stations: readonly {
    readonly station: string;
    readonly entries: number;
    readonly last: { readonly seq: number; readonly hash: string; readonly at: number };
    /** Signed checkpoints that the chain was held against, and the entry of the last of them. */
    readonly checkpoints: number;
    readonly signedUpTo?: number;
  }[];
  readonly records: number;
  readonly findings: readonly JournalFinding[];
  /** Findings beyond the first thousand. */
  readonly more: number;
}

export interface JournalVerifyOptions {
  readonly checkpoints?: readonly JournalSource[];
  /** Ed25519; without it signatures are not looked at, and a checkpoint proves little. */
  readonly publicKey?: KeyObject;
}

/**
 * Verifies the journals of one or several stations together. Entries of several stations are taken in the order of their
 * times; memory holds one line a file, and the state of each record.
 *
 * @param sources files of `journal export`; parts of one station in several files are put together
 */
export async function verifyJournal(
  sources: readonly JournalSource[],
  options: JournalVerifyOptions = {},
): Promise<JournalReport> {
  const check = new JournalCheck(options.publicKey);
  for (const source of options.checkpoints ?? []) await check.checkpoints(source);
  for await (const placed of merged(sources, check)) check.entry(placed);
  return check.end();
}

interface Place {
  readonly file: string;
  readonly line: number;
}
interface Placed extends Place {
  readonly entry: JournalEntry;
}
interface Chain {
  entries: number;
  last: { seq: number; hash: string; at: number };
  readonly counts: Map<string, number>;
  held: number;
  signedUpTo: number | undefined;
}

/** Entries of all files, the earliest first; of one station by number. */
async function* merged(sources: readonly JournalSource[], check: JournalCheck): AsyncGenerator<Placed> {
  const files = sources.map((source) => entries(source, check));
  const heads = await Promise.all(files.map((file) => file.next()));
  for (;;) {
    let first = -1;
    for (const [index, head] of heads.entries()) {
      const best = first < 0 ? undefined : heads[first];
      if (!head.done && (best === undefined || best.done || before(head.value.entry, best.value.entry)))
        first = index;
    }
    const found = heads[first];
    if (found === undefined || found.done) return;
    yield found.value;
    heads[first] = await files[first]!.next();
  }
}

function before(a: JournalEntry, b: JournalEntry): boolean {
  return a.station === b.station ? a.seq < b.seq : a.at < b.at;
}

async function* entries(
  { name: file, chunks }: JournalSource,
  check: JournalCheck,
): AsyncGenerator<Placed, undefined> {
  for await (const { line, octets, ended } of octetLines(chunks)) {
    const place = { file, line };
    if (!ended) check.tell('TORN', 'the file ends within this line', place);
    const entry = check.parsed(() => parseEntryLine(octets), place);
    if (entry !== undefined) yield { entry, ...place };
  }
  return undefined;
}

class JournalCheck {
  readonly #key: KeyObject | undefined;
  readonly #chains = new Map<string, Chain>();
  readonly #records = new RecordStates();
  /** Of each station, by number. */
  readonly #checkpoints = new Map<string, Map<number, SignedCheckpoint[]>>();
  readonly #findings: JournalFinding[] = [];
  #errors = 0;
  #more = 0;

  constructor(key: KeyObject | undefined) {
    this.#key = key;
  }

  tell(
    code: JournalFindingCode,
    message: string,
    where: Partial<Omit<JournalFinding, 'code' | 'message'>> = {},
  ): void {
    const finding: JournalFinding = { code, severity: 'error', message, ...where };
    if (finding.severity === 'error') this.#errors++;
    if (this.#findings.length < FINDINGS) this.#findings.push(finding);
    else this.#more++;
  }

  parsed<T>(read: () => T, place: Place): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SimbootError)) throw error;
      this.tell('FORM', error.message, place);
      return undefined;
    }
  }

  async checkpoints({ name: file, chunks }: JournalSource): Promise<void> {
    for await (const { line, octets, ended } of octetLines(chunks)) {
      const place = { file, line };
      if (!ended) this.tell('TORN', 'the file ends within this line', place);
      const checkpoint = this.parsed(() => parseCheckpointLine(octets), place);
      if (checkpoint === undefined) continue;
      const { station, seq } = checkpoint;
      if (this.#key !== undefined && !isCheckpointOf(checkpoint, this.#key)) {
        this.tell('SIGNATURE', 'the checkpoint is not signed by this key', { ...place, station, seq });
        continue;
      }
      const known = this.#checkpoints.get(station) ?? new Map<number, SignedCheckpoint[]>();
      known.set(seq, [...(known.get(seq) ?? []), checkpoint]);
      this.#checkpoints.set(station, known);
    }
  }

  entry({ entry, file, line }: Placed): void {
    const { station, seq, at, event, previous, hash } = entry;
    const where = { station, seq, file, line };
    const chain = this.#chainOf(station);
    const { last } = chain;
    if (seq <= last.seq) {
      this.tell('ORDER', `entry ${seq} comes after entry ${last.seq}`, where);
      return;
    }
    if (entryHash(entry) !== hash) this.tell('CHANGED', `entry ${seq} is not what its hash says`, where);
    if (seq > last.seq + 1) this.tell('GAP', `entries ${last.seq + 1} to ${seq - 1} are missing`, where);
    else if (previous !== last.hash)
      this.tell('BROKEN', `entry ${seq} does not follow the entry before it`, where);
    if (at < last.at) {
      const message = `the clock was set back by ${last.at - at} ms before entry ${seq}`;
      this.tell('CLOCK_BACK', message, { ...where, severity: 'warning' });
    }
    chain.entries++;
    chain.last = { seq, hash, at };
    chain.counts.set(event.type, (chain.counts.get(event.type) ?? 0) + 1);
    for (const broken of this.#records.take(event)) this.tell(broken.code, broken.message, where);
    this.#hold(chain, entry, where);
  }

  #chainOf(station: string): Chain {
    const known = this.#chains.get(station);
    if (known !== undefined) return known;
    const last = { seq: 0, hash: CHAIN_START, at: 0 };
    const chain: Chain = { entries: 0, last, counts: new Map(), held: 0, signedUpTo: undefined };
    this.#chains.set(station, chain);
    return chain;
  }

  /** Holds the chain against the checkpoints at this entry. */
  #hold(chain: Chain, { station, seq, hash }: JournalEntry, where: Partial<JournalFinding>): void {
    const known = this.#checkpoints.get(station);
    for (const checkpoint of known?.get(seq) ?? []) {
      chain.held++;
      chain.signedUpTo = seq;
      if (checkpoint.hash !== hash)
        this.tell('CHECKPOINT', `entry ${seq} is another one than when the checkpoint was signed`, where);
      else if (!sameCounts(chain.counts, checkpoint.counts))
        this.tell('CHECKPOINT', `the entries up to ${seq} are not as many as the checkpoint counts`, where);
    }
    known?.delete(seq);
  }

  end(): JournalReport {
    for (const [station, left] of this.#checkpoints)
      this.#leftOver(
        station,
        [...left.keys()].sort((a, b) => a - b),
      );
    const stations = [...this.#chains].map(([station, { entries: count, last, held, signedUpTo }]) => ({
      station,
      entries: count,
      last,
      checkpoints: held,
      ...(signedUpTo === undefined ? {} : { signedUpTo }),
    }));
    return {
      ok: this.#errors === 0,
      stations: stations.sort((a, b) => (a.station < b.station ? -1 : 1)),
      records: this.#records.size,
      findings: this.#findings,
      more: this.#more,
    };
  }

  #leftOver(station: string, seqs: readonly number[]): void {
    const chain = this.#chains.get(station);
    for (const seq of seqs) {
      if (chain === undefined) {
        this.tell('NO_STATION', `no file has entries of station ${station}`, { station, seq });
        return;
      }
      const end = chain.last.seq;
      const message = `the journal ends with entry ${end}, but entry ${seq} was signed`;
      if (seq > end) this.tell('CUT', message, { station, seq });
      else this.tell('CHECKPOINT', `entry ${seq}, which was signed, is missing`, { station, seq });
    }
  }
}

function sameCounts(found: ReadonlyMap<string, number>, told: Readonly<Record<string, number>>): boolean {
  const names = Object.keys(told);
  return names.length === found.size && names.every((name) => found.get(name) === told[name]);
}
