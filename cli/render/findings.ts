/** Findings, each with a shape and a word beside its colour. */
import type { Colours } from '../context.js';

export interface RenderedFinding {
  readonly severity: 'info' | 'warning' | 'error';
  readonly where: string;
  readonly message: string;
  readonly code?: string;
}

const SHAPES = { error: '✗', warning: '!', info: 'i' } as const;

/** One line a finding; `none` where there is nothing to say. */
export function findingsList(
  findings: readonly RenderedFinding[],
  colours: Colours,
  none = 'no findings',
): string {
  if (findings.length === 0) return `${colours.green('✓')} ${none}`;
  const paint = { error: colours.red, warning: colours.yellow, info: colours.cyan };
  return findings
    .map(({ severity, where, message, code }) => {
      const mark = paint[severity](`${SHAPES[severity]} ${severity.padEnd(7)}`);
      return `${mark} ${where}: ${message}${code === undefined ? '' : colours.dim(` [${code}]`)}`;
    })
    .join('\n');
}
