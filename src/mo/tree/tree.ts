/** The DM tree: MO instances by MOID and MIID (DM 2.0 §6.1.1.1). */
import { type NewInstance, nodeBelow, type TreeData, TreeEdit } from './edit.js';
import type { MoInstance, MoNode, NodeRef } from './types.js';
import { weigh } from './weight.js';

const NONE: ReadonlyMap<string, MoInstance> = new Map();

/**
 * An immutable tree: every `with…` gives a new one that shares what did not change.
 *
 * @example
 * const root = nodeFromJson(undefined, { ID: 'GPS' }, '$');
 * const tree = MoTree.empty.withInstance({ moid: 'urn:example:mo', miid: 'left', root });
 * tree.node({ moid: 'urn:example:mo', miid: 'left', path: ['ID'] }) // → { kind: 'leaf', value: 'GPS' }
 */
export class MoTree {
  static readonly empty: MoTree = new MoTree({ mos: new Map(), changes: 0, count: 0, octets: 0 });

  private constructor(private readonly data: TreeData) {}

  /** The tree of instances that keep their revisions, as a state folder has them; a later one replaces an earlier. */
  static of(instances: Iterable<MoInstance>): MoTree {
    const mos = new Map<string, Map<string, MoInstance>>();
    for (const instance of instances) {
      const group = mos.get(instance.moid) ?? new Map<string, MoInstance>();
      mos.set(instance.moid, group.set(instance.miid, instance));
    }
    let [changes, count, octets] = [0, 0, 0];
    for (const { root, revision } of [...mos.values()].flatMap((group) => [...group.values()])) {
      const weight = weigh(root);
      changes = Math.max(changes, revision);
      count += weight.nodes;
      octets += weight.octets;
    }
    return new MoTree({ mos, changes, count, octets });
  }

  /** Grows with every change; the revision of what changed. */
  get changes(): number {
    return this.data.changes;
  }

  /** Nodes of all instances, roots included. */
  get count(): number {
    return this.data.count;
  }

  /** Octets of all names and values. */
  get octets(): number {
    return this.data.octets;
  }

  /** The MOIDs that have instances. */
  moids(): Iterable<string> {
    return this.data.mos.keys();
  }

  /** The instances of one MO by MIID; empty where there are none. */
  instancesOf(moid: string): ReadonlyMap<string, MoInstance> {
    return this.data.mos.get(moid) ?? NONE;
  }

  /** One instance; undefined where it is not there. */
  instance(moid: string, miid: string): MoInstance | undefined {
    return this.data.mos.get(moid)?.get(miid);
  }

  /** The node at a place; undefined where nothing is. */
  node(ref: NodeRef): MoNode | undefined {
    return nodeBelow(this.instance(ref.moid, ref.miid)?.root, ref.path);
  }

  /** Adds an instance or replaces it whole. */
  withInstance(instance: NewInstance): MoTree {
    return this.edit((edit) => edit.setInstance(instance));
  }

  /** @throws DataError `DATA_NODE_MISSING` */
  withoutInstance(moid: string, miid: string): MoTree {
    return this.edit((edit) => edit.deleteInstance(moid, miid));
  }

  /**
   * Adds or replaces a node; its parent must be there.
   *
   * @throws DataError `DATA_NODE_MISSING`; `DATA_MO` for a leaf as root
   */
  withNode(ref: NodeRef, node: MoNode): MoTree {
    return this.edit((edit) => edit.setNode(ref, node));
  }

  /**
   * Removes a node and all below it; with an empty path the instance.
   *
   * @throws DataError `DATA_NODE_MISSING`
   */
  withoutNode(ref: NodeRef): MoTree {
    return this.edit((edit) => edit.deleteNode(ref));
  }

  /** Several changes as one: all of them, or, where `change` throws, none. */
  edit(change: (edit: TreeEdit) => void): MoTree {
    const edit = new TreeEdit(this.data);
    change(edit);
    return new MoTree(edit.done());
  }
}
