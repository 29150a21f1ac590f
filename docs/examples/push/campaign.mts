// Bootstraps the devices of a CSV; run again after a crash, it goes on: node campaign.mjs NAME FILE
import { readFileSync } from 'node:fs';
import { readPushDevices, runPush } from 'simboot/app';
import { withOperator } from './operator.mjs';

const [campaignId = '', file = ''] = process.argv.slice(2);
const { devices, findings } = readPushDevices(readFileSync(file, 'utf8'));
for (const { row, column = '', message } of findings) console.error(`row ${row} ${column}: ${message}`);
if (findings.length > 0) process.exit(2);

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

await withOperator(async (operator) => {
  const { counts, failed } = await runPush({
    ...operator,
    campaignId,
    devices,
    signal: stop.signal,
    onEvent(event) {
      if (event.type === 'changed') console.error(event.record.ueId, event.record.state);
    },
  });
  console.log(JSON.stringify({ counts, failed }));
});
