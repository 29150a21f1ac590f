/** HGET: fetches MO data and stores it (DM 2.0 §5.3.1). */
import { fetchAction, placeFor, storeFetched } from '../fetch.js';
import { serverAddress } from '../server-uri.js';
import { authorityOf, type Command } from './command.js';

export const HGET: Command = {
  parameters: { min: 1, max: 2 },
  start(context, [serverUri, clientUri]) {
    const { turn, serverId } = context;
    const address = serverAddress(serverUri!, turn.state, turn.env);
    if ('sc' in address) return { sc: address.sc === 501 ? 419 : 400 };
    const place = clientUri === undefined ? undefined : placeFor(turn, clientUri);
    if (place !== undefined && 'sc' in place) return place;
    const id = fetchAction(turn, serverId, address.url, { for: 'command', serverId });
    return { on: 'fetch', id, ...(place === undefined ? {} : { at: place.place }) };
  },
  resume(context, waiting, answer) {
    if (waiting.on !== 'fetch') return { sc: 500 };
    if (answer.kind !== 'response' || answer.status !== 200) return { sc: 419 };
    return storeFetched(context.turn, authorityOf(context), answer, waiting.at);
  },
};
