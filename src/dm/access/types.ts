/** Questions to the access control and its answers (DM 2.0 §6.3.1.1, §10, Appendix C). */
import type { MoTree, NodeRef, TreeChange } from '../../mo/index.js';

/** What an authority wants to do. */
export type AccessRequest =
  /** GET, HPUT, HPOST: the addressed nodes; what may not be seen below them is left out (`readable`). */
  | { readonly operation: 'read'; readonly refs: readonly NodeRef[] }
  | { readonly operation: 'execute'; readonly refs: readonly NodeRef[] }
  | { readonly operation: 'delete'; readonly refs: readonly NodeRef[] }
  /** HGET: what it would change, and the tree as it would be. */
  | { readonly operation: 'write'; readonly changes: readonly TreeChange[]; readonly after: MoTree };

/** `reason` is for logs: it names nodes, never values. */
export type AccessResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly status: 403 | 405; readonly reason: string };
