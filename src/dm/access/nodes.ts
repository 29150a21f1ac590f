/** Walks over the nodes that a command involves. */
import {
  isUnnamed,
  type MoNode,
  type MoTree,
  matchChild,
  type NodeDefinition,
  type NodeRef,
  occurrenceBounds,
} from '../../mo/index.js';
import type { NodeAccess } from './node-access.js';

/** A node and all below it, parents first; the node alone where the tree does not have it. */
export function refsBelow(tree: MoTree, ref: NodeRef): NodeRef[] {
  const refs: NodeRef[] = [];
  const queue: { path: readonly string[]; node: MoNode | undefined }[] = [
    { path: ref.path, node: tree.node(ref) },
  ];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    refs.push({ ...ref, path: next.path });
    if (next.node?.kind !== 'interior') continue;
    for (const [name, node] of next.node.children) queue.push({ path: [...next.path, name], node });
  }
  return refs;
}

/** Whether DELETE must leave the node: it is permanent, or as few as the definition wants are there (Appendix C, 405). */
export function isMandatory(tree: MoTree, ref: NodeRef, node: NodeAccess): boolean {
  if (node.kind !== 'described') return false;
  const { definition } = node;
  if (definition.scope === 'permanent') return true;
  if (definition.status !== 'Required') return false;
  const { min } = occurrenceBounds(definition.occurrence);
  return min > 0 && count(tree, ref, definition) <= min;
}

function count(tree: MoTree, ref: NodeRef, definition: NodeDefinition): number {
  if (ref.path.length === 0) return tree.instancesOf(ref.moid).size;
  const parent = tree.node({ ...ref, path: ref.path.slice(0, -1) });
  if (parent?.kind !== 'interior') return 0;
  const only = { ...definition, children: [definition] };
  return [...parent.children.keys()].filter((name) => isUnnamed(definition) || matchChild(only, name)).length;
}
