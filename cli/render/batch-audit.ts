/** Audited cards as text. */
import type { AuditProtocol, CardAudit } from '../../src/perso/index.js';
import type { Colours } from '../context.js';

const MARKS: Readonly<Record<CardAudit['outcome'], string>> = {
  proven: '✓',
  refuted: '✗',
  unknown: '?',
  unfinished: '▲',
  unreadable: '▲',
};

/** One card in a line. @param left cards of the sample that are still to come */
export function auditLine(card: CardAudit, left?: number): string {
  const { outcome, record, iccid, cardId, reason, differences, reader } = card;
  const who = [record === undefined ? undefined : `record ${record}`, iccid ?? cardId].filter(
    (part) => part !== undefined,
  );
  const why = reason?.message ?? differences[0]?.message;
  const open = left === undefined ? '' : ` (${left} to come)`;
  return `${MARKS[outcome]} ${reader}: ${[...who, outcome].join(', ')}${why === undefined ? '' : `: ${why}`}${open}`;
}

/** Every card, its differences, and the verdict. */
export function auditText({ cards, missing, verdict }: AuditProtocol, colours: Colours): string {
  const lines = cards.flatMap((card) => [
    auditLine(card),
    ...card.differences.map(({ step, where, message }) => `    ${step}, ${where}: ${message}`),
  ]);
  if (missing.length > 0) lines.push(`▲ not audited: records ${missing.join(', ')}`);
  lines.push(
    verdict === 'proven'
      ? colours.green('✓ every card is proven')
      : verdict === 'refuted'
        ? colours.red('✗ the audit is refuted')
        : colours.yellow('▲ the audit is incomplete'),
  );
  return lines.join('\n');
}
