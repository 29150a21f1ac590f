/** What a survey of a card noticed. */
import type { SimbootError } from '../../errors/index.js';
import type { Finding } from '../../pkcs15/index.js';

/** Collects findings, and the reasons why a way through the directories ended. */
export class Findings {
  readonly list: Finding[] = [];
  readonly failures: SimbootError[] = [];

  note(severity: Finding['severity'], code: string, where: string, message: string): void {
    this.list.push({ severity, code, where, message });
  }

  /** Findings of a decoder; `file` replaces the general name by the path on this card. */
  adopt(findings: readonly Finding[], file: string): void {
    for (const finding of findings) {
      this.list.push({ ...finding, where: finding.where.replace(/^EF\(\w+\)/, file) });
    }
  }

  /** Something that ends the way to the bootstrap; the survey goes on with the rest. */
  fail(error: SimbootError, where: string, severity: Finding['severity'] = 'error'): void {
    this.failures.push(error);
    this.note(severity, findingCodeOf(error.code), where, error.message);
  }
}

/** `CARD_PATH_LOOP` becomes `path-loop`: findings and errors share their names. */
export function findingCodeOf(errorCode: string): string {
  return errorCode
    .replace(/^(CARD|DATA|SECURITY)_/, '')
    .toLowerCase()
    .replaceAll('_', '-');
}
