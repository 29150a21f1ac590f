// A DM server that bootstraps a device itself, and asks it something in its first session: node server.mjs IMPI ADDRESS
import { readFileSync } from 'node:fs';
import { runPush, startDmServer } from 'simboot/app';
import { defineScript } from 'simboot/dm';
import { withOperator } from './operator.mjs';

const [ueId = '', address = ''] = process.argv.slice(2);
const { CERT = 'server.pem', KEY = 'server.key' } = process.env;

const describe = defineScript({
  name: 'describe',
  next(history) {
    if (history.result('device') !== undefined) return 'done';
    const clientUri = 'urn:oma:mo:oma-dm-devinfo:1.2//';
    return [{ id: 'device', command: { command: 'GET', clientUri }, idempotent: true }];
  },
});

await withOperator(async (operator) => {
  let tell = (_state: string): void => {};
  const described = new Promise<string>((done) => {
    tell = done;
  });
  const server = await startDmServer({
    store: operator.accounts,
    listen: { host: '127.0.0.1', port: 0 },
    tls: { certificates: [{ cert: readFileSync(CERT), key: readFileSync(KEY) }] },
    programs: [describe],
    onEvent(event) {
      if (event.type === 'job' && (event.state === 'done' || event.state === 'failed')) tell(event.state);
    },
  });
  const { done, failed } = await runPush({
    ...operator,
    campaignId: `server ${ueId}`,
    server: { ...operator.server, srvUri: server.urls.dm },
    devices: [{ ueId, ueIdType: 'PRIVATE', address, gba: 'GBA_ME' }],
    firstScript: { kind: 'program', name: describe.name },
    signal: AbortSignal.timeout(600_000),
  });
  console.log(
    done ? `${ueId} is bootstrapped, ${describe.name}: ${await described}` : JSON.stringify(failed),
  );
  await server.stop();
});
