/** What `bootstrap push` takes from its options, and what it opens. */
import { resolve } from 'node:path';
import {
  bsfClient,
  importRefused,
  type PushAnswer,
  type PushedDevice,
  parsePushTarget,
  pushBearer,
  type RunPushOptions,
  readPushAnswers,
  readPushDevices,
} from '../src/app/index.js';
import { decodeUtf8, fromHex } from '../src/bytes/index.js';
import type { ScriptSource } from '../src/dm/index.js';
import { UsageError } from '../src/errors/index.js';
import { DEFAULT_CAMPAIGN_POLICY, type DmKeyLabel } from '../src/gba/index.js';
import { HttpClient, type SendOptions, SmscClient, type SmscOptions } from '../src/net/index.js';
import { openPushStore, type PushStores } from '../src/store/index.js';
import { bsfSendOptions } from './bsf.js';
import type { CliContext } from './context.js';
import { readInput } from './files.js';
import { loadScript, type StoreOptions, storeKeyOf, withStore } from './server.js';

export interface PushCommandOptions extends StoreOptions {
  readonly campaign: string;
  readonly ueId?: string;
  readonly address?: string;
  readonly gba: 'me' | 'u';
  readonly bsf?: string;
  readonly password?: string;
  readonly trust?: string;
  readonly nafFqdn?: string;
  readonly uaId?: string;
  readonly serverId?: string;
  readonly serverUri?: string;
  readonly name?: string;
  readonly perm?: readonly string[];
  readonly label: DmKeyLabel;
  readonly smsc?: string;
  readonly smscUser?: string;
  readonly smscPassword?: string;
  readonly sender?: string;
  readonly pushTrust?: string;
  readonly attempts: string;
  readonly firstWait: string;
  readonly life: string;
  readonly parallel: string;
  readonly wait: boolean;
  readonly answers?: string;
  readonly firstScript?: string;
  readonly status?: boolean;
}

type Needed = 'bsf' | 'nafFqdn' | 'uaId' | 'serverId' | 'serverUri';
type Settings = Pick<RunPushOptions, 'server' | 'naf' | 'policy' | 'parallel' | 'label' | 'firstScript'> & {
  readonly bsf: string;
  readonly bsfSend: SendOptions;
  readonly pushSend: SendOptions;
  readonly smsc?: SmscOptions;
};

/** The devices of the file, or the one that options name. */
export async function devicesOf(
  cli: CliContext,
  file: string | undefined,
  { ueId, address, gba }: PushCommandOptions,
): Promise<readonly PushedDevice[]> {
  if ((ueId === undefined) !== (address === undefined))
    throw new UsageError('USAGE_ARGUMENT', '--ue-id and --address go together');
  if (file !== undefined && ueId !== undefined)
    throw new UsageError('USAGE_ARGUMENT', 'a file, or --ue-id and --address');
  if (ueId !== undefined && address !== undefined) {
    parsePushTarget(address);
    const line = JSON.stringify({ ue_id: ueId, address });
    const { devices, findings } = readPushDevices(line, gba);
    if (findings[0] !== undefined) throw new UsageError('USAGE_ARGUMENT', `--ue-id: ${findings[0].message}`);
    return devices;
  }
  if (file === undefined) return [];
  const { devices, findings } = readPushDevices(decodeUtf8(await readInput(cli, file)), gba);
  if (findings.length > 0)
    throw importRefused(
      file === '-' ? 'standard input' : file,
      findings,
      'nothing was queued',
      'Correct the rows and columns in the message; docs/push.md lists the columns.',
    );
  if (devices.length === 0) throw new UsageError('USAGE_ARGUMENT', `${file} names no device`);
  return devices;
}

/** What devices answered whose SIM was ahead. */
export async function answersOf(
  cli: CliContext,
  { answers: file }: PushCommandOptions,
): Promise<readonly PushAnswer[]> {
  if (file === undefined) return [];
  const { answers, findings } = readPushAnswers(decodeUtf8(await readInput(cli, file)));
  if (findings.length > 0)
    throw importRefused(
      file === '-' ? 'standard input' : file,
      findings,
      'no answer was taken',
      'Correct the rows and columns in the message; docs/push.md tells of answers.',
    );
  return answers;
}

