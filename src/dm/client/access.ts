/** Access control as the policy has it (DM 2.0 §10): on, or every bootstrapped server may do everything. */
import type { MoTree, NodeRef } from '../../mo/index.js';
import {
  type AccessRequest,
  type AccessResult,
  ALL_RIGHTS,
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

type InstanceName = Pick<NodeRef, 'moid' | 'miid'>;

/**
 * Whether an authority may.
 *
 * @param created instances that the request itself makes: their rights come with them
 */
export function checkRights(
  turn: Turn,
  authority: ManagementAuthority,
  request: AccessRequest,
  created: readonly InstanceName[] = [],
): AccessResult {
  const { policy, definitions } = turn.env;
  const { tree } = turn.state;
  if (policy.accessControl) {
    return checkAccess(withCreatorRights(turn, tree, authority, created), authority, request, definitions);
  }
  return checkAccess(grantEveryone(withoutControl(tree), created, ALL_RIGHTS), ANYBODY, request, definitions);
}

/** An authority that no bootstrap limits. */
const ANYBODY: ManagementAuthority = { kind: 'app', appId: '' };
const OPEN_TREES = new WeakMap<MoTree, MoTree>();

/** Without access control everybody has all rights (§10); what the definition of a node forbids stays forbidden. */
function withoutControl(tree: MoTree): MoTree {
  const known = OPEN_TREES.get(tree);
  if (known !== undefined) return known;
  const open = grantEveryone(tree, instancesOf(tree), ALL_RIGHTS);
  OPEN_TREES.set(tree, open);
  return open;
}

function instancesOf(tree: MoTree): InstanceName[] {
  return [...tree.moids()].flatMap((moid) =>
    [...tree.instancesOf(moid).keys()].map((miid) => ({ moid, miid })),
  );
}

/** The tree with full rights for the authority on what it has just created. */
export function withCreatorRights(
  { env }: Turn,
  tree: MoTree,
  authority: ManagementAuthority,
  created: readonly InstanceName[],
): MoTree {
  return env.policy.accessControl && created.length > 0 ? grantCreator(tree, authority, created) : tree;
}

/** What of a node an authority does not get to see: paths below `ref`. */
export function hiddenFrom(
  { env, state }: Turn,
  authority: ManagementAuthority,
  ref: NodeRef,
): (path: readonly string[]) => boolean {
  const visible = env.policy.accessControl
    ? readable(state.tree, authority, ref, env.definitions)
    : readable(withoutControl(state.tree), ANYBODY, ref, env.definitions);
  return (below) => !visible([...ref.path, ...below]);
}

/** The MOs that a server is told of (§5.2.2, REQ-MOS). */
export function mosFor({ env, state }: Turn, serverId: string): MosEntry[] {
  const asGranted = env.policy.accessControl ? state.tree : withoutControl(state.tree);
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
