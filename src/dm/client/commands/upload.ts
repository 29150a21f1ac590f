/** HPUT and HPOST: data of the tree goes to a repository (DM 2.0 §5.3.2, §5.3.3, §5.5). */
import { credentialsFor } from '../accounts.js';
import { encodeNodes, readNodes } from '../nodes.js';
import type { NodeList } from '../running.js';
import { serverAddress } from '../server-uri.js';
import { sessionWith } from '../session-state.js';
import { withEntry } from '../turn.js';
import { authorityOf, type Command, type CommandContext, type CommandOutcome } from './command.js';

/** What is left when none of the ClientURIs can be sent: the first of these that one of them has. */
const WORSE_LAST = [304, 403, 404] as const;

function upload(method: 'PUT' | 'POST'): Command {
  return {
    parameters: { min: 2, max: Number.POSITIVE_INFINITY },
    start(context, [serverUri, ...clientUris]) {
      const { turn, serverId } = context;
      const address = serverAddress(serverUri!, turn.state, turn.env);
      if ('sc' in address) return { sc: address.sc === 501 ? 419 : 400 };
      const readings = clientUris.map((clientUri) => readNodes(turn, authorityOf(context), clientUri));
      if (readings.some(({ sc }) => sc === 400)) return { sc: 400 };
      const isList = readings.length > 1 || readings.some((each) => each.sc === 200 && each.isList);
      const sources = readings.flatMap((reading) => (reading.sc === 200 ? reading.sources : []));
      if (sources.length === 0)
        return { sc: WORSE_LAST.find((sc) => readings.some((each) => each.sc === sc))! };
      const { omadmAccept } = sessionWith(turn, serverId);
      return send(
        context,
        { method, url: address.url, nodes: { sources, isList }, retried: false },
        omadmAccept,
      );
    },
    resume(context, waiting, answer) {
      if (waiting.on !== 'upload' || answer.kind !== 'response') return { sc: 419 };
      if (answer.status >= 200 && answer.status <= 299) return { sc: 200 };
      const accept = answer.headers['omadm-accept'];
      if (answer.status !== 415 || accept === undefined || waiting.retried) return { sc: 419 };
      return send(context, { ...waiting, retried: true }, accept);
    },
  };
}

export const HPUT = upload('PUT');
export const HPOST = upload('POST');

interface Upload {
  readonly method: 'PUT' | 'POST';
  readonly url: string;
  readonly nodes: NodeList;
  readonly retried: boolean;
}

function send(
  context: CommandContext,
  { method, url, nodes, retried }: Upload,
  accept: string | undefined,
): CommandOutcome {
  const { turn, serverId } = context;
  const encoded = encodeNodes(turn, authorityOf(context), nodes, accept);
  if (encoded === undefined) return { sc: 406 };
  const id = turn.newId();
  const credentials = credentialsFor(turn.state, serverId, url);
  turn.update({ requests: withEntry(turn.state.requests, id, { for: 'command', serverId }) });
  turn.act({
    type: 'http',
    id,
    purpose: 'repository',
    request: { method, url, headers: { 'content-type': encoded.contentType }, body: encoded.body },
    ...(credentials === undefined ? {} : { credentials }),
  });
  return { on: 'upload', id, method, url, nodes, retried };
}
