/** How `bootstrap push` tells what becomes of devices. Nothing secret of a record is shown. */
import { allPushes, type PushReport, type RunPushEvent, reportPush } from '../src/app/index.js';
import { UsageError } from '../src/errors/index.js';
import { PUSH_STATES, type PushRecord } from '../src/gba/index.js';
import type { CliContext } from './context.js';
import { type PushCommandOptions, withPushStore } from './push.js';
import { properties, table } from './render/table.js';
import { withStore } from './server.js';

/** `--status`: every device, and nothing is sent. */
export async function showStatus(
  cli: CliContext,
  file: string | undefined,
  options: PushCommandOptions,
): Promise<void> {
  if (file !== undefined || options.ueId !== undefined)
    throw new UsageError('USAGE_ARGUMENT', '--status takes no devices: it shows those of the campaign');
  await withStore(cli, options, () =>
    withPushStore(cli, options, async (pushes) => {
      const campaign = { campaignId: options.campaign, pushes };
      const { counts } = await reportPush(campaign);
      const devices: ReturnType<typeof shown>[] = [];
      for await (const record of allPushes(campaign)) devices.push(shown(record));
      cli.result({ campaign: options.campaign, counts, devices }, () =>
        [countsText(counts), '', statusTable(devices)].join('\n'),
      );
    }),
  );
}

function statusTable(devices: readonly ReturnType<typeof shown>[]): string {
  const rows = devices.map(({ ue_id, address, state, attempts, reason = '' }) => [
    ue_id,
    address,
    state,
    String(attempts),
    reason,
  ]);
  return table(['device', 'address', 'state', 'pushes', 'reason'], rows);
}

function shown({ ueId, ueIdType, address, gba, state, attempts, nextAt, reason }: PushRecord) {
  return {
    ue_id: ueId,
    ue_id_type: ueIdType === 'PUBLIC' ? 'public' : 'private',
    address,
    gba: gba === 'GBA_U' ? 'u' : 'me',
    state,
    attempts,
    ...(nextAt === undefined ? {} : { next_at: new Date(nextAt).toISOString() }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** With -v, a line for each change. */
export function tellChange(cli: CliContext, event: RunPushEvent): void {
  if (!cli.options.verbose) return;
  if (event.type === 'begun') {
    cli.note(`${event.added} ${event.added === 1 ? 'device' : 'devices'} added`);
    return;
  }
  const { ueId, state, attempts, reason } = event.record;
  cli.note(`${ueId}: ${state} (push ${attempts})${reason === undefined ? '' : `, ${reason}`}`);
}

/** How many devices and reasons the text names; --json has all. */
const SHOWN = 20;

/** Counts, why devices failed, and which. */
export function writeReport(cli: CliContext, { campaign, counts, failed }: PushReport): void {
  const document = { campaign, counts, failed: failed.map(({ ueId, reason }) => ({ ue_id: ueId, reason })) };
  cli.result(document, () => {
    if (failed.length === 0) return countsText(counts);
    const rows = failed.slice(0, SHOWN).map(({ ueId, reason }) => [ueId, reason]);
    const more = failed.length > SHOWN ? [`… and ${failed.length - SHOWN} more (--json shows all)`] : [];
    return [countsText(counts), '', reasonTable(failed), '', table(['device', 'reason'], rows), ...more].join(
      '\n',
    );
  });
}

function reasonTable(failed: PushReport['failed']): string {
  const many = new Map<string, number>();
  for (const { reason } of failed) many.set(reason, (many.get(reason) ?? 0) + 1);
  const ordered = [...many].sort((a, b) => b[1] - a[1]).slice(0, SHOWN);
  return table(
    ['failed', 'because'],
    ordered.map(([reason, count]) => [String(count), reason]),
  );
}

function countsText(counts: PushReport['counts']): string {
  return properties(PUSH_STATES.map((state) => [state, String(counts[state])]));
}
