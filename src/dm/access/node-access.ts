/** What the definition of a node lets anybody do with it: AccessType and Scope (DM 2.0 §6.3.1.1, §6.3.1.2). */
import {
  type AccessType,
  findDefinition,
  type MoDefinition,
  matchChild,
  type NodeDefinition,
} from '../../mo/index.js';

/**
 * Where a path ends: at a described node; in a part that nobody describes (an MO without definition, below an Ext
 * node), which only rights protect; or at a name that the definition does not have.
 */
export type NodeAccess =
  | { readonly kind: 'described'; readonly definition: NodeDefinition; readonly hidden: boolean }
  | { readonly kind: 'open'; readonly hidden: boolean }
  | { readonly kind: 'unknown' };

/** What the definitions say of the node at `path`; `hidden` if it, or a node above it, has `No Get`. */
export function nodeAccess(
  definitions: readonly MoDefinition[],
  moid: string,
  path: readonly string[],
): NodeAccess {
  const root = findDefinition(moid, definitions)?.definition.root;
  if (root === undefined) return { kind: 'open', hidden: false };
  let definition = root;
  let hidden = isHidden(root);
  for (const name of path) {
    if (definition.open) return { kind: 'open', hidden };
    const match = matchChild(definition, name);
    if (match === undefined) return { kind: 'unknown' };
    definition = match.definition;
    hidden ||= isHidden(definition);
  }
  return { kind: 'described', definition, hidden };
}

function isHidden({ access }: NodeDefinition): boolean {
  return access.includes('No Get');
}

/** Whether the AccessType allows an operation; where nobody describes the node, rights alone decide. */
export function allows(node: NodeAccess, type: AccessType): boolean {
  if (node.kind === 'unknown') return false;
  if (node.kind === 'open') return type !== 'Get' || !node.hidden;
  if (type === 'Get' && node.hidden) return false;
  const { access } = node.definition;
  return access.includes(type) && !access.includes(`No ${type}`);
}
