/** The accounts of the device and what a session takes from them (DM 2.0 §12.2). */
import { DMACC, decodeBase64, type MoInstance } from '../../mo/index.js';
import type { ClientState } from './client-state.js';
import type { CredentialsRef } from './environment.js';
import type { Account } from './kept.js';

/** An account with its DMAcc. */
export interface AccountInUse {
  readonly miid: string;
  readonly account: Account;
  readonly instance: MoInstance;
}

/** The account of a server, or undefined where the device has none. */
export function findAccount(state: ClientState, srvId: string): AccountInUse | undefined {
  return allAccounts(state).find(({ account }) => account.srvId === srvId);
}

/** Every account whose DMAcc is in the tree. */
export function allAccounts(state: ClientState): AccountInUse[] {
  return [...state.accounts].flatMap(([miid, account]) => {
    const instance = state.tree.instance(DMACC.moid, miid);
    return instance === undefined ? [] : [{ miid, account, instance }];
  });
}

/** The text of a leaf of a DMAcc, or undefined. */
export function textOf({ instance }: Pick<AccountInUse, 'instance'>, ...path: string[]): string | undefined {
  let node: MoInstance['root'] | ReturnType<MoInstance['root']['children']['get']> = instance.root;
  for (const name of path) node = node?.kind === 'interior' ? node.children.get(name) : undefined;
  return node?.kind === 'leaf' && typeof node.value === 'string' ? node.value : undefined;
}

/** The octets of a bin leaf of a DMAcc, or undefined. */
export function octetsOf(account: Pick<AccountInUse, 'instance'>, ...path: string[]): Uint8Array | undefined {
  const text = textOf(account, ...path);
  return text === undefined ? undefined : decodeBase64(text);
}

/** Scheme, host and port of a URL, or undefined where it has none. */
function originOf(url: string): string | undefined {
  try {
    const { origin } = new URL(url);
    return origin === 'null' ? undefined : origin;
  } catch {
    return undefined;
  }
}

/**
 * The credentials that may go with a request to `url`: those of `srvId`, and only where the URL has the origin of its
 * SrvURI. Nothing else ever makes credentials go out (docs/decisions/credentials-stay-at-home.md).
 */
export function credentialsFor(state: ClientState, srvId: string, url: string): CredentialsRef | undefined {
  const account = findAccount(state, srvId);
  const home = account === undefined ? undefined : originOf(textOf(account, 'SrvURI') ?? '');
  return home !== undefined && home === originOf(url) ? { srvId, which: 'trsp' } : undefined;
}

/** The credentials of the account whose bootstrap server has the origin of `url` (§12.2 Auth/Bootstrap). */
export function bootstrapCredentialsFor(state: ClientState, url: string): CredentialsRef | undefined {
  const origin = originOf(url);
  const found = allAccounts(state).find((account) => {
    const server = textOf(account, 'Auth', 'Bootstrap', 'ServerURI');
    return origin !== undefined && server !== undefined && originOf(server) === origin;
  });
  return found === undefined ? undefined : { srvId: found.account.srvId, which: 'bootstrap' };
}
