/** What differs between a node and the one that replaces it. */
import type { MoNode, NodeRef, TreeChange } from './types.js';

/**
 * The changes that make `after` of `before`: an added or deleted node stands for all below it, a replaced one is a
 * leaf, or a node that turned from leaf to interior or back. Leaves written with the value they had are told too.
 */
export function changesBetween(
  ref: NodeRef,
  before: MoNode | undefined,
  after: MoNode,
  out: TreeChange[] = [],
): TreeChange[] {
  if (before === undefined) {
    out.push({ kind: 'add', ref });
  } else if (before.kind !== after.kind) {
    out.push({ kind: 'replace', ref });
  } else if (before.kind === 'leaf' && after.kind === 'leaf') {
    out.push(
      before.value === after.value ? { kind: 'replace', ref, unchanged: true } : { kind: 'replace', ref },
    );
  } else if (before !== after && before.kind === 'interior' && after.kind === 'interior') {
    for (const [name, child] of after.children) {
      const below = { ...ref, path: [...ref.path, name] };
      const old = before.children.get(name);
      // A permanent child that stayed was not written.
      if (old !== child) changesBetween(below, old, child, out);
    }
    for (const name of before.children.keys()) {
      if (!after.children.has(name)) out.push({ kind: 'delete', ref: { ...ref, path: [...ref.path, name] } });
    }
  }
  return out;
}
