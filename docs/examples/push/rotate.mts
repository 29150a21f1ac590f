// Gives every device that an earlier campaign bootstrapped new keys: node rotate.mjs EARLIER NAME
import { allPushes, type PushedDevice, runPush } from 'simboot/app';
import { withOperator } from './operator.mjs';

const [earlier = '', campaignId = ''] = process.argv.slice(2);

await withOperator(async (operator) => {
  const devices: PushedDevice[] = [];
  for await (const { state, ueId, ueIdType, address, gba } of allPushes({ ...operator, campaignId: earlier }))
    if (state === 'bootstrapped') devices.push({ ueId, ueIdType, address, gba });
  // The old keys hold until a device came with the new ones.
  const { counts } = await runPush({
    ...operator,
    campaignId,
    devices,
    signal: AbortSignal.timeout(3_600_000),
  });
  console.log(JSON.stringify(counts));
});
