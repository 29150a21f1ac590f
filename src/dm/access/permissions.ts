/** The Delegation Access Control MO as data: which authority has which rights in which part of an instance (§12.3). */
import {
  canonicalMoid,
  DACMO,
  type InteriorNode,
  type LeafValue,
  type MoNode,
  type MoTree,
  type NodeRef,
} from '../../mo/index.js';
import { ALL_RIGHTS, EVERYONE, type ManagementAuthority, maid, parseMaid } from './authority.js';

/** In a path: any name. */
export const ANY_NAME = '*';

/** Permissions/<x>: one authority. */
export interface Permission {
  /** `serverid:…`, `appid:…` or `*`. */
  readonly maid: string;
  /** Sum of READ, WRITE, EXECUTE, DELEGATE. */
  readonly rights: number;
}

/** <MOID>/<MIID>/<x>: the permissions of one sub-tree. */
export interface PermissionGroup {
  /** Names from the root of the instance, `*` for any name; empty for the whole instance. */
  readonly path: readonly string[];
  readonly permissions: readonly Permission[];
}

/**
 * The permission groups of an instance. What is not as §12.3 says grants nothing, but still stands in the way of
 * what is granted above it.
 */
export function permissionGroups(tree: MoTree, moid: string, miid: string): PermissionGroup[] {
  const groups: PermissionGroup[] = [];
  for (const { root } of tree.instancesOf(DACMO.moid).values()) {
    for (const [name, byMiid] of interior(root)) {
      if (canonicalMoid(name) !== canonicalMoid(moid)) continue;
      for (const group of interior(interior(byMiid).get(miid)).values()) groups.push(readGroup(group));
    }
  }
  return groups;
}

function readGroup(group: MoNode): PermissionGroup {
  const children = interior(group);
  const permissions = [...interior(children.get('Permissions')).values()].map((entry) => {
    const rights = leafValue(interior(entry).get('AR'));
    const known =
      typeof rights === 'number' && Number.isInteger(rights) && rights >= 0 && rights <= ALL_RIGHTS;
    return { maid: String(leafValue(interior(entry).get('MAID')) ?? ''), rights: known ? rights : 0 };
  });
  return { path: parseGroupPath(leafValue(children.get('Path'))), permissions };
}

/** Names of a Path node; an x-name (§6.1.1.2) has nothing here that resolves it and stands for any name. */
function parseGroupPath(value: LeafValue | undefined): string[] {
  if (typeof value !== 'string') return [];
  return value
    .split('/')
    .filter((name) => name !== '')
    .map((name) => (/^\([A-Za-z]\)$/.test(name) ? ANY_NAME : decodeName(name)));
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Children of a node; none for a leaf. */
export function interior(node: MoNode | undefined): InteriorNode['children'] {
  return node?.kind === 'interior' ? node.children : new Map();
}

/** Value of a leaf. */
export function leafValue(node: MoNode | undefined): LeafValue | undefined {
  return node?.kind === 'leaf' ? node.value : undefined;
}

/** The groups of one instance, found by path. */
export class PermissionIndex {
  private readonly named = new Map<string, PermissionGroup[]>();
  readonly wild: readonly PermissionGroup[];

  constructor(readonly groups: readonly PermissionGroup[]) {
    this.wild = groups.filter(({ path }) => path.includes(ANY_NAME));
    for (const group of groups) {
      if (group.path.includes(ANY_NAME)) continue;
      const key = pathKey(group.path);
      const same = this.named.get(key);
      if (same === undefined) this.named.set(key, [group]);
      else same.push(group);
    }
  }

  /**
   * The rights at a path: those of the group with the longest path above it, alone; of paths as long, one with names
   * counts before one with wildcards. Groups with the same path add up, and so do the authority's own entry and `*`.
   */
  rights(authority: ManagementAuthority, path: readonly string[]): number {
    for (let length = path.length; length >= 0; length--) {
      const groups = this.named.get(pathKey(path.slice(0, length))) ?? this.wildAbove(path, length);
      if (groups.length > 0) return groups.reduce((rights, each) => rights | rightsOf(each, authority), 0);
    }
    return 0;
  }

  private wildAbove(path: readonly string[], length: number): readonly PermissionGroup[] {
    const above = this.wild.filter((group) => group.path.length === length && covers(group.path, path));
    const fewest = above.reduce((least, { path: each }) => Math.min(least, wildcards(each)), length);
    return above.filter((group) => wildcards(group.path) === fewest);
  }
}

/** One text for one path: names have no slash. */
export function pathKey(path: readonly string[]): string {
  return path.join('/');
}

function wildcards(path: readonly string[]): number {
  return path.filter((name) => name === ANY_NAME).length;
}

/** What one group gives an authority. */
export function rightsOf(group: PermissionGroup, authority: ManagementAuthority): number {
  return group.permissions
    .filter((entry) => names(entry.maid, authority))
    .reduce((rights, entry) => rights | entry.rights, 0);
}

/** Whether a MAID means this authority. */
export function names(text: string, authority: ManagementAuthority): boolean {
  const named = parseMaid(text);
  return named === EVERYONE || maid(named) === maid(authority);
}

function covers(above: readonly string[], path: readonly string[]): boolean {
  return (
    above.length <= path.length && above.every((name, index) => name === ANY_NAME || name === path[index])
  );
}

/**
 * The rights of an authority at a node, as the Delegation Access Control MO of the tree says; 0 where it says nothing.
 */
export function rightsAt(tree: MoTree, authority: ManagementAuthority, ref: NodeRef): number {
  return new PermissionIndex(permissionGroups(tree, ref.moid, ref.miid)).rights(authority, ref.path);
}
