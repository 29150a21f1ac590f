/** `simboot client run`: a device with a state folder (DM 2.0 §5, §8). */
import type { Command } from 'commander';
import {
  browserCommand,
  checkDevId,
  type DeviceEvent,
  type DevicePushOptions,
  type DeviceReport,
  deviceNetwork,
  devicePicture,
  runDevice,
  TEST_DEVICE,
} from '../../src/app/index.js';
import { fromHex } from '../../src/bytes/index.js';
import { UsageError } from '../../src/errors/index.js';
import { nafId } from '../../src/gba/index.js';
import { addPinOptions, type KeyOptions, readKeys } from '../card/options.js';
import { addSecureOptions, type SecureOptions, withSecureChannel } from '../card/secure.js';
import { type CliContext, EXIT } from '../context.js';
import { ddfDefinitions, devInfoOf, execHandlers, networkValues, pushAddress, readerOf } from '../device.js';
import { readInput } from '../files.js';
import { examples } from '../help.js';
import { eventLine, reportText } from '../render/device.js';
import { SECRET_SOURCES } from '../secrets.js';

interface RunOptions extends KeyOptions, SecureOptions {
  readonly state: string;
  readonly devId: string;
  readonly devinfo: readonly string[];
  readonly network: readonly string[];
  readonly factory?: string;
  readonly bootstrapUrl?: string;
  readonly bootstrapIdentity?: string;
  readonly bootstrapKey?: string;
  readonly session?: true | readonly string[];
  readonly ddf: readonly string[];
  readonly browser?: string;
  readonly exec: readonly string[];
  readonly listenPush?: true | string;
  readonly bootstrapPush?: boolean;
  readonly naf: readonly string[];
  readonly impi?: string;
  readonly once?: boolean;
  readonly trust?: string;
  readonly insecureHttp?: boolean;
  readonly publicOnly?: boolean;
}

export function register(parent: Command, cli: CliContext): void {
  const command = addSecureOptions(
    addPinOptions(
      parent
        .command('run')
        .description('be a device: bootstrap, open sessions, carry out the commands of servers'),
    ),
  )
    .requiredOption('--state <directory>', 'where the device keeps its tree, accounts and what is due')
    .option('--dev-id <uri>', 'who the device is, such as IMEI:004999010640000', TEST_DEVICE.DevID)
    .option('--devinfo <name=value>', 'another leaf of DevInfo, such as FwV=2.1 (repeatable)', collect, [])
    .option(
      '--network <name=value>',
      'MCC, MNC, CMCC, CMNC or SPName of ServerURIs (repeatable)',
      collect,
      [],
    )
    .option('--factory <file>', 'the factory’s bootstrap, application/dmmo+json')
    .option('--bootstrap-url <uri>', 'fetch a bootstrap there first')
    .option('--bootstrap-identity <text>', 'PSK identity for that server, where no account has one')
    .option('--bootstrap-key <source>', `its pre-shared key as hex: ${SECRET_SOURCES}`)
    .option('--session [server...]', 'open a session with these servers (SrvID), or with all')
    .option('--ddf <file>', 'definition of another management object (repeatable)', collect, [])
    .option('--browser <command>', 'program that SHOW opens; {url} is where the address goes')
    .option('--exec <node=command>', 'program that EXEC of MOID/*/path runs (repeatable)', collect, [])
    .option(
      '--listen-push [address]',
      'receive WAP pushes at [HOST:]PORT (default 0.0.0.0:2948) until interrupted',
    )
    .option('--bootstrap-push', 'with --listen-push: take pushed bootstraps, with the USIM in --reader')
    .option(
      '--naf <fqdn=hex>',
      'a DM server that may push, and its Ua security protocol identifier (repeatable)',
      collect,
      [],
    )
    .option('--impi <identity>', 'private identity of the subscriber; default: from the USIM')
    .option('--once', 'with --listen-push: end after the first session that a push brought about')
    .option('--trust <file>', 'authorities for the certificates of servers, PEM; default: those of Node')
    .option('--insecure-http', 'allow sessions without TLS: for tests')
    .option('--public-only', 'reach no loopback, private or link-local address')
    .action((options: RunOptions) => run(cli, options));
  examples(command, [
    [
      'simboot client run --state device --reader 0',
      'bootstrap from the card in the first reader, and its sessions',
    ],
    ['simboot client run --state device --session', 'a session with every server the device knows'],
    [
      'simboot client run --state device --reader sim:uicc-personalized --json',
      'a simulated card; every event a line of JSON',
    ],
    [
      'simboot client run --state device --reader 0 --listen-push --bootstrap-push --naf dm.example.com=03ff000001',
      'an empty device that a server will bootstrap by a push',
    ],
    [
      "simboot client run --state device --listen-push --browser 'chromium --app={url}'",
      'wait for notifications',
    ],
  ]);
}

