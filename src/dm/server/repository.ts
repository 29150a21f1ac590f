/**
 * The data repository (DM 2.0 §5.1.4, §5.3.1 to §5.3.3, §5.3.10, §5.3.11, §5.5): one-time addresses that belong to a
 * device (docs/decisions/repository-addresses.md).
 */
import { DataError } from '../../errors/index.js';
import { findFormat, MEDIA_TYPES, negotiate, parseMediaType } from '../packages/index.js';
import { speaksFor } from './admit.js';
import { settleJobs } from './jobs.js';
import { omadmAccept } from './package.js';
import type { AccountRecord, CommandRecord, RepositoryRecord, RepositoryVariant } from './records.js';
import { isText } from './statuses.js';
import { respond, type Turn } from './turn.js';
import type { ServerRequest, ServerResponse } from './types.js';

/**
 * A request at the address of an item. 404: the peer is not the item's device; 410: it is used up or has expired;
 * 405 another method; 406 no form that the device reads; 413, 415, 400 an upload that cannot be kept.
 */
export function takeRepositoryRequest(
  turn: Turn,
  request: ServerRequest,
  item: RepositoryRecord,
  account: AccountRecord | undefined,
): ServerResponse {
  if (!speaksFor(item.devId, request, account, turn.env.policy)) return respond(404);
  const allowed = methodsOf(item);
  if (!allowed.includes(request.method)) return respond(405, { allow: allowed.join(', ') });
  const lasting = item.use === 'default' || item.use === 'subscription';
  const gone = item.state !== 'open' || turn.now > item.expiresAt || (!lasting && item.usedAt !== undefined);
  if (gone) return respond(410);
  const serves = item.use === 'get' || item.use === 'default';
  return serves ? serve(turn, request, item) : receive(turn, request, item);
}

function methodsOf({ use, about }: RepositoryRecord): readonly string[] {
  if (use === 'upload') return [about === 'HPOST' ? 'POST' : 'PUT'];
  return use === 'subscription' ? ['PUT'] : ['GET'];
}

function serve(turn: Turn, { path, headers }: ServerRequest, item: RepositoryRecord): ServerResponse {
  const variants = forNetwork(item.variants, path);
  if (variants.length === 0) return respond(404);
  const types = variants.map(({ contentType }) => contentType);
  const chosen = choose(headers.accept, types);
  const variant = variants.find(({ contentType }) => contentType === chosen);
  if (variant === undefined) return respond(406);
  turn.write({ type: 'repository', record: { ...item, usedAt: turn.now } });
  if (item.use === 'get') showsItself(turn, item);
  return respond(200, { 'content-type': variant.contentType, 'cache-control': 'no-store' }, variant.body);
}

/** Most telling first: the documents for this network code, for this country, for all. */
function forNetwork(variants: readonly RepositoryVariant[], path: string): readonly RepositoryVariant[] {
  const query = new URLSearchParams(path.split('?')[1] ?? '');
  const [mcc, mnc] = [query.get('mcc'), query.get('mnc')];
  const fits = variants.filter(
    (variant) =>
      (variant.mcc === undefined || variant.mcc === mcc) &&
      (variant.mnc === undefined || variant.mnc === mnc),
  );
  const weight = (variant: RepositoryVariant) =>
    (variant.mcc === undefined ? 0 : 2) + (variant.mnc === undefined ? 0 : 1);
  const most = Math.max(...fits.map(weight));
  return fits.filter((variant) => weight(variant) === most);
}

function choose(accept: string | undefined, types: readonly string[]): string | undefined {
  try {
    return negotiate(accept, types);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

function receive(turn: Turn, request: ServerRequest, item: RepositoryRecord): ServerResponse {
  if (request.body.length > turn.env.policy.maxUploadOctets) return respond(413);
  const refusal = refusalOf(turn, request);
  if (refusal !== undefined) return respond(refusal, refusal === 415 ? omadmAccept(turn.env) : {});
  const { body, headers } = request;
  const content = { devId: item.devId, at: turn.now, contentType: headers['content-type']!, body };
  turn.write({ type: 'repository', record: { ...item, usedAt: turn.now } });
  if (item.use === 'subscription') {
    const { token, about: clientUri = '' } = item;
    turn.write({ type: 'report', record: { reportId: turn.identifier(), token, clientUri, ...content } });
  } else if (item.commandId !== undefined) {
    turn.write({
      type: 'result',
      record: { commandId: item.commandId, part: 0, fromCache: false, ...content },
    });
    showsItself(turn, item);
  }
  return respond(200);
}

/** Why an upload is not taken: a type that OMADM-Accept does not name, or content that is not of its type. */
function refusalOf(turn: Turn, { headers, body }: ServerRequest): 400 | 415 | undefined {
  try {
    const contentType = headers['content-type'] ?? '';
    const format = findFormat(turn.env.formats, contentType, 'mo');
    if (format === undefined) {
      if (parseMediaType(contentType).essence !== MEDIA_TYPES.text) return 415;
      return isText(body) ? undefined : 400;
    }
    format.decodeMos(body, { maxOctets: turn.env.policy.maxUploadOctets });
    return undefined;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return error.code === 'DATA_MEDIA_TYPE' ? 415 : 400;
  }
}

/** A command that was sent with END has no status; its traffic shows that it ran. */
function showsItself(turn: Turn, { commandId = '' }: RepositoryRecord): void {
  const command: CommandRecord | undefined = turn.commandById(commandId);
  if (command?.final !== true || command.state !== 'in-doubt' || !command.open) return;
  turn.command({ ...command, state: 'answered', open: false, answeredAt: turn.now });
  if (turn.state.session?.state !== 'open') settleJobs(turn);
}
