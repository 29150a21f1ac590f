/** DELETE (DM 2.0 §5.3.4): a node with all below it, unless it is permanent or mandatory (§6.3.1.2, Appendix C). */
import { type MoDefinition, matchChild, type NodeDefinition, occurrenceBounds } from '../definition.js';
import { findDefinition } from '../registry.js';
import { definitionAt } from './complete.js';
import type { MoTree } from './tree.js';
import type { NodeRef, TreeChange } from './types.js';

export type Deleted =
  | { readonly status: 200; readonly tree: MoTree; readonly changes: readonly TreeChange[] }
  | { readonly status: 404 | 405; readonly reason: string };

/**
 * The tree without a node, or why it stays: 404 it is not there, 405 it is permanent, or its parent needs it.
 *
 * @example deleteNode(MoTree.empty, { moid: 'urn:example:mo', miid: 'a', path: [] }, []).status // → 404
 */
export function deleteNode(tree: MoTree, ref: NodeRef, definitions: readonly MoDefinition[]): Deleted {
  if (tree.node(ref) === undefined) return { status: 404, reason: 'the node is not there' };
  const mo = findDefinition(ref.moid, definitions)?.definition;
  const definition = definitionAt(mo, ref.path);
  if (definition !== undefined && definition !== 'open') {
    if (definition.scope === 'permanent') return { status: 405, reason: 'the node is permanent' };
    if (isNeeded(tree, ref, mo, definition)) return { status: 405, reason: 'the node is mandatory' };
  }
  return { status: 200, tree: tree.withoutNode(ref), changes: [{ kind: 'delete', ref }] };
}

// Optional nodes need not be supported, so they may be absent whatever their occurrence is.
function isNeeded(
  tree: MoTree,
  ref: NodeRef,
  mo: MoDefinition | undefined,
  definition: NodeDefinition,
): boolean {
  const { min } = occurrenceBounds(definition.occurrence);
  if (min === 0 || definition.status === 'Optional') return false;
  if (ref.path.length === 0) return false;
  const up = ref.path.slice(0, -1);
  const parent = tree.node({ ...ref, path: up });
  const above = definitionAt(mo, up);
  if (parent?.kind !== 'interior' || above === undefined || above === 'open') return false;
  for (const name of parent.children.keys()) {
    if (name !== ref.path.at(-1) && matchChild(above, name)?.definition === definition) return false;
  }
  return true;
}
