/** The protocol of an audit, to be printed and signed. */
import { page, tableOf } from '../report/html.js';
import { escapeHtml, time } from '../report/words.js';
import type { AuditOutcome, CardAudit } from './audit.js';

/** What was audited by whom. */
export interface AuditProtocol {
  readonly batchId: string;
  readonly job: { readonly name: string; readonly version: string; readonly hash: string };
  readonly auditor: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** How the cards were chosen: numbers of a drawn sample with its seed, or nothing for cards at hand. */
  readonly sample?: { readonly seed: string; readonly numbers: readonly number[] };
  readonly cards: readonly CardAudit[];
  /** Numbers of the sample whose card was not audited. */
  readonly missing: readonly number[];
  readonly verdict: 'proven' | 'refuted' | 'incomplete';
}

const MARKS: Readonly<Record<AuditOutcome, string>> = {
  proven: '✓ proven',
  refuted: '✗ refuted',
  unknown: '? no record',
  unfinished: '▲ unfinished',
  unreadable: '▲ unreadable',
};

/** The verdict over all cards: one that is not proven refutes the sample; one that is missing leaves it open. */
export function protocolOf(facts: Omit<AuditProtocol, 'missing' | 'verdict'>): AuditProtocol {
  const seen = new Set(facts.cards.map(({ record }) => record));
  const missing = facts.sample?.numbers.filter((number) => !seen.has(number)) ?? [];
  const allProven = facts.cards.every(({ outcome }) => outcome === 'proven');
  const verdict = !allProven
    ? 'refuted'
    : missing.length > 0 || facts.cards.length === 0
      ? 'incomplete'
      : 'proven';
  return { ...facts, missing, verdict };
}

/** A page to print and sign, UTF-8. */
export function protocolHtml(protocol: AuditProtocol): string {
  const { batchId, job, auditor, at, sample, cards, missing, verdict } = protocol;
  const rows = cards.map((card) => [
    card.record === undefined ? '–' : `${card.record} (row ${card.row})`,
    card.iccid ?? '–',
    card.cardId ?? '–',
    MARKS[card.outcome],
    card.evidence ?? '–',
    [
      card.reason?.message,
      ...card.differences.map(({ step, where, message }) => `${step}, ${where}: ${message}`),
    ]
      .filter((line) => line !== undefined)
      .join('\n'),
  ]);
  const chosen =
    sample === undefined
      ? 'Cards at hand, not drawn.'
      : `A sample of ${sample.numbers.length} records (${sample.numbers.join(', ')}), drawn with the seed “${sample.seed}”.`;
  const open = missing.length === 0 ? '' : `<p class="bad">▲ Not audited: records ${missing.join(', ')}.</p>`;
  const mark =
    verdict === 'proven'
      ? '<p class="ok">✓ Every card is proven.</p>'
      : `<p class="bad">✗ The audit is ${verdict}.</p>`;
  return page(
    `Audit of batch ${batchId}`,
    [
      `<h1>Audit of batch ${escapeHtml(batchId)}</h1>`,
      `<p class="sub">Job ${escapeHtml(`${job.name} ${job.version}`.trim())}, hash <code>${job.hash}</code>. ${time(at)}, by ${escapeHtml(auditor)}. ${escapeHtml(chosen)}</p>`,
      `<section>${mark}${open}</section>`,
      `<section>${tableOf(['record', 'ICCID', 'chip', 'outcome', 'SHA-256 of what was read', 'why'], rows)}</section>`,
      '<section class="sign"><div>Auditor</div><div>Second person</div><div>Date</div></section>',
    ].join('\n'),
  );
}
