/** `simboot scp03 replay`: recomputes a recorded session with its keys. */
import type { Command } from 'commander';
import {
  type ReplayedCase,
  type ReplayReport,
  replayScp03,
  type SkippedCase,
} from '../../src/globalplatform/index.js';
import { type CliContext, EXIT } from '../context.js';
import { readInput } from '../files.js';
import { examples } from '../help.js';

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('replay')
    .description('recompute recorded secure channel sessions with their keys, and compare')
    .argument('<file>', 'one case, an array of cases, or {"cases": […]} as JSON; - for standard input')
    .action(async (file: string) => {
      const report = await replayScp03(await readInput(cli, file));
      cli.result(report, () => textOf(report));
      if (report.cases.some(({ ok }) => ok === false)) cli.finish(EXIT.DIFFERENCES);
    });
  examples(command, [
    ['simboot scp03 replay session.json', 'every step, and what differs'],
    ['simboot scp03 replay session.json --json', 'the same for scripts; exit 6 for a difference'],
  ]);
}

function textOf({ cases }: ReplayReport): string {
  const replayed = cases.filter((one): one is ReplayedCase => one.ok !== null);
  const wrong = replayed.filter(({ ok }) => !ok).length;
  const skipped = cases.length - replayed.length;
  const summary =
    `${replayed.length - wrong} of ${replayed.length} replayed cases as expected` +
    (skipped > 0 ? `, ${skipped} of other kinds skipped` : '');
  return [...cases.map(caseText), summary].join('\n\n');
}

function caseText(one: ReplayedCase | SkippedCase): string {
  if (one.ok === null) return `· ${one.id}: skipped (kind ${one.kind})`;
  const steps: [string, string | null][] = [
    ['INITIALIZE UPDATE', one.initialize_update_apdu],
    [
      'card challenge',
      `${one.card_challenge}${verdict(one.card_challenge_matches, 'follows from counter and AID')}`,
    ],
    ['S-ENC', one.s_enc],
    ['S-MAC', one.s_mac],
    ['S-RMAC', one.s_rmac],
    [
      'card cryptogram',
      `${one.card_cryptogram}${verdict(one.card_cryptogram_matches, 'the card shows the same')}`,
    ],
    ['host cryptogram', one.host_cryptogram],
    ['EXTERNAL AUTHENTICATE', one.external_authenticate_apdu ?? 'not sent'],
    ...one.commands.flatMap((command, at): [string, string | null][] => [
      [`command ${at + 1}`, command.wrapped],
      ['  answer', command.error ?? `${command.response_plain ?? 'not recorded'} ${command.sw ?? ''}`.trim()],
    ]),
  ];
  const width = Math.max(...steps.map(([name]) => name.length));
  return [
    `${one.ok ? '✓' : '✗'} ${one.id}`,
    ...steps.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...one.differences.map(
      ({ field, expected, actual }) =>
        `  ✗ ${field}: expected ${String(expected)}, computed ${String(actual)}`,
    ),
    ...one.hints.map((hint) => `  hint: ${hint}`),
    ...(one.unchecked.length > 0 ? [`  not checked: ${one.unchecked.join(', ')}`] : []),
  ].join('\n');
}

function verdict(matches: boolean | null, what: string): string {
  if (matches === null) return '';
  return matches ? ` ✓ ${what}` : ` ✗ not so: ${what}`;
}
