/** How a running line is shown: a board, plain lines, or JSON; and how it ended. */

import { UsageError } from '../../src/errors/index.js';
import type { LineResult, LineView, RunningLine } from '../../src/perso/index.js';
import { endText, eventLine, openBoard, symbolsFor } from '../board/index.js';
import { type CliContext, EXIT } from '../context.js';
import { EXIT_CODES } from '../errors.js';
import type { RunOptions } from './run-options.js';

/** Ways to show a line. */
export type Shown = 'board' | 'plain' | 'events' | 'nothing';

/** @throws UsageError `USAGE_ARGUMENT` for options that exclude one another */
export function shownAs(cli: CliContext, { plain, events }: Pick<RunOptions, 'plain' | 'events'>): Shown {
  if (events === true && cli.options.json) {
    throw new UsageError(
      'USAGE_ARGUMENT',
      '--events gives a line of JSON an event, --json one document: not both',
    );
  }
  if (events === true) return 'events';
  if (cli.options.json) return 'nothing';
  const isDumb = cli.env.TERM === 'dumb' || cli.terminal === undefined;
  return plain === true || isDumb ? 'plain' : 'board';
}

/** Shows a line until the function returned is called. */
export function showLine(cli: CliContext, line: RunningLine, as: Shown, bell: boolean): () => void {
  const style = { colours: cli.colours, symbols: symbolsFor(cli.env) };
  const { terminal } = cli;
  if (as === 'board' && terminal !== undefined) {
    return openBoard({
      ...{ control: line, terminal, bell, ...style },
      now: () => cli.clock.now().getTime(),
      interrupt: () => process.kill(process.pid, 'SIGINT'),
    });
  }
  if (as === 'nothing') return () => undefined;
  return line.subscribe((event) => {
    if (as === 'events') cli.out(JSON.stringify(event));
    else {
      const text = eventLine(event, style, cli.options.verbose);
      if (text !== undefined) cli.out(text);
    }
  });
}

/** The end of a run, and its exit code. */
export function tellEnd(cli: CliContext, as: Shown, result: LineResult, more: object): void {
  const { outcome, reason, view, statistics } = result;
  const { slots: _, mode: __, reason: ___, ...facts } = view;
  const document = { ...facts, outcome, ...(reason === undefined ? {} : { reason }), statistics, ...more };
  if (as === 'events') cli.out(JSON.stringify({ type: 'end', ...document }));
  else {
    cli.result(document, () => {
      const why = reason === undefined ? [] : [`${cli.colours.yellow('!')} ${reason.message}`];
      return [...why, endText(view, cli.clock.now().getTime()), ...needText(view)].join('\n');
    });
  }
  const code = exitCodeOf(result);
  if (code !== EXIT.DONE) cli.finish(code);
}

function needText({ records, batchId }: LineView): string[] {
  if (records.quarantined + records.failed === 0) return [];
  return [`\`simboot batch status ${batchId}\` tells what each of them needs`];
}

/** Why a stopped line stopped decides; else 5 if any card did not become good. */
function exitCodeOf({ outcome, reason, statistics, view }: LineResult): number {
  if (outcome !== 'done' && reason !== undefined) {
    const kind = /^(USAGE|DATA|READER|CARD|SECURITY)_/.exec(reason.code)?.[1]?.toLowerCase();
    if (kind !== undefined) return EXIT_CODES[kind as keyof typeof EXIT_CODES];
    if (reason.code === 'KEY_MISMATCH') return EXIT_CODES.security;
    if (reason.code !== 'OPERATOR') return EXIT.SOME_FAILED;
  }
  const { quarantined, failed } = view.records;
  const isPoor = statistics.bad + statistics.ambiguous + quarantined + failed > 0;
  return isPoor ? EXIT.SOME_FAILED : EXIT.DONE;
}
