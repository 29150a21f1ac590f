/** Permissions that a bootstrap gives (DM 2.0 §8.5, §12.3): for what it brings itself, and nothing else. */
import { canonicalMoid, DACMO, MoTree, nodeFromJson, type SerializedMo } from '../../mo/index.js';
import { permissionGroups, withPermissions } from '../access/index.js';

/** An MO of the bootstrap under the name that the bootstrap has for it, and where it is now. */
export interface Placed {
  readonly moid: string;
  readonly label: string;
  readonly miid: string;
}

/**
 * The tree with the permissions of a Delegation Access Control MO of a bootstrap. It is not stored as it is: the device
 * has one such MO, with the permissions of all servers, and MIIDs may be others than the bootstrap proposed. Entries for
 * instances that the bootstrap does not bring give nothing.
 *
 * @throws DataError `DATA_MO`
 */
export function withBootstrapRights(
  tree: MoTree,
  objects: readonly SerializedMo[],
  placed: readonly Placed[],
): MoTree {
  let next = tree;
  for (const object of objects) {
    const [label = '', raw = null] = Object.entries(object.moData)[0] ?? [];
    const root = nodeFromJson(DACMO.root, raw, `MOData.${label}`);
    if (root.kind === 'leaf') continue;
    const given = MoTree.empty.withInstance({ moid: DACMO.moid, miid: label, root });
    for (const { moid, label: name, miid } of placed) {
      const groups = permissionGroups(given, canonicalMoid(moid), name);
      if (groups.length > 0) next = withPermissions(next, { moid, miid }, groups);
    }
  }
  return next;
}
