/** Starts a line. */
import { Line } from './line.js';
import type { LineOptions, RunningLine } from './options.js';

/**
 * Runs the cards of a batch through the slots until no record or no blank is left, or until it is stopped. What an
 * earlier process of this station left behind is put in order first; the batch must be open.
 *
 * `done` is rejected with `USAGE_LINE_CLOCK`, or with what the store says, where the line could not begin.
 */
export function startLine(options: LineOptions): RunningLine {
  const line = new Line(options);
  void line.start();
  return line;
}