async function run(cli: CliContext, options: RunOptions): Promise<void> {
  const keys = await readKeys(cli, options);
  const { trust, factory } = options;
  const bootstrapCredentials = await bootstrapPsk(cli, options);
  const anchors = trust === undefined ? undefined : await readInput(cli, trust);
  const setup = {
    stateFolder: options.state,
    devInfo: devInfoOf(checkDevId(options.devId), options.devinfo),
    networkValues: networkValues(options.network),
    definitions: await ddfDefinitions(cli, options.ddf),
    exec: execHandlers(options.exec),
    policy: { plainHttpSessions: options.insecureHttp ?? false },
    ...(factory === undefined ? {} : { factory: await readInput(cli, factory) }),
    ...(options.browser === undefined ? {} : { browser: browserCommand(options.browser) }),
    ...(options.bootstrapUrl === undefined ? {} : { bootstrapUrl: options.bootstrapUrl }),
    ...(options.session === undefined
      ? {}
      : { sessions: options.session === true ? ('all' as const) : options.session }),
    ...(options.listenPush === undefined ? {} : { push: pushAddress(options.listenPush) }),
    ...(bootstrapCredentials === undefined ? {} : { bootstrapCredentials }),
    ...(options.bootstrapPush === true ? { bootstrapPushes: devicePushes(options) } : {}),
    once: options.once ?? false,
  };
  if (options.once && options.listenPush === undefined) {
    throw new UsageError('USAGE_ARGUMENT', '--once is for --listen-push; without it a run ends by itself');
  }
  if (
    options.bootstrapPush === true &&
    (options.listenPush === undefined || cli.options.reader === undefined)
  ) {
    throw new UsageError('USAGE_ARGUMENT', '--bootstrap-push needs --listen-push, and --reader for the USIM');
  }
  await withSecureChannel(cli, options, keys, async (keysOn) => {
    const events: DeviceEvent[] = [];
    const report = await runDevice({
      ...setup,
      clock: () => cli.clock.now(),
      random: cli.random,
      network: deviceNetwork({
        ...(anchors === undefined ? {} : { trust: { anchors } }),
        policy: { forbidPrivate: options.publicOnly ?? false },
      }),
      ...(cli.options.reader === undefined
        ? {}
        : { card: { open: () => readerOf(cli), mode: cli.options.mode, keysOn } }),
      onEvent: (event) => {
        events.push(event);
        show(cli, event);
      },
      onListening: ({ host, port }) =>
        tell(cli, { type: 'listening', host, port }, `waiting for pushes at ${host}:${port}`),
      signal: cli.signal,
    });
    conclude(cli, report, events);
  });
}

function devicePushes({ naf, impi }: RunOptions): DevicePushOptions {
  const nafIds = naf.map((text) => {
    const [, fqdn, hex] = /^([^=]+)=([0-9a-fA-F]{10})$/.exec(text) ?? [];
    if (fqdn === undefined || hex === undefined)
      throw new UsageError('USAGE_ARGUMENT', `--naf: "${text}" is not FQDN=HEX with five octets`);
    return nafId(fqdn, fromHex(hex));
  });
  return { ...(nafIds.length === 0 ? {} : { nafIds }), ...(impi === undefined ? {} : { impi }) };
}

async function bootstrapPsk(cli: CliContext, { bootstrapIdentity, bootstrapKey }: RunOptions) {
  if (bootstrapIdentity === undefined && bootstrapKey === undefined) return undefined;
  if (bootstrapIdentity === undefined || bootstrapKey === undefined) {
    throw new UsageError('USAGE_ARGUMENT', '--bootstrap-identity and --bootstrap-key go together');
  }
  const key = await cli.secrets.hex(bootstrapKey, '--bootstrap-key');
  return { kind: 'psk', identity: bootstrapIdentity, key } as const;
}

function show(cli: CliContext, event: DeviceEvent): void {
  const line = eventLine(event, cli.colours);
  if (cli.options.json || line !== undefined) tell(cli, event, line ?? '');
}

/** With --json each event is a line of its own (NDJSON), the report the last one. */
function tell(cli: CliContext, event: object, text: string): void {
  cli.out(cli.options.json ? JSON.stringify(event) : text);
}

function conclude(cli: CliContext, report: DeviceReport, events: readonly DeviceEvent[]): void {
  const picture = cli.options.json ? '' : devicePicture(events, cli.width);
  if (picture !== '') cli.out(`\n${picture}\n`);
  tell(cli, { type: 'report', ...report }, reportText(report, cli.colours));
  if (report.cardRead === false || report.sessions.some(({ ended }) => !ended)) cli.finish(EXIT.SOME_FAILED);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
