/** Nodes of the DM tree (DM 2.0 §6.3.1): plain, immutable data. Names are decoded (no percent signs). */

/** As the format says: int and float numbers, bool booleans, null null, bin and b64 base64 text, all others text. */
export type LeafValue = string | number | boolean | null;

export interface LeafNode {
  readonly kind: 'leaf';
  readonly value: LeafValue;
}

export interface InteriorNode {
  readonly kind: 'interior';
  readonly children: ReadonlyMap<string, MoNode>;
}

export type MoNode = LeafNode | InteriorNode;

export interface MoInstance {
  readonly moid: string;
  /** Unique among the instances of its MOID (§6.1.1.1). */
  readonly miid: string;
  /** Address of the DDF file. */
  readonly ddf?: string;
  readonly root: InteriorNode;
  /** `changes` of the tree when this instance last changed. */
  readonly revision: number;
}

/** One node of one instance. */
export interface NodeRef {
  readonly moid: string;
  readonly miid: string;
  /** Names below the root of the instance; empty for the root. */
  readonly path: readonly string[];
}

/** What happened to one node. */
export interface TreeChange {
  readonly kind: 'add' | 'replace' | 'delete';
  readonly ref: NodeRef;
  /** A leaf was written with the value it had: rights apply, but nothing is different. */
  readonly unchanged?: true;
}

/** What a device has room for. */
export interface TreeLimits {
  readonly nodes: number;
  /** Levels below the root of an instance. */
  readonly depth: number;
  /** Octets of one value in UTF-8. */
  readonly valueOctets: number;
  /** Octets of all names and values. */
  readonly octets: number;
}

/** Limits where nothing else is told. */
export const TREE_LIMITS: TreeLimits = {
  nodes: 200_000,
  depth: 32,
  valueOctets: 1024 * 1024,
  octets: 64 * 1024 * 1024,
};
