/** The MIIDs that the client gives new instances (DM 2.0 §5.3.1, §6.1.1.1). */
import { isNodeName, type MoTree } from '../../mo/index.js';

/**
 * Chooses MIIDs for several new instances of one step: the label where it is a free name, otherwise the label or `x`
 * with the first number that is free.
 */
export function miidChooser(tree: MoTree): (moid: string, label?: string) => string {
  const given = new Set<string>();
  return (moid, label) => {
    const base = label !== undefined && isNodeName(label) && label.length <= 64 ? label : 'x';
    for (let n = 1; ; n++) {
      const miid = n === 1 ? base : `${base}-${n}`;
      const key = `${moid}/${miid}`;
      if (tree.instance(moid, miid) !== undefined || given.has(key)) continue;
      given.add(key);
      return miid;
    }
  };
}
