/** How large a node is with all below it. Nodes never change, so what was counted once is kept. */
import type { MoNode } from './types.js';

export interface Weight {
  readonly nodes: number;
  /** Octets of names and values, without the node's own name. */
  readonly octets: number;
  /** Levels below the node. */
  readonly depth: number;
  /** The largest value. */
  readonly value: number;
}

const known = new WeakMap<object, Weight>();

/** Nodes, octets, depth and largest value of a node and all below it. */
export function weigh(node: MoNode): Weight {
  if (node.kind === 'leaf') {
    const octets = typeof node.value === 'string' ? Buffer.byteLength(node.value) : 8;
    return { nodes: 1, octets, depth: 0, value: octets };
  }
  const before = known.get(node.children);
  if (before !== undefined) return before;
  const sum = { nodes: 1, octets: 0, depth: 0, value: 0 };
  for (const [name, child] of node.children) {
    const weight = weigh(child);
    sum.nodes += weight.nodes;
    sum.octets += weight.octets + name.length;
    sum.depth = Math.max(sum.depth, weight.depth + 1);
    sum.value = Math.max(sum.value, weight.value);
  }
  known.set(node.children, sum);
  return sum;
}
