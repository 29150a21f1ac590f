/**
 * Several changes of a tree as one. What a change touches is copied once, so that many changes below one parent
 * stay linear; nothing is visible before `done`, and an edit that is dropped leaves no trace.
 */
import { DataError } from '../../errors/index.js';
import { formatNodeRef } from './names.js';
import type { InteriorNode, MoInstance, MoNode, NodeRef } from './types.js';
import { weigh } from './weight.js';

export interface TreeData {
  readonly mos: ReadonlyMap<string, ReadonlyMap<string, MoInstance>>;
  readonly changes: number;
  readonly count: number;
  readonly octets: number;
}

export type NewInstance = Omit<MoInstance, 'revision'>;

export class TreeEdit {
  private readonly mos: Map<string, Map<string, MoInstance>>;
  /** Maps made by this edit: only these may be written to. */
  private owned = new WeakSet<object>();
  private readonly touched = new Map<string, Set<string>>();
  private finished = false;

  constructor(private readonly base: TreeData) {
    this.mos = new Map(base.mos) as Map<string, Map<string, MoInstance>>;
  }

  instance(moid: string, miid: string): MoInstance | undefined {
    return this.mos.get(moid)?.get(miid);
  }

  instancesOf(moid: string): ReadonlyMap<string, MoInstance> | undefined {
    return this.mos.get(moid);
  }

  node(ref: NodeRef): MoNode | undefined {
    return nodeBelow(this.instance(ref.moid, ref.miid)?.root, ref.path);
  }

  setInstance({ moid, miid, ddf, root }: NewInstance): void {
    const revision = this.base.changes + 1;
    this.instances(moid, miid).set(miid, {
      moid,
      miid,
      ...(ddf === undefined ? {} : { ddf }),
      root,
      revision,
    });
  }

  deleteInstance(moid: string, miid: string): void {
    if (this.instance(moid, miid) === undefined) missing({ moid, miid, path: [] });
    const instances = this.instances(moid, miid);
    instances.delete(miid);
    if (instances.size === 0) this.mos.delete(moid);
  }

  /** Adds or replaces a node; its parent must be there. */
  setNode(ref: NodeRef, node: MoNode): void {
    const name = ref.path.at(-1);
    if (name !== undefined) {
      this.childrenAbove(ref).set(name, node);
      return;
    }
    if (node.kind === 'leaf') throw new DataError('DATA_MO', 'the root of an instance is an interior node');
    const { ddf } = this.instance(ref.moid, ref.miid) ?? {};
    this.setInstance({ moid: ref.moid, miid: ref.miid, ...(ddf === undefined ? {} : { ddf }), root: node });
  }

  deleteNode(ref: NodeRef): void {
    const name = ref.path.at(-1);
    if (name === undefined) this.deleteInstance(ref.moid, ref.miid);
    else if (!this.childrenAbove(ref).delete(name)) missing(ref);
  }

  /** The changed tree; the edit cannot go on after it. */
  done(): TreeData {
    this.finished = true;
    this.owned = new WeakSet();
    let { count, octets } = this.base;
    for (const [moid, miids] of this.touched) {
      for (const miid of miids) {
        const before = weightOf(this.base.mos.get(moid)?.get(miid));
        const after = weightOf(this.instance(moid, miid));
        count += after.nodes - before.nodes;
        octets += after.octets - before.octets;
      }
    }
    return { mos: this.mos, changes: this.base.changes + 1, count, octets };
  }

  private instances(moid: string, miid: string): Map<string, MoInstance> {
    if (this.finished) throw new Error('this edit of the tree is finished');
    const miids = this.touched.get(moid) ?? new Set();
    this.touched.set(moid, miids.add(miid));
    const present = this.mos.get(moid);
    if (present !== undefined && this.owned.has(present)) return present;
    const copy = new Map(present);
    this.owned.add(copy);
    this.mos.set(moid, copy);
    return copy;
  }

  /** The children of the node's parent, writable: every level down to it is this edit's own. */
  private childrenAbove(ref: NodeRef): Map<string, MoNode> {
    const instance = this.instance(ref.moid, ref.miid);
    if (instance === undefined) missing(ref);
    let children = this.own(instance.root, (root) => {
      this.instances(ref.moid, ref.miid).set(ref.miid, {
        ...instance,
        root,
        revision: this.base.changes + 1,
      });
    });
    for (const name of ref.path.slice(0, -1)) {
      const child = children.get(name);
      if (child?.kind !== 'interior') missing(ref);
      const parent = children;
      children = this.own(child, (copy) => parent.set(name, copy));
    }
    return children;
  }

  private own(node: InteriorNode, replace: (copy: InteriorNode) => void): Map<string, MoNode> {
    if (this.owned.has(node.children)) return node.children as Map<string, MoNode>;
    const children = new Map(node.children);
    this.owned.add(children);
    replace({ kind: 'interior', children });
    return children;
  }
}

/** The node at `path` below `node`. */
export function nodeBelow(node: MoNode | undefined, path: readonly string[]): MoNode | undefined {
  let at = node;
  for (const name of path) at = at?.kind === 'interior' ? at.children.get(name) : undefined;
  return at;
}

function weightOf(instance: MoInstance | undefined): { nodes: number; octets: number } {
  return instance === undefined ? { nodes: 0, octets: 0 } : weigh(instance.root);
}

function missing(ref: NodeRef): never {
  const node = formatNodeRef(ref);
  throw new DataError('DATA_NODE_MISSING', `there is no place for ${node} in the tree`, {
    details: { node },
  });
}
