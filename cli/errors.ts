/** The one place where failures become exit codes and words. */
import { type ErrorKind, SimbootError } from '../src/errors/index.js';
import type { Colours } from './context.js';

/** Who must act decides the code. 5 (some items failed) is set by the command itself (`cli.finish`). */
export const EXIT_CODES: Readonly<Record<ErrorKind | 'internal', number>> = {
  internal: 1,
  usage: 2,
  data: 2,
  reader: 3,
  card: 3,
  network: 3,
  security: 4,
  verification: 6,
};

/** Shells expect 128 + the number of the signal. */
const SIGNAL_CODES: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

/** A failure as scripts get it. */
export interface ErrorReport {
  readonly code: string;
  readonly kind: ErrorKind | 'internal';
  readonly message: string;
  readonly next: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Anything thrown, as a report; what is not a SimbootError is a defect of the program. */
export function reportOf(error: unknown): ErrorReport {
  if (error instanceof SimbootError) return error.toJSON();
  return {
    code: 'INTERNAL',
    kind: 'internal',
    message: `internal error: ${error instanceof Error ? error.message : String(error)}`,
    next: 'This is a defect of simboot. Run the command again with -v and report what it prints, with the output of `simboot --version`.',
    details: {},
  };
}

export function exitCodeOf(error: unknown): number {
  return EXIT_CODES[reportOf(error).kind];
}

/** The exit code of a run that a signal ended. */
export function exitCodeOfSignal(reason: unknown): number {
  return SIGNAL_CODES[String(reason)] ?? EXIT_CODES.internal;
}

/** A failure for people: what is wrong, what to do next, the code to look up in docs/errors.md. */
export function renderError(error: unknown, colours: Colours, verbose: boolean): string {
  const report = reportOf(error);
  const lines = [
    `${colours.red('✗')} ${colours.bold(report.message)}`,
    `  next: ${report.next}`,
    `  code: ${report.code} (exit ${EXIT_CODES[report.kind]})`,
  ];
  if (verbose) lines.push(...verboseLines(error, report));
  return lines.join('\n');
}

function verboseLines(error: unknown, report: ErrorReport): string[] {
  const lines = Object.entries(report.details).map(([name, value]) => `  ${name}: ${String(value)}`);
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    lines.push(`  ${at === error ? 'stack' : 'cause'}: ${at.stack ?? at.message}`);
  }
  return lines;
}