/** Everything but stores and connections, checked before anything is opened. */
export async function campaignOf(cli: CliContext, options: PushCommandOptions): Promise<Settings> {
  const nafFqdn = needed(options, 'nafFqdn', '--naf-fqdn');
  const uaId = fromHex(needed(options, 'uaId', '--ua-id'));
  if (uaId.length !== 5) throw new UsageError('USAGE_ARGUMENT', '--ua-id has five octets');
  const srvId = needed(options, 'serverId', '--server-id');
  const { pushTrust, perm, label } = options;
  const bsf = needed(options, 'bsf', '--bsf');
  const smsc = await smscOf(cli, options);
  const firstScript = await firstScriptOf(cli, options);
  const firstWaitMs = 1000 * whole(options.firstWait, '--first-wait', 86_400);
  return {
    bsf,
    bsfSend: await bsfSendOptions(cli, { ...options, nafFqdn }),
    pushSend: pushTrust === undefined ? {} : { trust: { anchors: await readInput(cli, pushTrust) } },
    server: {
      srvId,
      srvUri: needed(options, 'serverUri', '--server-uri'),
      name: options.name ?? srvId,
      ...(perm === undefined ? {} : { perm }),
    },
    naf: { fqdn: nafFqdn, uaId },
    label,
    policy: {
      attempts: whole(options.attempts, '--attempts', 100),
      firstWaitMs,
      // What a process that died had in work is due again no later than a push that nobody answered.
      leaseMs: Math.min(firstWaitMs, DEFAULT_CAMPAIGN_POLICY.leaseMs),
      lifeMs: 1000 * whole(options.life, '--life', 31_536_000),
    },
    parallel: whole(options.parallel, '--parallel', 1024),
    ...(smsc === undefined ? {} : { smsc }),
    ...(firstScript === undefined ? {} : { firstScript }),
  };
}

async function firstScriptOf(
  cli: CliContext,
  { firstScript: path }: PushCommandOptions,
): Promise<ScriptSource | undefined> {
  if (path === undefined) return undefined;
  const { source, program } = await loadScript(cli, path);
  if (program === undefined) return source;
  throw new UsageError('USAGE_SCRIPT', 'a program runs in the server: --first-script takes YAML or JSON');
}

function needed(options: PushCommandOptions, name: Needed, option: string): string {
  const value = options[name];
  if (value === undefined || value === '')
    throw new UsageError('USAGE_ARGUMENT', `${option} is needed, unless --status only shows a campaign`);
  return value;
}

function whole(text: string, option: string, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= most) return number;
  throw new UsageError('USAGE_ARGUMENT', `${option} is a number from 1 to ${most}`);
}

async function smscOf(
  cli: CliContext,
  { smsc: url, smscUser: systemId, smscPassword, sender: source }: PushCommandOptions,
): Promise<SmscOptions | undefined> {
  if (url === undefined) return undefined;
  if (systemId === undefined || smscPassword === undefined)
    throw new UsageError('USAGE_ARGUMENT', '--smsc needs --smsc-user and --smsc-password');
  const password = await cli.secrets.text(smscPassword, '--smsc-password');
  return { url, systemId, password, ...(source === undefined ? {} : { source }) };
}

/** Opens stores and connections for the time of `use`. */
export async function withCampaign<T>(
  cli: CliContext,
  options: PushCommandOptions,
  { bsf, bsfSend, pushSend, smsc, ...settings }: Settings,
  use: (campaign: Omit<RunPushOptions, 'signal' | 'onEvent'>) => Promise<T>,
): Promise<T> {
  const http = new HttpClient({ clock: () => cli.clock.now() });
  let delivered = (_address: string): void => {};
  let centre: SmscClient | undefined;
  try {
    centre =
      smsc && (await SmscClient.connect({ ...smsc, onDelivered: (number) => delivered(`sms:${number}`) }));
    const sms = centre?.send.bind(centre);
    const bearer = pushBearer({ tls: { http, send: pushSend }, ...(sms === undefined ? {} : { sms }) });
    return await withStore(cli, options, (accounts) =>
      withPushStore(cli, options, (pushes) =>
        use({
          ...settings,
          campaignId: options.campaign,
          pushes,
          accounts,
          source: bsfClient({ apiRoot: bsf, http, send: bsfSend }),
          bearer,
          clock: () => cli.clock.now(),
          random: cli.random,
          listen(tell) {
            delivered = tell;
          },
        }),
      ),
    );
  } finally {
    await centre?.close();
    http.close();
  }
}

/** The campaigns of the store that the options name, for the time of `use`. */
export async function withPushStore<T>(
  cli: CliContext,
  { state, store, storeKey }: StoreOptions,
  use: (pushes: PushStores) => Promise<T>,
): Promise<T> {
  const key = await storeKeyOf(cli, storeKey);
  const pushes = await openPushStore(store ?? `sqlite:${resolve(state, 'server.db')}`, {
    ...(key === undefined ? {} : { key }),
    random: cli.random,
  });
  try {
    return await use(pushes);
  } finally {
    await pushes.close();
  }
}
