/** GET: data of the tree goes back with Package#3 (DM 2.0 §5.3.6, §11.2, Appendix F). */
import { encodeNodes, readNodes } from '../nodes.js';
import type { NodeSource } from '../running.js';
import type { Turn } from '../turn.js';
import { authorityOf, type Command } from './command.js';

export const GET: Command = {
  parameters: { min: 1, max: 1 },
  start(context, [clientUri]) {
    const { turn } = context;
    const authority = authorityOf(context);
    const reading = readNodes(turn, authority, clientUri!);
    if (reading.sc !== 200) return { sc: reading.sc };
    if (!reading.isList && isEmpty(turn, reading.sources[0]!)) return { sc: 204 };
    // OMADM-Accept is about PUT and POST to repositories: a Package#3 carries what §7 and Appendix F name.
    return { sc: 200, part: encodeNodes(turn, authority, reading)! };
  },
};

/** A node of format null, and an interior node that has no children, have no content. */
function isEmpty({ state }: Turn, { ref }: NodeSource): boolean {
  const node = state.tree.node(ref);
  return node?.kind === 'interior' ? node.children.size === 0 : node?.value === null;
}
