/** DEFAULT: where the configuration of a MOID is fetched when an application misses it (DM 2.0 §5.3.10). */
import { canonicalMoid } from '../../../mo/index.js';
import { mayManage } from '../access.js';
import { serverAddress } from '../server-uri.js';
import { withEntry } from '../turn.js';
import type { Command } from './command.js';

const MOID = /^[A-Za-z0-9._~:%@!$&'()*+,;=-]{1,512}$/;

export const DEFAULT: Command = {
  parameters: { min: 2, max: 2 },
  start({ turn, serverId }, [serverUri, text]) {
    const address = serverAddress(serverUri!, turn.state, turn.env);
    if ('sc' in address) return address;
    if (!MOID.test(text!)) return { sc: 400 };
    const moid = canonicalMoid(text!);
    if (!mayManage(turn, serverId, moid)) return { sc: 403 };
    const { defaults } = turn.state;
    if (!defaults.has(moid) && defaults.size >= turn.env.limits.defaults) return { sc: 503 };
    // Kept as it came: the network may be another one when it is used.
    turn.update({ defaults: withEntry(defaults, moid, { serverUri: serverUri!, serverId }) });
    return { sc: 200 };
  },
};
