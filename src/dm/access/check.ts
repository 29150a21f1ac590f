/**
 * Whether an authority may run a command (DM 2.0 §6.3.1.1, §6.3.1.2, §10). What the asker may not is 403; what nobody
 * may do with the node is 405 for EXEC and DELETE and 403 for the others (docs/decisions/access-types.md).
 */
import { DACMO, type MoDefinition, type MoTree, type NodeRef } from '../../mo/index.js';
import { EXECUTE, type ManagementAuthority, WRITE } from './authority.js';
import { AccessContext } from './context.js';
import { checkDelegation } from './delegation.js';
import { allows } from './node-access.js';
import { isMandatory, refsBelow } from './nodes.js';
import type { AccessRequest, AccessResult } from './types.js';
import { checkWrite } from './write.js';

/**
 * Judges a command before it runs. Every node it involves is looked at; the first refusal is the answer.
 *
 * @example
 * const server = { kind: 'server', serverId: 'dm1' } as const;
 * const refs = [{ moid: 'urn:example:mo', miid: 'a', path: [] }];
 * checkAccess(MoTree.empty, server, { operation: 'read', refs }, MO_DEFINITIONS).ok // → false
 */
export function checkAccess(
  tree: MoTree,
  authority: ManagementAuthority,
  request: AccessRequest,
  definitions: readonly MoDefinition[],
): AccessResult {
  const context = new AccessContext(tree, authority, definitions);
  switch (request.operation) {
    case 'read':
      return first(request.refs, (ref) =>
        context.canRead(ref) ? { ok: true } : context.refuse(403, 'may not read', ref),
      );
    case 'execute':
      return first(request.refs, (ref) => checkExecute(context, ref));
    case 'delete':
      return first(request.refs, (ref) => checkDelete(context, ref));
    case 'write': {
      const others = request.changes.filter(({ ref }) => ref.moid !== DACMO.moid);
      const result = first(others, (change) => checkWrite(context, change, request.after));
      if (!result.ok || others.length === request.changes.length) return result;
      return checkDelegation(tree, authority, request.after);
    }
  }
}

function first<T>(items: readonly T[], judge: (item: T) => AccessResult): AccessResult {
  for (const item of items) {
    const result = judge(item);
    if (!result.ok) return result;
  }
  return { ok: true };
}

function checkExecute(context: AccessContext, ref: NodeRef): AccessResult {
  if ((context.rights(ref) & EXECUTE) === 0) return context.refuse(403, 'may not execute', ref);
  if (allows(context.nodeAccess(ref), 'Exec')) return { ok: true };
  return context.refuse(405, 'cannot execute, for want of the AccessType Exec,', ref);
}

function checkDelete(context: AccessContext, ref: NodeRef): AccessResult {
  if (ref.moid === DACMO.moid) {
    const { tree, authority } = context;
    return checkDelegation(tree, authority, tree.node(ref) === undefined ? tree : tree.withoutNode(ref));
  }
  const refused = refsBelow(context.tree, ref).find((below) => !mayRemove(context, ref, below));
  if (refused !== undefined) return context.refuse(403, 'may not delete', refused);
  const node = context.nodeAccess(ref);
  if (isMandatory(context.tree, ref, node)) {
    return context.refuse(405, 'cannot delete the permanent or mandatory node', ref);
  }
  if (allows(node, 'Delete')) return { ok: true };
  return context.refuse(405, 'cannot delete, for want of the AccessType Delete,', ref);
}

// Perm goes with its account, but not alone.
function mayRemove(context: AccessContext, target: NodeRef, below: NodeRef): boolean {
  if ((context.rights(below) & WRITE) === 0) return false;
  const withAccount = target.path.length === 0 && below.path[0] === 'Perm';
  return withAccount || !context.isReserved(below);
}
