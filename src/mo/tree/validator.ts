/** Cache validators of MO instances (DM 2.0 §11.1). */
import { createHash } from 'node:crypto';
import type { InteriorNode, MoInstance } from './types.js';

const digests = new WeakMap<object, string>();

/**
 * The cache validator of an instance: its revision, so that it changes with every change, and a short SHA-256 of its
 * content, so that a device that lost its count does not repeat one.
 *
 * @example
 * const root = nodeFromJson(undefined, {}, '$');
 * const tree = MoTree.empty.withInstance({ moid: 'urn:example:mo', miid: 'a', root });
 * cacheValidator(tree.instance('urn:example:mo', 'a')!) // → '1-44136fa355b3678a'
 */
export function cacheValidator(instance: MoInstance): string {
  return `${instance.revision}-${digest(instance.root).slice(0, 16)}`;
}

/** The revision in a cache validator of `cacheValidator`; undefined where it is another's. */
export function revisionOf(validator: string): number | undefined {
  const match = /^(\d{1,15})-[0-9a-f]{16}$/.exec(validator);
  return match === null ? undefined : Number(match[1]);
}

// Names sorted: the order of children has no meaning and does not survive JSON.
function digest(node: InteriorNode): string {
  const before = digests.get(node.children);
  if (before !== undefined) return before;
  const entries = [...node.children.keys()].sort().map((name) => {
    const child = node.children.get(name)!;
    const content = child.kind === 'leaf' ? JSON.stringify(child.value) : `{${digest(child)}}`;
    return `${JSON.stringify(name)}:${content}`;
  });
  const value = createHash('sha256')
    .update(`{${entries.join(',')}}`)
    .digest('hex');
  digests.set(node.children, value);
  return value;
}
