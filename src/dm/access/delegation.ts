/** Changes of the Delegation Access Control MO itself (DM 2.0 §12.3, AR: Delegate). */
import { DACMO, type MoTree } from '../../mo/index.js';
import { accountOf, isProvisioned } from './accounts.js';
import { DELEGATE, EVERYONE, type ManagementAuthority, maid, parseMaid } from './authority.js';
import {
  ANY_NAME,
  interior,
  type Permission,
  type PermissionGroup,
  permissionGroups,
  rightsIn,
} from './permissions.js';
import type { AccessResult } from './types.js';

/**
 * Whether an authority may turn the permissions of one tree into those of another. For every sub-tree whose permissions
 * differ it needs the right Delegate, and a server that gets a right must have the MOID from its bootstrap.
 *
 * @param after the tree as HGET or DELETE would leave it
 */
export function checkDelegation(tree: MoTree, authority: ManagementAuthority, after: MoTree): AccessResult {
  if (after.instancesOf(DACMO.moid).size !== tree.instancesOf(DACMO.moid).size) {
    return refuse(authority, 'may not add or remove the Delegation Access Control MO', DACMO.moid);
  }
  for (const [moid, miid] of entries(tree, after)) {
    const result = checkEntry(tree, authority, after, moid, miid);
    if (!result.ok) return result;
  }
  return { ok: true };
}

/** MOID and MIID of every entry of either tree. */
function entries(...trees: MoTree[]): (readonly [string, string])[] {
  const found = new Map<string, readonly [string, string]>();
  for (const tree of trees) {
    for (const { root } of tree.instancesOf(DACMO.moid).values()) {
      for (const [moid, byMiid] of root.children) {
        for (const miid of interior(byMiid).keys()) found.set(`${moid}/${miid}`, [moid, miid]);
      }
    }
  }
  return [...found.values()];
}

function checkEntry(
  tree: MoTree,
  authority: ManagementAuthority,
  after: MoTree,
  moid: string,
  miid: string,
): AccessResult {
  const old = permissionGroups(tree, moid, miid);
  const young = permissionGroups(after, moid, miid);
  const paths = new Map([...old, ...young].map(({ path }) => [path.join('/'), path]));
  for (const path of paths.values()) {
    const before = permissionsAt(old, path);
    const now = permissionsAt(young, path);
    if (same(before, now)) continue;
    const place = `${moid}/${miid}/${path.join('/')}`;
    const needed = reach(old, path);
    const delegates = needed.every((each) => (rightsIn(old, authority, each) & DELEGATE) !== 0);
    if (!delegates || !isProvisioned(tree, authority, moid)) {
      return refuse(authority, 'has no right Delegate for', place);
    }
    const stranger = (now ?? []).find(
      (entry) => entry.rights > 0 && !includes(before, entry) && !mayReceive(tree, entry, moid),
    );
    if (stranger !== undefined) {
      return refuse(authority, `may not delegate to ${stranger.maid}, which was not provisioned for`, place);
    }
  }
  return { ok: true };
}

/** Where a change at `path` takes effect: there, and for a path with wildcards in every group that it reaches into. */
function reach(groups: readonly PermissionGroup[], path: readonly string[]): (readonly string[])[] {
  if (!path.includes(ANY_NAME)) return [path];
  const meets = (name: string, index: number) =>
    name === path[index] || name === ANY_NAME || path[index] === ANY_NAME;
  const reached = groups.filter((group) => group.path.length <= path.length && group.path.every(meets));
  return [path, ...reached.map((group) => group.path)];
}

function permissionsAt(
  groups: readonly PermissionGroup[],
  path: readonly string[],
): readonly Permission[] | undefined {
  const here = groups.filter((group) => group.path.join('/') === path.join('/'));
  return here.length === 0 ? undefined : here.flatMap(({ permissions }) => permissions);
}

function same(one: readonly Permission[] | undefined, other: readonly Permission[] | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.length === other.length && one.every((entry) => includes(other, entry));
}

function includes(permissions: readonly Permission[] | undefined, entry: Permission): boolean {
  return (permissions ?? []).some(({ maid: name, rights }) => name === entry.maid && rights === entry.rights);
}

// `*` opens nothing by itself: every server is still held to its own MOIDs.
function mayReceive(tree: MoTree, entry: Permission, moid: string): boolean {
  const authority = parseMaid(entry.maid);
  if (authority === EVERYONE || authority.kind === 'app') return true;
  return accountOf(tree, authority.serverId) !== undefined && isProvisioned(tree, authority, moid);
}

function refuse(authority: ManagementAuthority, what: string, place: string): AccessResult {
  return { ok: false, status: 403, reason: `${maid(authority)} ${what} ${place}` };
}
