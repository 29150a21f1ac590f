/** DELETE: a node with all below it, or an instance (DM 2.0 §5.3.4, §6.3.1.2). */
import { deleteNode } from '../../../mo/index.js';
import type { ManagementAuthority } from '../../access/index.js';
import { resolveClientUri } from '../../uri/index.js';
import { checkRights } from '../access.js';
import { afterTreeChange } from '../consequences.js';
import type { Turn } from '../turn.js';
import { authorityOf, type Command } from './command.js';

export const DELETE: Command = {
  parameters: { min: 1, max: 1 },
  start: (context, [clientUri]) => ({ sc: removeNodes(context.turn, authorityOf(context), clientUri!) }),
};

/** Deletes what a ClientURI names, all of it or nothing; the status tells. */
export function removeNodes(turn: Turn, authority: ManagementAuthority, clientUri: string): number {
  const { definitions } = turn.env;
  const found = resolveClientUri(turn.state.tree, clientUri, { allowWildcard: true, definitions });
  if (found.status !== 200) return found.status;
  const rights = checkRights(turn, authority, { operation: 'delete', refs: found.nodes });
  if (!rights.ok) return rights.status;
  let { tree } = turn.state;
  for (const ref of found.nodes) {
    const deleted = deleteNode(tree, ref, definitions);
    if (deleted.status !== 200) return deleted.status;
    tree = deleted.tree;
  }
  afterTreeChange(turn, tree);
  return 200;
}
