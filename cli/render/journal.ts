/** What the verification of journals found, for people. */
import type { JournalFinding, JournalReport } from '../../src/perso/index.js';
import type { Colours } from '../context.js';

export function journalReportText(report: JournalReport, colours: Colours): string {
  const { stations, findings, more, records, ok } = report;
  const lines = stations.map(({ station, entries, last, checkpoints, signedUpTo }) => {
    const signed =
      signedUpTo === undefined
        ? 'no checkpoint: a cut end would not show'
        : `${checkpoints} checkpoints, the last of entry ${signedUpTo}`;
    return `${station}: ${entries} entries up to ${last.seq} (${new Date(last.at).toISOString()}); ${signed}`;
  });
  lines.push(`${records} records`, ...findings.map((finding) => findingText(finding, colours)));
  if (more > 0) lines.push(`and ${more} more`);
  lines.push(ok ? colours.green('✓ nothing was changed') : colours.red('✗ the journals are not whole'));
  return lines.join('\n');
}

function findingText(
  { code, severity, message, station, file, line }: JournalFinding,
  colours: Colours,
): string {
  const mark = severity === 'error' ? colours.red('✗') : colours.yellow('!');
  const place = file === undefined ? station : `${file}:${line}`;
  return `${mark} ${code} ${place === undefined ? '' : `${place}: `}${message}`;
}
