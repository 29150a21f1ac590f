/** Applications on the device, which are management authorities of their own (DM 2.0 §5.3.10, §10). */

import { encodeUtf8 } from '../../bytes/index.js';
import { SimbootError } from '../../errors/index.js';
import { canonicalMoid, storeLeafValue } from '../../mo/index.js';
import { type ManagementAuthority, maid, permissionGroups, READ, withPermissions } from '../access/index.js';
import { MEDIA_TYPES } from '../packages/index.js';
import type { ClientAction } from './actions.js';
import { removeNodes } from './commands/delete.js';
import { afterTreeChange } from './consequences.js';
import type { HttpAnswer } from './environment.js';
import type { LocalWrite } from './events.js';
import { accept, fetchAction, placeFor, storeAll, storeFetched, storeStatus } from './fetch.js';
import { objectsOf, readNodes } from './nodes.js';
import type { CommandResult, OpenRequest } from './running.js';
import { serverAddress } from './server-uri.js';
import type { Turn } from './turn.js';

type LocalAnswer = Extract<ClientAction, { type: 'local-answer' }>;

const app = (appId: string): ManagementAuthority => ({ kind: 'app', appId });

/** Reads what the application may see. */
export function localRead(turn: Turn, id: string, appId: string, clientUri: string): void {
  const reading = readNodes(turn, app(appId), clientUri);
  const objects = reading.sc === 200 ? { objects: objectsOf(turn, app(appId), reading.sources) } : {};
  turn.act({ type: 'local-answer', id, status: reading.sc, ...objects });
}

/** Writes as HGET and DELETE do, under the rights of the application. */
export function localWrite(turn: Turn, id: string, appId: string, write: LocalWrite): void {
  const { sc, uris } = writeAs(turn, app(appId), write);
  const answer: LocalAnswer = { type: 'local-answer', id, status: sc };
  turn.act(uris === undefined ? answer : { ...answer, uris });
}

function writeAs(turn: Turn, authority: ManagementAuthority, write: LocalWrite): CommandResult {
  try {
    if (write.kind === 'delete') return { sc: removeNodes(turn, authority, write.clientUri) };
    if (write.kind === 'objects') return accept(turn, authority, storeAll(turn, write.objects), true);
    const place = placeFor(turn, write.clientUri);
    if ('sc' in place) return place;
    const { tree } = turn.state;
    const octets = encodeUtf8(write.value);
    const { moid, miid = '', path } = place.place;
    const { definitions, limits } = turn.env;
    const ref = { moid, miid, path };
    const stored = storeLeafValue(tree, ref, octets, MEDIA_TYPES.text, definitions, limits.tree);
    return accept(turn, authority, stored, false);
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    turn.note('info', error.code, `an application cannot write: ${error.message}`);
    const sc = storeStatus(error);
    return { sc: sc === 415 ? 400 : sc };
  }
}

/** The configuration of a MOID: what is in the tree, or what the address of its DEFAULT gives (§5.3.10). */
export function localRequest(turn: Turn, id: string, appId: string, text: string): void {
  const moid = canonicalMoid(text);
  if (turn.state.tree.instancesOf(moid).size > 0) {
    localRead(turn, id, appId, `${moid}/*/`);
    return;
  }
  const address = turn.state.defaults.get(moid);
  const url = address === undefined ? undefined : serverAddress(address.serverUri, turn.state, turn.env);
  if (address === undefined || url === undefined || 'sc' in url) {
    turn.act({ type: 'local-answer', id, status: 404 });
    return;
  }
  const { serverId } = address;
  fetchAction(turn, serverId, url.url, { for: 'default', moid, serverId, appId, localId: id });
}

/** What DEFAULT fetched is the server's, and the application that asked for it may read it. No server is told. */
export function onDefaultAnswer(
  turn: Turn,
  { moid, serverId, appId, localId }: Extract<OpenRequest, { for: 'default' }>,
  answer: HttpAnswer,
): void {
  const authority: ManagementAuthority = { kind: 'server', serverId };
  const before = new Set(turn.state.tree.instancesOf(moid).keys());
  const { sc } =
    answer.kind === 'response' && answer.status === 200
      ? storeFetched(turn, authority, answer, undefined)
      : { sc: 419 };
  const created = [...turn.state.tree.instancesOf(moid).keys()].filter((miid) => !before.has(miid));
  if (created.length === 0) {
    turn.act({ type: 'local-answer', id: localId, status: sc === 200 ? 404 : sc });
    return;
  }
  const permission = { maid: maid(app(appId)), rights: READ };
  const tree = created.reduce((next, miid) => {
    const [whole, ...parts] = permissionGroups(next, moid, miid);
    const permissions = [...(whole?.permissions ?? []), permission];
    return withPermissions(next, { moid, miid }, [{ path: [], permissions }, ...parts]);
  }, turn.state.tree);
  if (turn.env.policy.accessControl) afterTreeChange(turn, tree);
  localRead(turn, localId, appId, `${moid}/*/`);
}
