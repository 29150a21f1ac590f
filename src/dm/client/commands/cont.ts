/** CONT: the packages from the next Package#3 on go elsewhere (DM 2.0 §5.3.8, docs/decisions/end-and-cont.md). */

import { serverAddress } from '../server-uri.js';
import { mayCarrySession } from '../session.js';
import { sessionWith, updateSession } from '../session-state.js';
import type { Command } from './command.js';

export const CONT: Command = {
  parameters: { min: 1, max: 1 },
  start({ turn, serverId }, [serverUri]) {
    const address = serverAddress(serverUri!, turn.state, turn.env);
    if ('sc' in address) return address;
    const { url, continued } = sessionWith(turn, serverId);
    const downgrade = url.startsWith('https:') && !address.url.startsWith('https:');
    if (downgrade || !mayCarrySession(turn, address.url)) return { sc: 501 };
    if (continued >= turn.env.limits.continued) return { sc: 503 };
    updateSession(turn, serverId, { url: address.url, continued: continued + 1 });
    return { sc: 200 };
  },
};
