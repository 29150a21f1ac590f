/** `simboot server start`: a DM server with its store, until it is interrupted. */
import type { Command } from 'commander';
import { type RunServerEvent, runServer } from '../../src/app/index.js';
import { UsageError } from '../../src/errors/index.js';
import type { CliContext } from '../context.js';
import { readInput } from '../files.js';
import { examples } from '../help.js';
import { ServerView } from '../render/server.js';
import { SECRET_SOURCES } from '../secrets.js';
import { addStoreOptions, listenAddress, loadScript, type StoreOptions, storeKeyOf } from '../server.js';

interface StartOptions extends StoreOptions {
  readonly listen: string;
  readonly http?: boolean;
  readonly riskPlainHttp?: boolean;
  readonly cert: readonly string[];
  readonly key: readonly string[];
  readonly clientCa?: string;
  readonly legacyTls?: string;
  readonly publicUrl?: string;
  readonly serverId?: string;
  readonly run: readonly string[];
  readonly device: string;
  readonly ddfFrom: readonly string[];
  readonly fcmAccount?: string;
  readonly fcmEndpoint?: string;
}

export function register(parent: Command, cli: CliContext): void {
  const command = addStoreOptions(
    parent.command('start').description('run a DM server until it is interrupted'),
  )
    .option('--listen <host:port>', 'where devices reach it', '127.0.0.1:8443')
    .option('--http', 'plain HTTP; only on a loopback address')
    .option('--risk-plain-http', 'with --http: elsewhere too, where everybody on the way reads along')
    .option('--cert <file>', 'certificate with its chain, PEM (repeatable: one RSA, one EC)', collect, [])
    .option(
      '--key <source>',
      `private key of the certificate, PEM: ${SECRET_SOURCES} (repeatable)`,
      collect,
      [],
    )
    .option('--client-ca <file>', 'authorities of client certificates, PEM')
    .option('--legacy-tls <host:port>', 'a second listener that takes TLS 1.0 and 1.1 too')
    .option('--public-url <url>', 'how devices reach it, where that is not --listen')
    .option('--server-id <id>', 'SERVER-ID for accounts that have none')
    .option('--run <script>', 'queue a script: YAML, JSON or JavaScript (repeatable)', collect, [])
    .option('--device <DevID>', 'for whom --run is: a DevID, or all', 'all')
    .option(
      '--ddf-from <url>',
      'fetch device descriptions that start with this address (repeatable)',
      collect,
      [],
    )
    .option('--fcm-account <source>', `JSON file of a service account, to notify by FCM: ${SECRET_SOURCES}`)
    .option('--fcm-endpoint <url>', 'base address of FCM, where it is not Google’s')
    .action((options: StartOptions) => start(cli, options));
  examples(command, [
    ['simboot server start', 'HTTPS on 127.0.0.1:8443, everything in ./simboot-server'],
    [
      'simboot server start --run script.yaml --device all -v',
      'a script for every device, and pictures of sessions',
    ],
    ['simboot server start --listen 0.0.0.0:443 --cert dm.pem --key @dm.key', 'with a certificate of yours'],
    [
      'simboot server start --http --listen 127.0.0.1:8080 --json',
      'plain HTTP on this machine; a line of JSON an event',
    ],
    ['simboot server start --store postgres://dm@db/dm --store-key env:STORE_KEY', 'the store in PostgreSQL'],
  ]);
}

async function start(cli: CliContext, options: StartOptions): Promise<void> {
  const key = await storeKeyOf(cli, options.storeKey);
  const certificates = await certificatesOf(cli, options);
  const scripts = await Promise.all(options.run.map((path) => loadScript(cli, path)));
  const programs = scripts.flatMap(({ program }) => program ?? []);
  const view = new ServerView(cli.colours, cli.width, cli.options.verbose);
  await runServer({
    state: options.state,
    listen: listenAddress(options.listen, '--listen'),
    plainHttp: options.http ?? false,
    plainHttpRisk: options.riskPlainHttp ?? false,
    scripts: scripts.map(({ source }) => ({ script: source, device: options.device })),
    programs,
    ddfFrom: options.ddfFrom,
    clock: () => cli.clock.now(),
    random: cli.random,
    signal: cli.signal,
    ...(key === undefined ? {} : { storeKey: key }),
    ...(options.store === undefined ? {} : { store: options.store }),
    ...(certificates.length === 0 ? {} : { certificates }),
    ...(options.clientCa === undefined ? {} : { clientCa: await readInput(cli, options.clientCa) }),
    ...(options.legacyTls === undefined
      ? {}
      : { legacyListen: listenAddress(options.legacyTls, '--legacy-tls') }),
    ...(options.publicUrl === undefined ? {} : { publicUrl: publicUrl(options.publicUrl) }),
    ...(options.serverId === undefined ? {} : { srvId: options.serverId }),
    ...(await fcmOf(cli, options)),
    onEvent: (event) => show(cli, view, event),
  });
}

function show(cli: CliContext, view: ServerView, event: RunServerEvent): void {
  if (cli.options.json) cli.out(JSON.stringify(withReason(event)));
  else for (const line of view.lines(event)) cli.out(line);
}

/** An Error has no members that JSON shows. */
function withReason(event: RunServerEvent): object {
  if (event.type !== 'failed') return event;
  const { error, ...rest } = event;
  return { ...rest, reason: error instanceof Error ? error.message : 'unknown reason' };
}

async function certificatesOf(cli: CliContext, { cert, key }: StartOptions) {
  if (cert.length !== key.length) {
    throw new UsageError('USAGE_ARGUMENT', '--cert and --key go together, as often as one another');
  }
  const certificates = [];
  for (const [index, path] of cert.entries()) {
    certificates.push({
      cert: await readInput(cli, path),
      key: await cli.secrets.octets(key[index]!, '--key'),
      where: path,
    });
  }
  return certificates;
}

async function fcmOf(cli: CliContext, { fcmAccount, fcmEndpoint }: StartOptions) {
  if (fcmAccount === undefined) {
    if (fcmEndpoint === undefined) return {};
    throw new UsageError('USAGE_ARGUMENT', '--fcm-endpoint is for --fcm-account');
  }
  const account = await cli.secrets.octets(fcmAccount, '--fcm-account');
  return { fcm: { account, ...(fcmEndpoint === undefined ? {} : { endpoint: fcmEndpoint }) } };
}

function publicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '')
    return text;
  throw new UsageError(
    'USAGE_ARGUMENT',
    `--public-url: "${text}" is no address such as https://dm.example.com`,
  );
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
