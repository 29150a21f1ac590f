/** Access control as the policy has it (DM 2.0 §10): on, or every bootstrapped server may do everything. */
import { findDefinition, type MoTree, matchChild, type NodeRef } from '../../mo/index.js';
import {
  type AccessRequest,
  type AccessResult,
  checkAccess,
  grantCreator,
  grantEveryone,
  type ManagementAuthority,
  provisionedMoids,
  readable,
  visibleMos,
} from '../access/index.js';
import type { MosEntry } from '../messages.js';
import { resolveClientUri } from '../uri/index.js';
import type { Turn } from './turn.js';

/**
 * Whether an authority may.
 *
 * @param created instances that the request itself makes: their rights come with them
 */
export function checkRights(
  turn: Turn,
  authority: ManagementAuthority,
  request: AccessRequest,
  created: readonly { moid: string; miid: string }[] = [],
): AccessResult {
  const { policy, definitions } = turn.env;
  if (!policy.accessControl) return { ok: true };
  const tree = withCreatorRights(turn, turn.state.tree, authority, created);
  return checkAccess(tree, authority, request, definitions);
}

/** The tree with full rights for the authority on what it has just created. */
export function withCreatorRights(
  { env }: Turn,
  tree: MoTree,
  authority: ManagementAuthority,
  created: readonly { moid: string; miid: string }[],
): MoTree {
  return env.policy.accessControl && created.length > 0 ? grantCreator(tree, authority, created) : tree;
}

/** What of a node an authority does not get to see: paths below `ref`. */
export function hiddenFrom(
  { env, state }: Turn,
  authority: ManagementAuthority,
  ref: NodeRef,
): (path: readonly string[]) => boolean {
  if (env.policy.accessControl) {
    const visible = readable(state.tree, authority, ref, env.definitions);
    return (below) => !visible([...ref.path, ...below]);
  }
  const root = findDefinition(ref.moid, env.definitions)?.definition.root;
  return (below) => {
    let definition = root;
    for (const name of [...ref.path, ...below]) {
      if (definition === undefined || definition.open) return false;
      definition = matchChild(definition, name)?.definition;
      if (definition?.access.includes('No Get')) return true;
    }
    return false;
  };
}

/** The MOs that a server is told of (§5.2.2, REQ-MOS). */
export function mosFor({ env, state }: Turn, serverId: string): MosEntry[] {
  const { tree } = state;
  const all = [...tree.moids()].flatMap((moid) =>
    [...tree.instancesOf(moid).keys()].map((miid) => ({ moid, miid })),
  );
  const asGranted = env.policy.accessControl ? tree : grantEveryone(tree, all);
  return visibleMos(asGranted, serverId, env.definitions);
}

/** Whether a bootstrap gave a server a MOID (§12.2 Perm). */
export function mayManage({ env, state }: Turn, serverId: string, moid: string): boolean {
  if (!env.policy.accessControl) return true;
  const moids = provisionedMoids(state.tree, serverId);
  return moids === 'all' || moids.has(moid);
}

/** Whether an authority may read every node of a ClientURI, which exists. */
export function mayRead(turn: Turn, authority: ManagementAuthority, clientUri: string): boolean {
  const { definitions } = turn.env;
  const { status, nodes } = resolveClientUri(turn.state.tree, clientUri, {
    allowWildcard: true,
    definitions,
  });
  return status === 200 && checkRights(turn, authority, { operation: 'read', refs: nodes }).ok;
}
