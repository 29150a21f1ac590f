/** SHOW: a page for the user; the run goes on as soon as the browser is there (DM 2.0 §5.3.7). */
import { serverAddress } from '../server-uri.js';
import type { Command } from './command.js';

export const SHOW: Command = {
  parameters: { min: 1, max: 1 },
  start({ turn }, [serverUri]) {
    const address = serverAddress(serverUri!, turn.state, turn.env);
    if ('sc' in address) return address;
    if (!turn.env.policy.browser) return { sc: 501 };
    const id = turn.newId();
    turn.act({ type: 'browse', id, url: address.url });
    return { on: 'browser', id };
  },
  resume(_context, _waiting, answer) {
    if (answer.kind !== 'browser') return { sc: 500 };
    if (answer.rejected) return { sc: 507 };
    return { sc: answer.ok ? 200 : 500 };
  },
};
