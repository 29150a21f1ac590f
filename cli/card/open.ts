/** Cards for the commands: one reader or all of them, one result each. */
import type { CardChannel } from '../../src/apdu/index.js';
import { type Card, openCard } from '../../src/card/index.js';
import { type SimbootError, UsageError } from '../../src/errors/index.js';
import { openReader } from '../../src/readers/index.js';
import { type CliContext, EXIT } from '../context.js';
import { type ErrorReport, exitCodeOf, renderError, reportOf } from '../errors.js';

/** What a command does with one card: what scripts and people get of it, and whether it found differences. */
export interface CardOutcome {
  readonly document: object;
  readonly text: () => string;
  readonly differs?: boolean;
  /** What kept the command from all of its work although there is a result to show. */
  readonly obstacle?: SimbootError;
}

/**
 * Runs a command on the card of the reader that the options name, or on every card with `--reader all`: then the
 * result is a list, and the exit code is 5 if some failed.
 */
export async function onCards(
  cli: CliContext,
  run: (card: Card, channel: CardChannel) => Promise<CardOutcome>,
): Promise<void> {
  return onChannels(cli, async (channel) =>
    run(await openCard(channel, { mode: cli.options.mode }), channel),
  );
}

/** The same below the card's file system. */
export async function onChannels(
  cli: CliContext,
  run: (channel: CardChannel) => Promise<CardOutcome>,
): Promise<void> {
  const { reader } = cli.options;
  const channels = await open(cli);
  try {
    const [only] = channels;
    if (reader !== 'all' && only) {
      const outcome = await run(only);
      cli.result(outcome.document, outcome.text);
      if (outcome.obstacle) {
        if (!cli.options.json) cli.note(renderError(outcome.obstacle, cli.colours, cli.options.verbose));
        cli.finish(exitCodeOf(outcome.obstacle));
      } else if (outcome.differs) cli.finish(EXIT.DIFFERENCES);
      return;
    }
    await runAll(cli, channels, run);
  } finally {
    await Promise.all(channels.map((channel) => channel.close()));
  }
}

function open(cli: CliContext): Promise<readonly CardChannel[]> {
  const { reader, trace, traceReveal = false } = cli.options;
  if (traceReveal && trace === undefined)
    throw new UsageError('USAGE_ARGUMENT', '--trace-reveal needs --trace FILE');
  if (cli.openChannels) return cli.openChannels(reader);
  return openReader(reader, {
    signal: cli.signal,
    ...(trace === undefined ? {} : { trace, revealTrace: traceReveal }),
  });
}

async function runAll(
  cli: CliContext,
  channels: readonly CardChannel[],
  run: (channel: CardChannel) => Promise<CardOutcome>,
): Promise<void> {
  const results = await Promise.all(
    channels.map(async (channel) => {
      try {
        return { reader: channel.reader, outcome: await run(channel) };
      } catch (error) {
        return { reader: channel.reader, error };
      }
    }),
  );
  const documents = results.map((result): { reader: string; result?: object; error?: ErrorReport } =>
    result.outcome
      ? { reader: result.reader, result: result.outcome.document }
      : { reader: result.reader, error: reportOf(result.error) },
  );
  cli.result(documents, () =>
    results
      .map(({ reader, outcome, error }) => {
        const text = outcome ? outcome.text() : renderError(error, cli.colours, cli.options.verbose);
        return `${cli.colours.bold(reader)}\n${text}`;
      })
      .join('\n\n'),
  );
  if (results.some(({ outcome }) => outcome === undefined || outcome.obstacle)) cli.finish(EXIT.SOME_FAILED);
  else if (results.some(({ outcome }) => outcome?.differs)) cli.finish(EXIT.DIFFERENCES);
}
