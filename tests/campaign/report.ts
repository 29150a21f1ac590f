/** docs/campaign.md: a section for each campaign, replaced when it runs again. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { CampaignResult } from './campaign.js';

const FILE = join(__dirname, '..', '..', 'docs', 'campaign.md');
const HEAD = `# Campaigns of the line

\`npm run campaign\` personalizes cards that live in a farm (\`simboot sim farm\`), a process of its own: what is on them is
the truth. Lines are the built program, and are ended with SIGKILL at any instant. Afterwards a judge
(\`tests/support/line/judge.ts\`) reads every card by itself, computes each file from the clauses by hand, has the host read
a copy of the card, recomputes every hash of the journals, and compares all of it with the input and the server output.
The checks run the same with fewer cards (\`tests/line/campaign.test.ts\`).

A section is written by the run itself.
`;

/** Puts a section into the document, in place of an earlier one of that name. */
export function addResult(name: string, title: string, result: CampaignResult): void {
  const text = existsSync(FILE) ? readFileSync(FILE, 'utf8') : HEAD;
  const mark = `<!-- ${name} -->`;
  const section = `${mark}\n\n## ${title}\n\n${tableOf(result)}\n`;
  const parts = text.split(/(?=^<!-- \w+ -->$)/m).filter((part) => !part.startsWith(mark));
  writeFileSync(FILE, `${[...parts.map((part) => part.trimEnd()), section].join('\n\n').trimEnd()}\n`);
}

function tableOf({
  plan,
  verdict,
  kills,
  killsInWork,
  starts,
  milliseconds,
  farm,
  reasons,
}: CampaignResult): string {
  const { records, cards } = verdict;
  const faults = plan.faults.length === 0 ? 'none' : plan.faults.join(', ');
  const rows = [
    ['Records, blanks, slots', `${plan.records}, ${plan.records + plan.spare}, ${plan.slots}`],
    ['Seed, faults by share of cards', `${plan.seed}; ${faults}`],
    ['SIGKILLs', `${kills}, ${killsInWork} of them while a card was open; ${starts} starts`],
    [
      'Records',
      `${records.good} good, ${records.failed} failed (their card was scrapped), ${records.open} open`,
    ],
    [
      'Cards',
      `${cards.good} good, ${cards.bad} bad, ${cards.returned} returned untouched, ${cards.stack} left in the stack`,
    ],
    ['Cards compared octet by octet', String(verdict.compared)],
    ['Journal entries with their hashes', String(verdict.journalEntries)],
    ['Exchanges', String(farm.exchanges)],
    ['What the judge found', verdict.problems.length === 0 ? 'nothing' : verdict.problems.join('; ')],
    ['Duration', `${(milliseconds / 60_000).toFixed(1)} minutes`],
    ['Commit', git('rev-parse', '--short', 'HEAD')],
    ['Machine', `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}; Node ${process.versions.node}`],
  ];
  const codes = Object.entries(reasons)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `| ${reason} | ${count} |`);
  return [
    '| | |',
    '|---|---|',
    ...rows.map(([what, value]) => `| ${what} | ${value} |`),
    '',
    'Entries of the journals with a reason:',
    '',
    '| Entry and reason | Times |',
    '|---|---|',
    ...codes,
  ].join('\n');
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { cwd: join(__dirname, '..', '..'), encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
