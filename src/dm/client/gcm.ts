/** Registration for push with the servers that ask for it (DM 2.0 E.2.3). */
import { encodePushRegistration } from '../notification/index.js';
import { MEDIA_TYPES } from '../packages/index.js';
import { type AccountInUse, allAccounts, credentialsFor, textOf } from './accounts.js';
import type { HttpAnswer } from './environment.js';
import { serverAddress } from './server-uri.js';
import { type Turn, withEntry } from './turn.js';

/** Tells every server with a GCM node, or one of them, that the device has an identifier, or has it no longer. */
export function sendRegistration(
  turn: Turn,
  which: 'RegURI' | 'UnRegURI',
  regId: string,
  serverId: string | undefined,
): void {
  if (regId === '') {
    turn.note('warning', 'GCM_NO_ID', 'the push service gave an empty identifier');
    return;
  }
  for (const account of allAccounts(turn.state)) {
    if (serverId !== undefined && account.account.srvId !== serverId) continue;
    const uri = textOf(account, 'Push', 'GCM', which);
    if (uri !== undefined) post(turn, account, uri, regId);
  }
}

function post(turn: Turn, account: AccountInUse, uri: string, regId: string): void {
  const serverId = account.account.srvId;
  const address = serverAddress(uri, turn.state, turn.env);
  if ('sc' in address) {
    turn.note('warning', 'GCM_ADDRESS', 'the address for the registration cannot be used', { serverId });
    return;
  }
  const body = encodePushRegistration(regId, textOf(account, 'Push', 'GCM', 'RegParams'));
  const id = turn.newId();
  const credentials = credentialsFor(turn.state, serverId, address.url);
  turn.update({ requests: withEntry(turn.state.requests, id, { for: 'gcm', serverId }) });
  turn.act({
    type: 'http',
    id,
    purpose: 'gcm',
    request: {
      method: 'POST',
      url: address.url,
      headers: { 'content-type': MEDIA_TYPES.form },
      body,
    },
    ...(credentials === undefined ? {} : { credentials }),
  });
}

/** Nothing depends on it: a failure is told. */
export function onRegistrationAnswer(turn: Turn, serverId: string, answer: HttpAnswer): void {
  if (answer.kind === 'response' && answer.status >= 200 && answer.status <= 299) return;
  const reason = answer.kind === 'failed' ? answer.cause.message : `status ${answer.status}`;
  turn.note('warning', 'GCM_NOT_REGISTERED', `the server did not take the registration: ${reason}`, {
    serverId,
  });
}
