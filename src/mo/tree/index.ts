/** The DM tree: instances of management objects, read, written and changed (DM 2.0 §6). */
export { type Deleted, deleteNode } from './delete.js';
export { nodeFromJson } from './from-json.js';
export { storeLeafValue } from './leaf-value.js';
export { decodeNodeName, decodeText, encodeText, formatNodeRef } from './names.js';
export { type SerializeOptions, serializeNode, todaysPath, treeFromDmmo, treeToDmmo } from './serialize.js';
export { type Stored, type StoreOptions, storeObjects } from './store.js';
export { type NodeToJsonOptions, nodeToJson } from './to-json.js';
export { MoTree } from './tree.js';
export {
  type InteriorNode,
  type LeafNode,
  type LeafValue,
  type MoInstance,
  type MoNode,
  type NodeRef,
  TREE_LIMITS,
  type TreeChange,
  type TreeLimits,
} from './types.js';
export { cacheValidator } from './validator.js';
