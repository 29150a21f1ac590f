/** `simboot bsf start`: a small BSF with its subscribers, until it is interrupted. */
import type { Command } from 'commander';
import {
  importSubscribers,
  openBsfStore,
  type RunBsfEvent,
  runBsf,
  type SecretCells,
} from '../../src/app/index.js';
import { decodeUtf8 } from '../../src/bytes/index.js';
import { SealingKey } from '../../src/crypto/index.js';
import { UsageError } from '../../src/errors/index.js';
import type { CliContext } from '../context.js';
import { readInput } from '../files.js';
import { examples } from '../help.js';
import { SECRET_SOURCES } from '../secrets.js';
import { listenAddress, storeKeyOf } from '../server.js';

interface Options {
  readonly state: string;
  readonly store?: string;
  readonly storeKey?: string;
  readonly listen: string;
  readonly http?: boolean;
  readonly riskPlainHttp?: boolean;
  readonly cert?: string;
  readonly key?: string;
  readonly naf: readonly string[];
  readonly import?: string;
  readonly transportKey?: string;
  readonly importOnly?: boolean;
}

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('start')
    .description('run a BSF that gives push information to DM servers (TS 29.309) until it is interrupted')
    .option('--state <directory>', 'folder of the BSF: store, store key, certificates', './simboot-bsf')
    .option('--store <address>', 'another store: postgres://USER@HOST/DATABASE or sqlite:FILE')
    .option(
      '--store-key <source>',
      `64 hex digits that secrets in the store are sealed under: ${SECRET_SOURCES}`,
    )
    .option('--listen <host:port>', 'where DM servers reach it', '127.0.0.1:8444')
    .option('--http', 'plain HTTP; only on a loopback address')
    .option('--risk-plain-http', 'with --http: elsewhere too, where everybody on the way reads keys')
    .option('--cert <file>', 'certificate with its chain, PEM')
    .option('--key <source>', `private key of the certificate, PEM: ${SECRET_SOURCES}`)
    .option(
      '--naf <fqdn=source>',
      `a DM server that may ask for itself, and its password: ${SECRET_SOURCES} (repeatable)`,
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .option('--import <file>', 'subscribers to put into the store first, CSV (docs/bsf.md)')
    .option(
      '--transport-key <source>',
      `64 hex digits that secret columns are sealed under: ${SECRET_SOURCES}`,
    )
    .option('--import-only', 'end after the import')
    .action((options: Options) => run(cli, options));
  examples(command, [
    ['simboot bsf start --import subscribers.csv', 'HTTPS on 127.0.0.1:8444, everything in ./simboot-bsf'],
    [
      'simboot bsf start --listen 0.0.0.0:8444 --naf dm.example.com=@naf.txt --cert bsf.pem --key @bsf.key',
      'for a DM server elsewhere',
    ],
    [
      'simboot bsf start --import subscribers.csv --transport-key @line.key --import-only',
      'subscribers whose keys are sealed',
    ],
  ]);
}

async function run(cli: CliContext, options: Options): Promise<void> {
  const storeKey = await storeKeyOf(cli, options.storeKey);
  const nafs = new Map<string, string>();
  for (const naf of options.naf) {
    const [, fqdn, source] = /^([^=]+)=(.+)$/.exec(naf) ?? [];
    if (fqdn === undefined || source === undefined)
      throw new UsageError('USAGE_ARGUMENT', `--naf: "${naf.split('=')[0]}" is not FQDN=SOURCE`);
    nafs.set(fqdn, await cli.secrets.text(source, '--naf'));
  }
  if ((options.cert === undefined) !== (options.key === undefined))
    throw new UsageError('USAGE_ARGUMENT', '--cert and --key go together');
  const shared = {
    state: options.state,
    random: cli.random,
    ...(options.store === undefined ? {} : { store: options.store }),
    ...(storeKey === undefined ? {} : { storeKey }),
    onEvent: (event: RunBsfEvent) => show(cli, event),
  };
  if (options.import !== undefined) await importFirst(cli, options, shared);
  if (options.importOnly === true) return;
  await runBsf({
    ...shared,
    listen: listenAddress(options.listen, '--listen'),
    plainHttp: options.http ?? false,
    plainHttpRisk: options.riskPlainHttp ?? false,
    ...(options.cert === undefined || options.key === undefined
      ? {}
      : {
          certificates: [
            {
              cert: await readInput(cli, options.cert),
              key: await cli.secrets.octets(options.key, '--key'),
              where: options.cert,
            },
          ],
        }),
    nafs,
    clock: () => cli.clock.now(),
    signal: cli.signal,
  });
}

async function importFirst(
  cli: CliContext,
  { import: file = '', transportKey }: Options,
  shared: Parameters<typeof openBsfStore>[0],
): Promise<void> {
  const text = decodeUtf8(await readInput(cli, file));
  const secrets = await secretsOf(cli, transportKey);
  const stores = await openBsfStore(shared);
  try {
    const count = await importSubscribers(stores, text, secrets, file);
    if (cli.options.json) cli.out(JSON.stringify({ type: 'imported', subscribers: count }));
    else cli.out(`${count} ${count === 1 ? 'subscriber' : 'subscribers'} imported`);
  } finally {
    await stores.close();
  }
}

async function secretsOf(cli: CliContext, source: string | undefined): Promise<SecretCells> {
  if (source === undefined) {
    cli.note('without --transport-key the keys of the file are read as hex digits in the clear');
    return { clear: true };
  }
  return { sealedUnder: new SealingKey(await cli.secrets.hex(source, '--transport-key')) };
}

function show(cli: CliContext, event: RunBsfEvent): void {
  if (cli.options.json) {
    cli.out(JSON.stringify(event));
    return;
  }
  switch (event.type) {
    case 'push-info':
      cli.out(`${event.outcome === 'answered' ? '✓' : '✗'} ${event.ueId} for ${event.naf}: ${event.outcome}`);
      break;
    case 'warning':
      cli.warn(event.message);
      break;
    case 'certificate':
      cli.out(`${event.made ? 'made' : 'using'} ${event.file}, SHA-256 ${event.fingerprint256}`);
      break;
    case 'ready':
      cli.out(`BSF on ${event.url} (subscribers: ${event.subscribers}); Ctrl-C ends it`);
      break;
  }
}
