/** `simboot server queue`: a script for a device, while the server runs or before it does. */
import type { Command } from 'commander';
import { checkDevId, queueScript } from '../../src/app/index.js';
import type { NotificationAddress } from '../../src/dm/index.js';
import { UsageError } from '../../src/errors/index.js';
import { PUSH_PORT } from '../../src/net/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { addStoreOptions, listenAddress, loadScript, type StoreOptions, withStore } from '../server.js';

interface QueueOptions extends StoreOptions {
  readonly notify?: true | string;
}

export function register(parent: Command, cli: CliContext): void {
  const command = addStoreOptions(
    parent
      .command('queue')
      .description('queue a script for a device; its next session carries it out')
      .argument('<DevID>', 'the device')
      .argument('<script>', 'YAML or JSON (docs/scripts.md)'),
  )
    .option('--notify [host[:port]]', 'ask for a session now, by WAP push over UDP; the address is kept')
    .action((devId: string, path: string, options: QueueOptions) => run(cli, devId, path, options));
  examples(command, [
    [
      'simboot server queue IMEI:004999010640000 script.yaml',
      'carried out in the next session of the device',
    ],
    [
      'simboot server queue IMEI:004999010640000 script.yaml --notify 192.0.2.7',
      'and ask the device for it now',
    ],
  ]);
}

async function run(cli: CliContext, devId: string, path: string, options: QueueOptions): Promise<void> {
  const { source, program } = await loadScript(cli, path);
  if (program !== undefined) {
    throw new UsageError('USAGE_SCRIPT', 'a program runs in the server: start it with --run');
  }
  const { notify } = options;
  const address = typeof notify === 'string' ? pushAddress(notify) : undefined;
  const { jobId, notified } = await withStore(cli, options, (store) =>
    queueScript(store, checkDevId(devId), source, {
      clock: () => cli.clock.now(),
      random: cli.random,
      notify: notify !== undefined,
      signal: cli.signal,
      ...(address === undefined ? {} : { address }),
    }),
  );
  const sent = notify === undefined ? '' : `; ${notified} notification${notified === 1 ? '' : 's'} sent`;
  cli.result({ devId, jobId, notified }, () => `queued ${source.name} for ${devId} as ${jobId}${sent}`);
}

function pushAddress(text: string): NotificationAddress {
  const { host, port } = /:\d+$/.test(text)
    ? listenAddress(text, '--notify')
    : { host: text, port: PUSH_PORT };
  return { transport: 'wap-push-udp', host, port };
}
