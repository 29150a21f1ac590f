/** One authority before one tree: its rights, looked up once for each instance (DM 2.0 §10, §12.3). */
import { DACMO, DMACC, formatNodeRef, type MoDefinition, type MoTree, type NodeRef } from '../../mo/index.js';
import { isBootstrapServer, isProvisioned } from './accounts.js';
import { type ManagementAuthority, maid, READ } from './authority.js';
import { allows, type NodeAccess, nodeAccess } from './node-access.js';
import { PermissionIndex, permissionGroups, rightsOf } from './permissions.js';
import type { AccessResult } from './types.js';

export class AccessContext {
  private readonly indexes = new Map<string, PermissionIndex>();
  private readonly provisioned = new Map<string, boolean>();

  constructor(
    readonly tree: MoTree,
    readonly authority: ManagementAuthority,
    readonly definitions: readonly MoDefinition[],
  ) {}

  /** The rights at a node, none where the MOID was not provisioned. */
  rights(ref: NodeRef): number {
    return this.isProvisioned(ref.moid) ? this.indexOf(ref).rights(this.authority, ref.path) : 0;
  }

  /** Whether there is any right anywhere in an instance. */
  hasAny(moid: string, miid: string): boolean {
    const { groups } = this.indexOf({ moid, miid });
    return this.isProvisioned(moid) && groups.some((group) => rightsOf(group, this.authority) > 0);
  }

  isProvisioned(moid: string): boolean {
    const known = this.provisioned.get(moid) ?? isProvisioned(this.tree, this.authority, moid);
    this.provisioned.set(moid, known);
    return known;
  }

  nodeAccess(ref: NodeRef): NodeAccess {
    return nodeAccess(this.definitions, ref.moid, ref.path);
  }

  /**
   * Nodes of a DM account that rights do not open: Perm comes from the bootstrap only (§12.2), and Auth/Bootstrap is
   * the bootstrap server's (§9.3.2).
   */
  isReserved({ moid, miid, path }: NodeRef): boolean {
    if (moid !== DMACC.moid) return false;
    if (path[0] === 'Perm') return true;
    const inBootstrap = path[0] === 'Auth' && path[1] === 'Bootstrap';
    return inBootstrap && !isBootstrapServer(this.tree, this.authority, miid);
  }

  /** The Delegation Access Control MO shows an authority the entries of instances it has a right for (§10). */
  seesEntry([moid, miid]: readonly string[]): boolean {
    if (moid === undefined) return true;
    if (miid !== undefined) return this.hasAny(moid, miid);
    return [...this.tree.instancesOf(DACMO.moid).values()].some(({ root }) => {
      const byMiid = root.children.get(moid);
      return (
        byMiid?.kind === 'interior' && [...byMiid.children.keys()].some((name) => this.hasAny(moid, name))
      );
    });
  }

  /** Whether a node may be read: by right and by AccessType. */
  canRead(ref: NodeRef): boolean {
    if (!allows(this.nodeAccess(ref), 'Get')) return false;
    return ref.moid === DACMO.moid ? this.seesEntry(ref.path) : (this.rights(ref) & READ) !== 0;
  }

  refuse(status: 403 | 405, what: string, ref: NodeRef): AccessResult {
    return { ok: false, status, reason: `${maid(this.authority)} ${what} ${formatNodeRef(ref)}` };
  }

  private indexOf({ moid, miid }: { moid: string; miid: string }): PermissionIndex {
    const key = `${moid}/${miid}`;
    const index = this.indexes.get(key) ?? new PermissionIndex(permissionGroups(this.tree, moid, miid));
    this.indexes.set(key, index);
    return index;
  }
}
