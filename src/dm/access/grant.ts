/** Permissions that the client itself gives and takes (DM 2.0 §10, §12.3). */
import {
  canonicalMoid,
  DACMO,
  type InteriorNode,
  type MoInstance,
  type MoNode,
  type MoTree,
  type NodeRef,
} from '../../mo/index.js';
import { ALL_RIGHTS, EVERYONE, type ManagementAuthority, maid, READ } from './authority.js';
import { interior, leafValue, names, type PermissionGroup } from './permissions.js';

type InstanceName = Pick<NodeRef, 'moid' | 'miid'>;
/** MIID of the Delegation Access Control MO where the client makes it. */
const MIID = 'DacMO';
const EMPTY: InteriorNode = { kind: 'interior', children: new Map() };

/**
 * The tree with these permission groups for an instance, and no others. Without groups its entry goes.
 */
export function withPermissions(
  tree: MoTree,
  { moid, miid }: InstanceName,
  groups: readonly PermissionGroup[],
): MoTree {
  return groups.length === 0
    ? withEntry(tree, moid, miid, undefined)
    : withEntry(
        tree,
        moid,
        miid,
        branch(groups.map((group, index) => [String(index + 1), groupNode(group)])),
      );
}

/**
 * The creator of instances gets all rights to them, and it alone (§10).
 *
 * @example
 * const created = [{ moid: 'urn:example:mo', miid: 'a' }];
 * const tree = grantCreator(MoTree.empty, { kind: 'app', appId: 'calendar' }, created);
 * permissionGroups(tree, 'urn:example:mo', 'a') // → [{ path: [], permissions: [{ maid: 'appid:calendar', rights: 15 }] }]
 */
export function grantCreator(
  tree: MoTree,
  authority: ManagementAuthority,
  created: readonly InstanceName[],
): MoTree {
  const permissions = [{ maid: maid(authority), rights: ALL_RIGHTS }];
  return created.reduce((next, name) => withPermissions(next, name, [{ path: [], permissions }]), tree);
}

/**
 * Instances of the device itself, such as DevInfo: everyone gets these rights, to read unless told (Figure 17).
 */
export function grantEveryone(
  tree: MoTree,
  instances: readonly InstanceName[],
  rights: number = READ,
): MoTree {
  const permissions = [{ maid: EVERYONE, rights }];
  return instances.reduce((next, name) => withPermissions(next, name, [{ path: [], permissions }]), tree);
}

/** The tree without the permissions of instances that are gone. */
export function forgetInstances(tree: MoTree): MoTree {
  const gone: [string, string][] = [];
  for (const { root } of tree.instancesOf(DACMO.moid).values()) {
    for (const [name, byMiid] of root.children) {
      const moid = canonicalMoid(name);
      for (const miid of interior(byMiid).keys()) {
        if (tree.instance(moid, miid) === undefined) gone.push([moid, miid]);
      }
    }
  }
  return gone.reduce((next, [moid, miid]) => withEntry(next, moid, miid, undefined), tree);
}

/**
 * The tree without the permissions of a server whose account is gone. A group that was its alone stays with rights of
 * nobody below the root of an instance, since without it what is granted above would reach the sub-tree.
 */
export function onServerRemoved(tree: MoTree, serverId: string): MoTree {
  const server = { kind: 'server', serverId } as const;
  let next = tree;
  for (const instance of tree.instancesOf(DACMO.moid).values()) {
    for (const [moid, byMiid] of instance.root.children) {
      for (const [miid, entry] of interior(byMiid)) {
        const rest = withoutAuthority(entry, server);
        if (rest !== entry) next = withEntry(next, moid, miid, rest);
      }
    }
  }
  return next;
}

/** The entry of an instance without an authority; the same node where it is not named. */
function withoutAuthority(entry: MoNode, server: ManagementAuthority): MoNode | undefined {
  let changed = false;
  const groups: [string, MoNode][] = [];
  for (const [name, group] of interior(entry)) {
    const permissions = [...interior(interior(group).get('Permissions'))];
    const rest = permissions.filter(([, permission]) => !isOf(permission, server));
    if (rest.length === permissions.length) {
      groups.push([name, group]);
      continue;
    }
    changed = true;
    const isRoot = interior(group).get('Path') === undefined;
    if (rest.length === 0 && isRoot) continue;
    const kept = rest.length > 0 ? branch(rest) : branch([['1', permissionNode(EVERYONE, 0)]]);
    groups.push([name, branch([...interior(group), ['Permissions', kept]])]);
  }
  if (!changed) return entry;
  return groups.length === 0 ? undefined : branch(groups);
}

function isOf(permission: MoNode, server: ManagementAuthority): boolean {
  const text = leafValue(interior(permission).get('MAID'));
  return typeof text === 'string' && text !== EVERYONE && names(text, server);
}

function groupNode({ path, permissions }: PermissionGroup): MoNode {
  const entries = permissions.map((entry, index): [string, MoNode] => [
    String(index + 1),
    permissionNode(entry.maid, entry.rights),
  ]);
  const where: [string, MoNode][] =
    path.length === 0 ? [] : [['Path', { kind: 'leaf', value: `/${path.map(encodeName).join('/')}` }]];
  return branch([...where, ['Permissions', branch(entries)]]);
}

function encodeName(name: string): string {
  return name === '*' ? name : encodeURIComponent(name);
}

function permissionNode(name: string, rights: number): MoNode {
  return branch([
    ['MAID', { kind: 'leaf', value: name }],
    ['AR', { kind: 'leaf', value: rights }],
  ]);
}

function branch(children: readonly (readonly [string, MoNode])[]): InteriorNode {
  return { kind: 'interior', children: new Map(children) };
}

/** Sets or removes the entry of one instance, wherever it stands, with the MOID node it needs or leaves empty. */
function withEntry(tree: MoTree, moid: string, miid: string, entry: MoNode | undefined): MoTree {
  let next = tree;
  for (const dacmo of tree.instancesOf(DACMO.moid).values()) {
    for (const [name, byMiid] of dacmo.root.children) {
      if (canonicalMoid(name) !== canonicalMoid(moid) || !interior(byMiid).has(miid)) continue;
      const path = interior(byMiid).size === 1 ? [name] : [name, miid];
      next = next.withoutNode({ moid: DACMO.moid, miid: dacmo.miid, path });
    }
  }
  if (entry === undefined) return next;
  const holder: Pick<MoInstance, 'miid' | 'root'> = [...next.instancesOf(DACMO.moid).values()][0] ?? {
    miid: MIID,
    root: EMPTY,
  };
  const name =
    [...holder.root.children.keys()].find((each) => canonicalMoid(each) === canonicalMoid(moid)) ?? moid;
  const byMiid = branch([...interior(holder.root.children.get(name)), [miid, entry]]);
  const root = branch([...holder.root.children, [name, byMiid]]);
  return next.withInstance({ moid: DACMO.moid, miid: holder.miid, root });
}
