/** EXEC: runs a node, its status at once or by an alert later (DM 2.0 §5.3.5, §5.4.1). */
import { formatNodeRef } from '../../../mo/index.js';
import { isStatus } from '../../packages/index.js';
import { resolveClientUri } from '../../uri/index.js';
import { checkRights } from '../access.js';
import type { AsyncExec } from '../kept.js';
import { serverAddress } from '../server-uri.js';
import { authorityOf, type Command } from './command.js';

export const EXEC: Command = {
  parameters: { min: 1, max: 2 },
  start(context, [clientUri, serverUri]) {
    const { turn, serverId } = context;
    const address = serverUri === undefined ? undefined : serverAddress(serverUri, turn.state, turn.env);
    if (address !== undefined && 'sc' in address) return address;
    const found = resolveClientUri(turn.state.tree, clientUri!, {
      allowWildcard: false,
      definitions: turn.env.definitions,
    });
    if (found.status !== 200) return { sc: found.status };
    const [ref] = found.nodes;
    const rights = checkRights(turn, authorityOf(context), { operation: 'execute', refs: found.nodes });
    if (!rights.ok) return { sc: rights.status };
    if (turn.state.asyncExecs.length >= turn.env.limits.execs) return { sc: 503 };
    const exec: AsyncExec = {
      id: turn.newId(),
      serverId,
      clientUri: formatNodeRef(ref!),
      moid: ref!.moid,
      ...(address === undefined ? {} : { serverUri: address.url }),
    };
    const { id } = exec;
    const asynchronous = address !== undefined;
    turn.act({ type: 'exec', id, ref: ref!, clientUri: exec.clientUri, serverId, asynchronous });
    if (!asynchronous) return { on: 'exec', exec };
    turn.update({ asyncExecs: [...turn.state.asyncExecs, exec] });
    return { sc: 202 };
  },
  resume({ turn }, waiting, answer) {
    if (answer.kind !== 'exec' || waiting.on !== 'exec') return { sc: 500 };
    if (answer.completed) return { sc: isStatus(answer.status, 'EXEC') ? answer.status : 500 };
    turn.update({ asyncExecs: [...turn.state.asyncExecs, waiting.exec] });
    return { sc: 202 };
  },
};
