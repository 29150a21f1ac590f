/** What the device itself puts into the tree: the Session Information MO, and rights to read it and DevInfo (§12.1, §12.4). */
import { DEVINFO, type LeafNode, type MoTree, SESSIONINFO } from '../../mo/index.js';
import { grantEveryone, permissionGroups } from '../access/index.js';
import type { Bearer } from './environment.js';

const MIID = 'SessionInfo';
/** Before the device has told what it is connected by. */
export const UNKNOWN_BEARER: Bearer = { cbt: 0, roaming: 2 };

/** The tree with what the session goes over; the same tree where that is nothing new. */
export function withBearer(tree: MoTree, { cbt, roaming }: Bearer): MoTree {
  const ref = { moid: SESSIONINFO.moid, miid: MIID };
  const is = (name: string, value: number) => {
    const node = tree.node({ ...ref, path: [name] });
    return node?.kind === 'leaf' && node.value === value;
  };
  if (is('CBT', cbt) && is('ROAMING', roaming)) return tree;
  const leaf = (value: number): LeafNode => ({ kind: 'leaf', value });
  const children = new Map([
    ['CBT', leaf(cbt)],
    ['ROAMING', leaf(roaming)],
  ]);
  return tree.withInstance({ ...ref, root: { kind: 'interior', children } });
}

/** The tree in which everyone may read DevInfo and SessionInfo, where nothing else was said about them (Figure 17). */
export function withDeviceRights(tree: MoTree): MoTree {
  const open = [DEVINFO.moid, SESSIONINFO.moid].flatMap((moid) =>
    [...tree.instancesOf(moid).keys()]
      .filter((miid) => permissionGroups(tree, moid, miid).length === 0)
      .map((miid) => ({ moid, miid })),
  );
  return open.length === 0 ? tree : grantEveryone(tree, open);
}
