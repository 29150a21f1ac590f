/** ServerURIs as commands have them (DM 2.0 §6.2): parameters filled in, and the address judged. */
import { DEVINFO } from '../../mo/index.js';
import { expandServerUri } from '../uri/index.js';
import type { ClientState } from './client-state.js';
import type { ClientEnvironment } from './environment.js';

/** An absolute http or https URL, or the status of the command that has something else. */
export type ServerAddress = { readonly url: string } | { readonly sc: 400 | 501 };

/**
 * The URL of a ServerURI: 400 where it is malformed, 501 for a scheme that this client does not speak.
 */
export function serverAddress(text: string, state: ClientState, env: ClientEnvironment): ServerAddress {
  const { MNC, MCC, CMNC, CMCC, SPName } = env.serverUriValues;
  let url: URL;
  try {
    url = new URL(expandServerUri(text, { DevID: deviceId(state), MNC, MCC, CMNC, CMCC, SPName }));
  } catch {
    return { sc: 400 };
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { sc: 501 };
  if (url.username !== '' || url.password !== '') return { sc: 400 };
  url.hash = '';
  return { url: url.href };
}

/** DevInfo/DevID (§12.1); undefined while the tree has no DevInfo. */
export function deviceId(state: ClientState): string | undefined {
  for (const { miid } of state.tree.instancesOf(DEVINFO.moid).values()) {
    const node = state.tree.node({ moid: DEVINFO.moid, miid, path: ['DevID'] });
    if (node?.kind === 'leaf' && typeof node.value === 'string') return node.value;
  }
  return undefined;
}
