/** What a command gets: options, output, progress, secrets, interruption. Made once for each run. */
import type { Command } from 'commander';
import pc from 'picocolors';
import { type Terminal, terminalOf } from './board/terminal.js';
import type { CliInput, CliIo, Clock } from './io.js';
import { Progress } from './render/progress.js';
import { type SecretReader, secretReader } from './secrets.js';

/** Options that every command understands, before or after its name. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly mode: '2g' | '3g' | 'auto';
  readonly reader?: string;
  readonly trace?: string;
  readonly traceReveal?: boolean;
}

/** Exit codes that a command sets itself; failures get theirs from the error (`cli/errors.ts`). */
export const EXIT = { DONE: 0, BAD_INPUT: 2, SOME_FAILED: 5, DIFFERENCES: 6 } as const;

export type Colours = ReturnType<typeof pc.createColors>;

export class CliContext {
  /** Of standard output; prefer a shape beside every colour. */
  readonly colours: Colours;
  readonly isTTY: boolean;
  readonly clock: Clock;
  readonly random: (length: number) => Uint8Array;
  /** Pass it to everything that waits; when it aborts, close the card and return. */
  readonly signal: AbortSignal;
  readonly stdin: CliInput;
  readonly secrets: SecretReader;
  readonly openChannels: CliIo['openChannels'];
  readonly env: CliIo['env'];
  private globals: GlobalOptions = { json: false, verbose: false, mode: 'auto' };
  private code: number = EXIT.DONE;
  private documents = 0;

  constructor(
    private readonly io: CliIo,
    /** The parser with every command loaded (for shell completion). */
    readonly wholeProgram: () => Promise<Command>,
  ) {
    this.isTTY = io.stdout.isTTY === true;
    this.colours = pc.createColors(coloursWanted(io, this.isTTY));
    this.clock = io.clock;
    this.random = io.random;
    this.signal = io.signal;
    this.stdin = io.stdin;
    this.openChannels = io.openChannels;
    this.env = io.env;
    this.secrets = secretReader(io, (text) => this.warn(text));
  }

  /** The global options; complete once the command's action runs. */
  get options(): GlobalOptions {
    return this.globals;
  }

  get exitCode(): number {
    return this.code;
  }

  /** Whether the one JSON document of this run is written already. */
  get hasWrittenJson(): boolean {
    return this.documents > 0;
  }

  /** Columns of the terminal; 100 where there is none. */
  get width(): number {
    return this.io.stdout.columns ?? 100;
  }

  /** The terminal of standard output, for what draws on it; undefined where there is none. */
  get terminal(): Terminal | undefined {
    return terminalOf(this.io);
  }

  setOptions(options: GlobalOptions): void {
    this.globals = options;
  }

  /** The exit code of a command that ran to its end: 2 bad input, 5 some items failed, 6 differences found. */
  finish(code: number): void {
    this.code = code;
  }

  /** One or more lines of data on standard output. */
  out(text: string): void {
    this.io.stdout.write(`${text}\n`);
  }

  /** Text on standard output without a line end: a document whose octets count. */
  write(text: string): void {
    this.io.stdout.write(text);
  }

  /** One or more lines for the person, on standard error. */
  note(text: string): void {
    this.io.stderr.write(`${text}\n`);
  }

  warn(text: string): void {
    this.note(`warning: ${text}`);
  }

  /** The one JSON document of this run. Give byte strings as lower-case hex. */
  json(document: unknown): void {
    if (this.documents++ > 0) throw new Error('a command writes one JSON document, not two');
    this.out(JSON.stringify(document, null, 2));
  }

  /** The result of a command: `document` with --json, otherwise the text for people. */
  result(document: unknown, text: () => string): void {
    if (this.globals.json) this.json(document);
    else this.out(text());
  }

  /** A line on standard error with rate and time left, shown only if the work takes longer than a second. */
  progress(label: string, total: number, unit = 'octets'): Progress {
    return new Progress(this.io.stderr, this.clock, { label, total, unit });
  }
}

function coloursWanted(io: CliIo, isTTY: boolean): boolean {
  if (io.env.NO_COLOR) return false;
  if (io.env.FORCE_COLOR) return io.env.FORCE_COLOR !== '0';
  return isTTY && io.env.TERM !== 'dumb';
}
