/** One run of the command line: parse, call the command, turn the outcome into an exit code. */
import { CommanderError } from 'commander';
import { UsageError, VerificationError } from '../src/errors/index.js';
import { CliContext, EXIT } from './context.js';
import { EXIT_CODES, exitCodeOf, exitCodeOfSignal, renderError, reportOf } from './errors.js';
import type { CliIo } from './io.js';
import { buildProgram, buildWholeProgram } from './program.js';

/**
 * Runs `argv` (without `node` and the script) and never throws.
 *
 * @returns the exit code: 0 done, 1 internal error, 2 usage or bad input, 3 card or reader, 4 security,
 *   5 some items failed, 6 differences found, 130 interrupted
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const cli: CliContext = new CliContext(io, () => buildWholeProgram(cli, io));
  const asked = { json: argv.includes('--json'), verbose: argv.includes('-v') || argv.includes('--verbose') };
  try {
    const program = await buildProgram(argv, cli, io);
    await program.parseAsync(argv.length === 0 ? ['--help'] : [...argv], { from: 'user' });
    if (io.signal.aborted) return exitCodeOfSignal(io.signal.reason);
    if (cli.exitCode === EXIT.DIFFERENCES) noteDifferences(cli);
    return cli.exitCode;
  } catch (error) {
    if (io.signal.aborted) {
      cli.note('interrupted');
      return exitCodeOfSignal(io.signal.reason);
    }
    return fail(error, cli, asked);
  }
}

/** A comparison that ran to its end is no failure of the program, but the person is told what exit code 6 means. */
function noteDifferences(cli: CliContext): void {
  if (cli.options.json) return;
  const error = new VerificationError('VERIFICATION_DIFFERENCES', 'differences were found');
  cli.note(renderError(error, cli.colours, false));
}

function fail(thrown: unknown, cli: CliContext, asked: { json: boolean; verbose: boolean }): number {
  const error = thrown instanceof CommanderError ? ofParser(thrown) : thrown;
  if (error === undefined) return EXIT_CODES.usage * Number((thrown as CommanderError).exitCode !== 0);
  if (asked.json && !cli.hasWrittenJson) {
    cli.json({ error: reportOf(error) });
    if (asked.verbose) cli.note(renderError(error, cli.colours, true));
  } else {
    cli.note(renderError(error, cli.colours, asked.verbose));
  }
  return exitCodeOf(error);
}

/** The parser ends help and version with an exception too; those are answers, not errors. */
function ofParser(error: CommanderError): UsageError | undefined {
  if (error.exitCode === 0 || error.code === 'commander.help') return undefined;
  const message = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  return new UsageError('USAGE_ARGUMENT', message, { details: { parser: error.code } });
}
