/** Runs a command line in this process and gives back what it wrote. */
import { Readable } from 'node:stream';
import type { CliInput, CliIo, CliOutput } from '../../cli/io.js';
import { runCli } from '../../cli/run.js';

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON. */
  json<T>(): T;
}

export interface HarnessOptions extends Partial<Omit<CliIo, 'stdin' | 'stdout' | 'stderr'>> {
  readonly stdin?: string | CliInput;
  readonly tty?: boolean;
  /** Hears what is written to standard output. */
  readonly onWrite?: (text: string) => void;
}

export interface TestIo extends CliIo {
  readonly stdout: Sink;
  readonly stderr: Sink;
}

type Sink = CliOutput & { text(): string };

/** Streams that collect, a clock that stands still, randomness that repeats. */
export function testIo(options: HarnessOptions = {}): TestIo {
  const { stdin = '', tty = false, onWrite, ...io } = options;
  return {
    stdout: sink(tty, onWrite),
    stderr: sink(tty),
    stdin: typeof stdin === 'string' ? Readable.from([Buffer.from(stdin)]) : stdin,
    env: {},
    clock: { now: () => new Date('2026-01-02T03:04:05Z'), monotonic: () => 0 },
    random: (length) => Uint8Array.from({ length }, (_, i) => (i * 37 + 11) & 0xff),
    signal: new AbortController().signal,
    ...io,
  };
}

/** @param line words separated by blanks, or the words themselves */
export async function simboot(
  line: string | readonly string[],
  options: HarnessOptions = {},
): Promise<CliResult> {
  const io = testIo(options);
  const code = await runCli(typeof line === 'string' ? line.split(' ').filter(Boolean) : line, io);
  const stdout = io.stdout.text();
  return { code, stdout, stderr: io.stderr.text(), json: <T>() => JSON.parse(stdout) as T };
}

function sink(isTTY: boolean, onWrite?: (text: string) => void): Sink {
  let written = '';
  return {
    isTTY,
    text: () => written,
    write: (text, done) => {
      written += text;
      onWrite?.(text);
      done?.();
    },
  };
}
