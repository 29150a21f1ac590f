/** Examples at the end of a command's help. */
import type { Command } from 'commander';

/**
 * Adds an "Examples" section to `--help`.
 *
 * @param lines pairs of a whole command line and what it does
 */
export function examples(command: Command, lines: readonly (readonly [line: string, what: string])[]): void {
  const width = Math.max(...lines.map(([line]) => line.length));
  const text = lines.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`).join('\n');
  command.addHelpText('after', `\nExamples:\n${text}`);
}
