/** The outcome of `batch check` for people: what is wrong and where, how often, what to do. */
import { type CheckReport, findingText } from '../../src/perso/index.js';
import type { Colours } from '../context.js';

export interface CheckResult extends CheckReport {
  readonly job: { readonly name: string; readonly version: string; readonly hash: string };
  readonly file: string;
  readonly ok: boolean;
  /** Whether other batches were looked at. */
  readonly storeChecked: boolean;
  readonly rowsPerSecond: number;
}

export function checkText(result: CheckResult, colours: Colours): string {
  const { job, file, records, rowsPerSecond, storeChecked } = result;
  const rate = rowsPerSecond > 0 ? `, ${rowsPerSecond} a second` : '';
  return [
    `job ${job.name} version ${job.version} (${job.hash.slice(0, 16)}…)`,
    `input ${file}: ${records} records${rate}; SHA-256 ${result.inputHash}`,
    ...result.transportKeys.map(keyText),
    storeChecked ? 'compared with every batch of the store' : 'no store: compared with no other batch',
    ...outcome(result, colours),
  ].join('\n');
}

function keyText({ name, kcv, custody, opened, refused }: CheckResult['transportKeys'][number]): string {
  if (kcv === undefined) return `transport key ${name}: missing, ${refused} cells not opened`;
  const where = custody === 'pkcs11' ? ', in its token' : '';
  return `transport key ${name}: check value ${kcv}${where}; ${opened} cells opened${refused > 0 ? `, ${refused} not` : ''}`;
}

function outcome({ ok, findings, total, counts }: CheckResult, colours: Colours): string[] {
  if (ok) return [colours.green('✓ nothing is wrong with it')];
  const more = total > findings.length ? [`  … and ${total - findings.length} more`] : [];
  return [
    colours.red(`✗ ${total} ${total === 1 ? 'finding' : 'findings'}`),
    ...findings.map((one) => `  ${findingText(one)}`),
    ...more,
    'what to do:',
    ...counts.map(({ count, code, column, next }) => {
      return `  ${count} × ${code}${column === undefined ? '' : ` in ${column}`}: ${next}`;
    }),
  ];
}
