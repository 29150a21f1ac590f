/** Everything the command line takes from outside, so that tests can run any command in their own process. */
import { randomBytes } from 'node:crypto';
import type { CardChannel } from '../src/apdu/index.js';

export interface CliOutput {
  write(text: string, done?: () => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}

/** Standard input: chunks when piped, raw keys when it is a terminal. */
export interface CliInput extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean;
  setRawMode?(on: boolean): unknown;
  /** Keys of a terminal as they come, for whoever does not iterate. */
  on?(event: 'data', listener: (chunk: Uint8Array | string) => void): unknown;
  off?(event: 'data', listener: (chunk: Uint8Array | string) => void): unknown;
  resume?(): unknown;
  pause?(): unknown;
}

export interface Clock {
  now(): Date;
  /** Milliseconds of a clock that never jumps, for rates and time-outs. */
  monotonic(): number;
}

export interface CliIo {
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
  readonly stdin: CliInput;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: (length: number) => Uint8Array;
  /** Aborted by SIGINT and SIGTERM; the reason is the name of the signal. */
  readonly signal: AbortSignal;
  /** Opens readers in place of PC/SC and the simulator; tests put scripted cards here. */
  readonly openChannels?: (spec: string | undefined) => Promise<readonly CardChannel[]>;
}

const systemClock: Clock = { now: () => new Date(), monotonic: () => performance.now() };

/** The streams, environment, clock and randomness of this process. */
export function processIo(): CliIo {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    clock: systemClock,
    random: (length) => Uint8Array.from(randomBytes(length)),
    signal: new AbortController().signal,
  };
}
