// Bootstraps one device: node one.mjs IMPI ADDRESS
import { runPush } from 'simboot/app';
import { withOperator } from './operator.mjs';

const [ueId = '', address = ''] = process.argv.slice(2);

await withOperator(async (operator) => {
  const report = await runPush({
    ...operator,
    campaignId: `one ${ueId}`,
    devices: [{ ueId, ueIdType: 'PRIVATE', address, gba: 'GBA_ME' }],
    signal: AbortSignal.timeout(600_000),
  });
  console.log(report.done ? `${ueId} is bootstrapped` : JSON.stringify(report.failed));
});
