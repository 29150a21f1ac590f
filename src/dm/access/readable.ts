/** What an authority does not see of a sub-tree it may read (DM 2.0 §10, §12.2: nodes that are not exposed). */
import type { MoDefinition, MoTree, NodeRef } from '../../mo/index.js';
import type { ManagementAuthority } from './authority.js';
import { AccessContext } from './context.js';

/**
 * A filter for the nodes of one instance, by names from its root: false for nodes with `No Get` (Perm and keys of a DM
 * account), for sub-trees without the right to read, and for what others' permissions are.
 *
 * @example
 * const app = { kind: 'app', appId: 'calendar' } as const;
 * readable(MoTree.empty, app, { moid: 'urn:example:mo', miid: 'a' }, MO_DEFINITIONS)(['ID']) // → false
 */
export function readable(
  tree: MoTree,
  authority: ManagementAuthority,
  { moid, miid }: Pick<NodeRef, 'moid' | 'miid'>,
  definitions: readonly MoDefinition[],
): (path: readonly string[]) => boolean {
  const context = new AccessContext(tree, authority, definitions);
  return (path) => context.canRead({ moid, miid, path });
}
