/** A report as a page to print: no script, nothing from the network, plots as SVG. */
import { type Bar, bars, stacked } from './plots.js';
import type { BatchReport } from './statistics.js';
import { escapeHtml, minutes, percent, seconds, time } from './words.js';

/** The whole page, UTF-8. */
export function reportHtml(report: BatchReport, madeAt: Date): string {
  const { batchId, job } = report;
  return page(
    `Batch ${batchId}`,
    [
      `<h1>Batch ${escapeHtml(batchId)}</h1>`,
      `<p class="sub">Job ${escapeHtml(`${job.name} ${job.version}`.trim())}, hash <code>${job.hash}</code>. ${span(report)} Page made ${time(madeAt.getTime())}.</p>`,
      headline(report),
      reconciliation(report),
      timeline(report),
      steps(report),
      slots(report),
      failures(report),
      signatures(),
    ].join('\n'),
  );
}

function span({ from, to }: BatchReport): string {
  if (from === undefined || to === undefined) return 'No card was in a slot yet.';
  return `${time(from)} to ${time(to)}, ${minutes(to - from)}.`;
}

function headline(report: BatchReport): string {
  const { records } = report.reconciliation;
  const facts: readonly (readonly [string, string])[] = [
    ['good cards', String(records.good)],
    ['of records', String(records.input)],
    ['scrapped cards', String(report.bad)],
    ['yield', report.yield === undefined ? '–' : percent(report.yield)],
    ['cards per hour', report.cardsPerHour === undefined ? '–' : report.cardsPerHour.toFixed(0)],
    ['remakes', String(report.remakes)],
  ];
  const cells = facts.map(([name, value]) => `<div><b>${value}</b><span>${name}</span></div>`);
  return `<section class="facts">${cells.join('')}</section>`;
}

function reconciliation({ reconciliation: { records, cards, problems } }: BatchReport): string {
  const rows = [
    [
      'Records',
      `${records.input} in`,
      `= ${records.good} good`,
      `+ ${records.scrapped} scrapped`,
      `+ ${records.remaining} remaining`,
    ],
    [
      'Cards',
      `${cards.blanksIn ?? cards.seen} in`,
      `= ${cards.good} good`,
      `+ ${cards.scrapped} scrapped`,
      `+ ${cards.returned + (cards.unused ?? 0)} returned${cards.inWork > 0 ? ` + ${cards.inWork} in work` : ''}`,
    ],
  ];
  const verdict =
    problems.length === 0
      ? '<p class="ok">✓ Everything is accounted for.</p>'
      : `<ul class="bad">${problems.map((problem) => `<li>✗ ${escapeHtml(problem)}</li>`).join('')}</ul>`;
  const quarantined =
    records.quarantined === 0
      ? ''
      : `<p class="bad">▲ ${records.quarantined} records are quarantined: their cards are ambiguous or missing.</p>`;
  return `<section><h2>Reconciliation</h2>${tableOf([], rows)}${verdict}${quarantined}</section>`;
}

function timeline({ timeline: spans }: BatchReport): string {
  const [first] = spans;
  if (first === undefined) return '';
  const width = spans.length < 2 ? 1000 : spans[1]!.at - first.at;
  const caption = `Cards in spans of ${seconds(width)}, from ${time(first.at)}: good below, scrapped (hatched) above.`;
  return `<section><h2>Cards over time</h2>${stacked(spans, caption)}</section>`;
}

function steps({ steps: all }: BatchReport): string {
  if (all.length === 0) return '';
  const rows = all.map(({ step, count, p50, p95, mean, largest }) => [
    step,
    String(count),
    seconds(p50),
    seconds(p95),
    seconds(mean),
    seconds(largest),
  ]);
  const drawn: Bar[] = all.map(({ step, p50, p95 }) => ({
    name: step,
    value: p50,
    upTo: p95,
    text: `${seconds(p50)} – ${seconds(p95)}`,
  }));
  const head = ['step', 'cards', 'p50', 'p95', 'mean', 'longest'];
  return `<section><h2>Durations</h2>${bars(drawn, 'Half of the cards took no longer than the dark part, 95 in a hundred no longer than the light one.')}${tableOf(head, rows)}</section>`;
}

function slots({ slots: all }: BatchReport): string {
  if (all.length === 0) return '';
  const drawn: Bar[] = all.map(({ station, slot, good, bad, yield: part }) => ({
    name: `${station} · ${slot}`,
    value: part,
    text: `${percent(part)} (${good} ✓, ${bad} ✗)`,
  }));
  return `<section><h2>Yield of the slots</h2>${bars(drawn, 'Good ✓ and scrapped ✗ cards of each slot. One well below the others: clean its contacts, or replace the reader.', 1)}</section>`;
}

function failures({ failures: all }: BatchReport): string {
  if (all.length === 0) return '';
  const rows = all.map(({ code, count, message }) => [code, String(count), message]);
  return `<section><h2>Scrapped cards by reason</h2>${tableOf(['code', 'cards', 'such as'], rows)}</section>`;
}

function signatures(): string {
  return '<section class="sign"><div>Line</div><div>Quality</div><div>Date</div></section>';
}

/** A table; without a header where `head` is empty. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string): string =>
    `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  const top = head.length === 0 ? '' : `<thead>${cells(head, 'th')}</thead>`;
  return `<table>${top}<tbody>${rows.map((row) => cells(row, 'td')).join('')}</tbody></table>`;
}

/** A page in the house's print style. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

const STYLE = `
:root { --ink: #1c2430; --soft: #5b6675; --line: #d5dae1; --good: #1d6f5c; --light: #9cc9bd; --bad: #b3261e; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink); font: 15px/1.45 system-ui, "Segoe UI", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.5rem; }
h1 { margin: 0; font-size: 1.7rem; } h2 { margin: 0 0 .6rem; font-size: 1.1rem; }
.sub { margin: .3rem 0 1.5rem; color: var(--soft); overflow-wrap: anywhere; } code { font-size: .85em; }
section { margin: 0 0 1.8rem; break-inside: avoid; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .8rem; }
.facts div { border: 1px solid var(--line); border-radius: .4rem; padding: .7rem .9rem; }
.facts b { display: block; font-size: 1.5rem; } .facts span { color: var(--soft); }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--soft); } td { overflow-wrap: anywhere; }
.ok { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
ul.bad { padding-left: 0; list-style: none; }
svg { display: block; width: 100%; height: auto; margin: 0 0 .8rem; } svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
.sign { display: grid; grid-template-columns: repeat(3, 1fr); gap: 2rem; margin-top: 4rem; } .sign div { border-top: 1px solid var(--ink); padding-top: .3rem; color: var(--soft); }
@media print { main { padding: 0; } body { font-size: 11pt; } }
`;
