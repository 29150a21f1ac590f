/** A BSF from its options to its end: what `simboot bsf start` runs. */
import { join } from 'node:path';
import { SecurityError } from '../../errors/index.js';
import { basicAuthenticator, digestAuthenticator, serveHttp, type TlsCertificate } from '../../net/index.js';
import { openPushStore, type PushStores } from '../../store/index.js';
import {
  certificatesOfFolder,
  importRefused,
  isLoopback,
  type ListenAddress,
  prepareFolder,
  requireQuietPlace,
  type SecretCells,
  untilAborted,
} from '../server/index.js';
import { type BsfEvent, bsfService } from './service.js';
import { readSubscribers } from './subscribers-file.js';

export interface RunBsfOptions {
  /** Folder with store, store key and certificates; made where it is missing. */
  readonly state: string;
  /** Another store than that of the folder. */
  readonly store?: string;
  /** 32 octets. */
  readonly storeKey?: Uint8Array;
  readonly listen: ListenAddress;
  /** HTTP without TLS; elsewhere than on a loopback address only with `plainHttpRisk`. */
  readonly plainHttp?: boolean;
  readonly plainHttpRisk?: boolean;
  /** Made in the folder, self-signed, where there are none. */
  readonly certificates?: readonly TlsCertificate[];
  /** Passwords of NAFs by FQDN. Without any, everybody on a loopback address may ask, and nobody elsewhere. */
  readonly nafs: ReadonlyMap<string, string>;
  /** Longest life of a security association, in seconds. */
  readonly longestLife?: number;
  readonly clock: () => Date;
  readonly random: (octets: number) => Uint8Array;
  /** Ends the BSF. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunBsfEvent) => void;
}

export type RunBsfEvent =
  | ({ readonly type: 'push-info' } & BsfEvent)
  | { readonly type: 'warning'; readonly message: string }
  | {
      readonly type: 'certificate';
      readonly file: string;
      readonly fingerprint256: string;
      readonly made: boolean;
    }
  | { readonly type: 'ready'; readonly url: string; readonly subscribers: string };

const REALM = 'BSF';
const NONCE_KEY = 32;

/**
 * Runs a BSF until the signal.
 *
 * @throws UsageError `USAGE_ARGUMENT`, SecurityError `SECURITY_BSF_OPEN` for an address where everybody could ask; and
 *   what `openPushStore` and `serveHttp` throw
 */
export async function runBsf(options: RunBsfOptions): Promise<void> {
  const { listen, clock, random, onEvent, nafs, longestLife } = options;
  if (options.plainHttp === true) requireQuietPlace(listen, options.plainHttpRisk === true);
  if (nafs.size === 0 && !isLoopback(listen.host))
    throw new SecurityError(
      'SECURITY_BSF_OPEN',
      `on ${listen.host} anybody could ask for keys of subscribers`,
      {
        details: { host: listen.host },
      },
    );
  const stores = await openBsfStore(options);
  try {
    const lookup = (user: string) => {
      const password = nafs.get(user);
      return password === undefined ? undefined : { password };
    };
    const authenticators = [
      digestAuthenticator({ realm: REALM, lookup, nonceSecret: random(NONCE_KEY), clock }),
      basicAuthenticator({ realm: REALM, lookup, withoutTls: isLoopback(listen.host) }),
    ];
    const running = await serveHttp({
      handler: bsfService({
        subscribers: stores,
        clock,
        random,
        ...(longestLife === undefined ? {} : { longestLife }),
        ...(nafs.size === 0 ? {} : { authenticators }),
        onEvent: (event) => onEvent({ type: 'push-info', ...event }),
      }),
      listen,
      ...(options.plainHttp === true ? {} : { tls: { certificates: await certificates(options) } }),
      clock,
    });
    try {
      const [first] = await stores.subscribers({ limit: 1 });
      const known = first === undefined ? 'none yet: import some' : 'in the store';
      onEvent({ type: 'ready', url: running.url, subscribers: known });
      await untilAborted(options.signal);
    } finally {
      await running.close();
    }
  } finally {
    await stores.close();
  }
}

/** The store of a BSF: its folder's, or the one that is named. */
export async function openBsfStore(
  options: Pick<RunBsfOptions, 'state' | 'store' | 'storeKey' | 'random'> & {
    readonly onEvent: (event: RunBsfEvent) => void;
  },
): Promise<PushStores> {
  const { state, store, storeKey, random, onEvent } = options;
  if (store === undefined) await prepareFolder(state);
  return openPushStore(store ?? `sqlite:${join(state, 'bsf.db')}`, {
    ...(storeKey === undefined ? {} : { key: storeKey }),
    random,
    onNote: (message) => onEvent({ type: 'warning', message }),
  });
}

/**
 * Puts the subscribers of a file into a store: all or none.
 *
 * @returns how many
 * @throws DataError `DATA_IMPORT` with every row and column
 */
export async function importSubscribers(
  stores: PushStores,
  text: string,
  secrets: SecretCells,
  where: string,
): Promise<number> {
  const { subscribers, findings } = readSubscribers(text, secrets);
  if (findings.length > 0) throw importRefused(where, findings);
  await stores.putSubscribers(subscribers);
  return subscribers.length;
}

async function certificates(options: RunBsfOptions): Promise<readonly TlsCertificate[]> {
  if (options.certificates !== undefined) return options.certificates;
  const found = await certificatesOfFolder(options);
  for (const { where = '', fingerprint256, made } of found)
    options.onEvent({ type: 'certificate', file: where, fingerprint256, made });
  return found;
}
