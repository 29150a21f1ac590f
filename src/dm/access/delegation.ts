/** Changes of the Delegation Access Control MO itself (DM 2.0 §12.3, AR: Delegate). */
import { DACMO, type MoTree } from '../../mo/index.js';
import { accountOf, isProvisioned } from './accounts.js';
import { DELEGATE, EVERYONE, type ManagementAuthority, maid, parseMaid } from './authority.js';
import {
  ANY_NAME,
  interior,
  type Permission,
  type PermissionGroup,
  PermissionIndex,
  pathKey,
  permissionGroups,
} from './permissions.js';
import type { AccessResult } from './types.js';

/** Each is compared with all others. */
const MOST_WILDCARDS = 100;

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
  const old = new PermissionIndex(permissionGroups(tree, moid, miid));
  const young = new PermissionIndex(permissionGroups(after, moid, miid));
  if (young.wild.length > MOST_WILDCARDS) {
    return refuse(
      authority,
      `may not have more than ${MOST_WILDCARDS} paths with wildcards for`,
      `${moid}/${miid}`,
    );
  }
  const provisioned = isProvisioned(tree, authority, moid);
  const [had, has] = [byPath(old.groups), byPath(young.groups)];
  for (const key of new Set([...had.keys(), ...has.keys()])) {
    const [before, now] = [had.get(key), has.get(key)];
    if (same(before, now)) continue;
    const place = `${moid}/${miid}/${key}`;
    const needed = reach(old, (before ?? now)!.path);
    const delegates = needed.every((path) => (old.rights(authority, path) & DELEGATE) !== 0);
    if (!delegates || !provisioned) {
      return refuse(authority, 'has no right Delegate for', place);
    }
    const given = [...(now?.permissions ?? [])].filter(([key]) => !before?.permissions.has(key));
    const stranger = given.find(([, entry]) => entry.rights > 0 && !mayReceive(tree, entry, moid))?.[1];
    if (stranger !== undefined) {
      return refuse(authority, `may not delegate to ${stranger.maid}, which was not provisioned for`, place);
    }
  }
  return { ok: true };
}

/** What stands at one path, groups with the same path as one. */
interface PermissionsAt {
  readonly path: readonly string[];
  /** By `MAID AR`, which tells permissions apart. */
  readonly permissions: Map<string, Permission>;
}

function byPath(groups: readonly PermissionGroup[]): Map<string, PermissionsAt> {
  const found = new Map<string, PermissionsAt>();
  for (const { path, permissions } of groups) {
    const key = pathKey(path);
    const at = found.get(key) ?? { path, permissions: new Map() };
    found.set(key, at);
    for (const entry of permissions) at.permissions.set(`${entry.maid} ${entry.rights}`, entry);
  }
  return found;
}

/** Where a change at `path` takes effect: there, and for a path with wildcards in every group that it reaches into. */
function reach({ groups }: PermissionIndex, path: readonly string[]): (readonly string[])[] {
  if (!path.includes(ANY_NAME)) return [path];
  const meets = (name: string, index: number) =>
    name === path[index] || name === ANY_NAME || path[index] === ANY_NAME;
  const reached = groups.filter((group) => group.path.length <= path.length && group.path.every(meets));
  return [path, ...reached.map((group) => group.path)];
}

function same(one: PermissionsAt | undefined, other: PermissionsAt | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const [had, has] = [one.permissions, other.permissions];
  return had.size === has.size && [...had.keys()].every((key) => has.has(key));
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
