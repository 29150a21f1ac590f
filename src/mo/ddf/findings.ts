/** Findings on a DDF, a bounded number of them: what repeats is told once. */
import type { Finding } from '../finding.js';
import type { XmlPlace } from './xml.js';

const MOST = 200;

export class DdfFindings {
  readonly list: Finding[] = [];
  private readonly told = new Set<string>();

  /** `topic`: what makes it the same finding again. */
  add(
    severity: Finding['severity'],
    code: string,
    place: XmlPlace,
    message: string,
    topic: string = `${place.line}:${place.column}`,
  ): void {
    const key = `${code} ${topic}`;
    if (this.told.has(key) || this.list.length >= MOST) return;
    this.told.add(key);
    this.list.push({ severity, code, where: `line ${place.line}, column ${place.column}`, message });
  }
}
