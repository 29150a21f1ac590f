/** Nodes as JSON (DM 2.0 §7.2.1.4), whole or a number of levels (§6.1.1.3). */
import type { JsonObject, JsonValue } from '../json.js';
import { setMember } from '../json.js';
import { labelOf } from './names.js';
import type { InteriorNode, MoNode } from './types.js';

export interface NodeToJsonOptions {
  /** Levels below the node; interior nodes beyond are `{}`. All unless told. */
  readonly levels?: number;
  /** Leaves a node out with all below it. The path starts below the node that is written. */
  readonly hide?: (path: readonly string[]) => boolean;
}

/**
 * A leaf as its value, an interior node as an object of its children.
 *
 * @example
 * const node = nodeFromJson(undefined, { A: { B: { C: 1 } }, D: true }, '$');
 * nodeToJson(node, { levels: 1 }) // → { A: {}, D: true }
 * nodeToJson(node, { hide: (path) => path.join('/') === 'A/B' }) // → { A: {}, D: true }
 */
export function nodeToJson(node: MoNode, options: NodeToJsonOptions = {}): JsonValue {
  if (node.kind === 'leaf') return node.value;
  return children(node, [], options.levels ?? Number.POSITIVE_INFINITY, options.hide);
}

function children(
  node: InteriorNode,
  path: readonly string[],
  levels: number,
  hide: NodeToJsonOptions['hide'],
): JsonObject {
  const out: Record<string, JsonValue> = {};
  if (levels <= 0) return out;
  for (const [name, child] of node.children) {
    const at = [...path, name];
    if (hide?.(at)) continue;
    setMember(
      out,
      labelOf(name),
      child.kind === 'leaf' ? child.value : children(child, at, levels - 1, hide),
    );
  }
  return out;
}
