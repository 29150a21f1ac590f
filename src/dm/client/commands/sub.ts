/** SUB and UNSUB: changes of a part of the tree are sent by HTTP PUT (DM 2.0 §5.3.11, §5.3.12). */

import type { Subscription } from '../kept.js';
import { readNodes } from '../nodes.js';
import { serverAddress } from '../server-uri.js';
import { authorityOf, type Command } from './command.js';

export const SUB: Command = {
  parameters: { min: 2, max: 2 },
  start(context, [serverUri, clientUri]) {
    const { turn, serverId } = context;
    const address = serverAddress(serverUri!, turn.state, turn.env);
    if ('sc' in address) return address;
    const { sc } = readNodes(turn, authorityOf(context), clientUri!);
    if (sc !== 200 && sc !== 304) return { sc };
    const others = turn.state.subscriptions.filter((each) => !isFor(each, serverId, clientUri!));
    if (others.length >= turn.env.limits.subscriptions) return { sc: 503 };
    const subscription = {
      id: turn.newId(),
      serverId,
      serverUri: serverUri!,
      clientUri: clientUri!,
    };
    turn.update({ subscriptions: [...others, subscription] });
    return { sc: 200 };
  },
};

export const UNSUB: Command = {
  parameters: { min: 1, max: 1 },
  start({ turn, serverId }, [clientUri]) {
    const { subscriptions } = turn.state;
    const others = subscriptions.filter((each) => !isFor(each, serverId, clientUri!));
    if (others.length === subscriptions.length) return { sc: 404 };
    turn.update({ subscriptions: others });
    return { sc: 200 };
  },
};

/** The ClientURI is the one of the SUB, letter by letter (§5.3.12). */
function isFor(each: Subscription, serverId: string, clientUri: string): boolean {
  return each.serverId === serverId && each.clientUri === clientUri;
}
