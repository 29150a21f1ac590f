/** What HGET would change, node by node (DM 2.0 §6.3.1.1: Add for new nodes, Replace for values). */
import type { MoNode, MoTree, NodeRef, TreeChange } from '../../mo/index.js';
import { WRITE } from './authority.js';
import type { AccessContext } from './context.js';
import { allows, type NodeAccess } from './node-access.js';
import { refsBelow } from './nodes.js';
import type { AccessResult } from './types.js';

/** Judges one change, and what it means for the nodes below. */
export function checkWrite(context: AccessContext, change: TreeChange, after: MoTree): AccessResult {
  const { ref } = change;
  const before = context.tree.node(ref);
  const now = after.node(ref);
  if (change.unchanged) return checkRight(context, ref);
  return checkNode(context, ref, before, now, before === undefined ? parentIsNew(context, ref) : false);
}

function checkNode(
  context: AccessContext,
  ref: NodeRef,
  before: MoNode | undefined,
  now: MoNode | undefined,
  newParent: boolean,
): AccessResult {
  if (before === now) return { ok: true };
  if (now === undefined) return checkRemoved(context, ref);
  const right = checkRight(context, ref);
  if (!right.ok) return right;
  const access = context.nodeAccess(ref);
  if (before === undefined && !mayAdd(access, newParent)) {
    return context.refuse(403, 'may not add', ref);
  }
  if (before !== undefined && isOtherValue(before, now) && !allows(access, 'Replace')) {
    return context.refuse(403, 'may not replace', ref);
  }
  return checkChildren(context, ref, before, now);
}

function checkChildren(
  context: AccessContext,
  ref: NodeRef,
  before: MoNode | undefined,
  now: MoNode,
): AccessResult {
  const old = before?.kind === 'interior' ? before.children : new Map<string, MoNode>();
  const young = now.kind === 'interior' ? now.children : new Map<string, MoNode>();
  for (const name of new Set([...old.keys(), ...young.keys()])) {
    const below = { ...ref, path: [...ref.path, name] };
    const result = checkNode(context, below, old.get(name), young.get(name), before === undefined);
    if (!result.ok) return result;
  }
  return { ok: true };
}

function checkRemoved(context: AccessContext, ref: NodeRef): AccessResult {
  for (const below of refsBelow(context.tree, ref)) {
    const right = checkRight(context, below);
    if (!right.ok) return right;
  }
  if (allows(context.nodeAccess(ref), 'Delete')) return { ok: true };
  return context.refuse(403, 'may not remove, by leaving it out,', ref);
}

// A new instance has no rights yet: its creator gets them all (§10).
function checkRight(context: AccessContext, ref: NodeRef): AccessResult {
  const isNew = context.tree.instance(ref.moid, ref.miid) === undefined;
  const right = isNew ? context.isProvisioned(ref.moid) : (context.rights(ref) & WRITE) !== 0;
  return right && !context.isReserved(ref) ? { ok: true } : context.refuse(403, 'may not write', ref);
}

// A node that belongs to its parent comes with it (§6.3.1.2).
function mayAdd(access: NodeAccess, newParent: boolean): boolean {
  if (allows(access, 'Add')) return true;
  if (!newParent || access.kind !== 'described') return false;
  const { definition } = access;
  return definition.scope === 'permanent' || definition.occurrence.startsWith('One');
}

function isOtherValue(before: MoNode, now: MoNode): boolean {
  if (before.kind === 'leaf' && now.kind === 'leaf') return before.value !== now.value;
  return before.kind !== now.kind;
}

function parentIsNew(context: AccessContext, ref: NodeRef): boolean {
  if (ref.path.length === 0) return false;
  return context.tree.node({ ...ref, path: ref.path.slice(0, -1) }) === undefined;
}
