/** Changes that servers subscribed to, sent by HTTP PUT (DM 2.0 §5.3.11, docs/decisions/subscriptions.md). */
import { canonicalMoid, type MoNode, type MoTree } from '../../mo/index.js';
import type { ManagementAuthority } from '../access/index.js';
import { parseClientUri, resolveClientUri } from '../uri/index.js';
import { credentialsFor } from './accounts.js';
import type { HttpAnswer } from './environment.js';
import type { Subscription } from './kept.js';
import { encodeNodes, readNodes } from './nodes.js';
import type { NodeList, OpenRequest } from './running.js';
import { serverAddress } from './server-uri.js';
import { type Turn, withEntry } from './turn.js';

type SubscriptionRequest = Extract<OpenRequest, { for: 'subscription' }>;

/** Marks the subscriptions whose nodes are not what they were in `before`. */
export function markChanged(turn: Turn, before: MoTree): void {
  const { tree, subscriptions } = turn.state;
  if (subscriptions.length === 0) return;
  const moids = changedMoids(before, tree);
  const marked = subscriptions.map((each) => {
    const isAffected = moids.has(canonicalMoid(parseClientUri(each.clientUri).moid));
    return isAffected && isChanged(turn, each, before) ? { ...each, changedAt: tree.changes } : each;
  });
  if (marked.some((each, index) => each !== subscriptions[index])) turn.update({ subscriptions: marked });
}

function changedMoids(before: MoTree, after: MoTree): ReadonlySet<string> {
  const moids = [...before.moids(), ...after.moids()];
  return new Set(
    moids.filter((moid) => before.instancesOf(moid) !== after.instancesOf(moid)).map(canonicalMoid),
  );
}

function isChanged(turn: Turn, { clientUri }: Subscription, before: MoTree): boolean {
  const now = nodesOf(turn, turn.state.tree, clientUri);
  const old = nodesOf(turn, before, clientUri);
  return now.length !== old.length || now.some((node, index) => !sameNode(node, old[index]));
}

function nodesOf({ env }: Turn, tree: MoTree, clientUri: string): (MoNode | undefined)[] {
  const { definitions } = env;
  return resolveClientUri(tree, clientUri, { allowWildcard: true, definitions }).nodes.map((ref) =>
    tree.node(ref),
  );
}

// Trees share what did not change, so this looks only into what did.
function sameNode(one: MoNode | undefined, other: MoNode | undefined): boolean {
  if (one === other) return true;
  if (one?.kind === 'leaf' && other?.kind === 'leaf') return one.value === other.value;
  if (one?.kind !== 'interior' || other?.kind !== 'interior') return false;
  if (one.children.size !== other.children.size) return false;
  return [...one.children].every(([name, child]) => sameNode(child, other.children.get(name)));
}

/** Sends what has changed, one request for each subscription at a time. */
export function sendChanges(turn: Turn): void {
  const busy = new Set(
    [...turn.state.requests.values()].map((each) => (each.for === 'subscription' ? each.subscriptionId : '')),
  );
  for (const each of turn.state.subscriptions) {
    if (each.changedAt === undefined || busy.has(each.id)) continue;
    put(turn, each, each.format, false);
  }
}

function put(turn: Turn, subscription: Subscription, accept: string | undefined, retried: boolean): void {
  const { id: subscriptionId, serverId, serverUri, clientUri } = subscription;
  const authority: ManagementAuthority = { kind: 'server', serverId };
  const address = serverAddress(serverUri, turn.state, turn.env);
  const reading = readNodes(turn, authority, clientUri);
  const nodes = nodesDue(reading);
  if ('sc' in address || nodes === undefined) {
    settle(turn, subscriptionId, turn.state.tree.changes);
    const reason = 'sc' in address ? 'its address cannot be used' : 'its server has lost the rights to read';
    turn.note('warning', 'SUBSCRIPTION_NOT_SENT', `a change is not sent: ${reason}`, { serverId, clientUri });
    return;
  }
  const encoded = encodeNodes(turn, authority, nodes, accept);
  if (encoded === undefined) {
    settle(turn, subscriptionId, turn.state.tree.changes);
    turn.note('warning', 'SUBSCRIPTION_FORMAT', 'no format that the repository asks for is known', {
      serverId,
    });
    return;
  }
  const id = turn.newId();
  const request: SubscriptionRequest = {
    for: 'subscription',
    subscriptionId,
    revision: turn.state.tree.changes,
    retried,
  };
  const credentials = credentialsFor(turn.state, serverId, address.url);
  turn.update({ requests: withEntry(turn.state.requests, id, request) });
  turn.act({
    type: 'http',
    id,
    purpose: 'subscription',
    request: {
      method: 'PUT',
      url: address.url,
      headers: { 'content-type': encoded.contentType },
      body: encoded.body,
    },
    ...(credentials === undefined ? {} : { credentials }),
  });
}

// What is deleted is reported too: as an empty list.
function nodesDue(reading: ReturnType<typeof readNodes>): NodeList | undefined {
  if (reading.sc === 200) return reading;
  return reading.sc === 404 ? { sources: [], isList: true } : undefined;
}

/** What was changed up to `revision` is done with; later changes stay to be sent. */
function settle(turn: Turn, subscriptionId: string, revision: number, format?: string): void {
  const subscriptions = turn.state.subscriptions.map((each) => {
    if (each.id !== subscriptionId) return each;
    const { changedAt, ...rest } = each;
    const again = changedAt !== undefined && changedAt > revision;
    return { ...rest, ...(again ? { changedAt } : {}), ...(format === undefined ? {} : { format }) };
  });
  turn.update({ subscriptions });
}

/** The repository has answered: done; another format (415 with OMADM-Accept) once; anything else is given up (§5.6). */
export function onSubscriptionAnswer(turn: Turn, request: SubscriptionRequest, answer: HttpAnswer): void {
  const subscription = turn.state.subscriptions.find(({ id }) => id === request.subscriptionId);
  if (subscription === undefined) return;
  const accept = answer.kind === 'response' ? answer.headers['omadm-accept'] : undefined;
  if (answer.kind === 'response' && answer.status === 415 && accept !== undefined && !request.retried) {
    settle(turn, subscription.id, -1, accept);
    put(turn, subscription, accept, true);
    return;
  }
  settle(turn, subscription.id, request.revision);
  if (answer.kind === 'response' && answer.status >= 200 && answer.status <= 299) return;
  const reason = answer.kind === 'failed' ? answer.cause.message : `status ${answer.status}`;
  turn.note('warning', 'SUBSCRIPTION_NOT_SENT', `a change is not taken: ${reason}`, {
    serverId: subscription.serverId,
  });
}
