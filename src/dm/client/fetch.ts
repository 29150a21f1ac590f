/** MO data from a repository into the tree: HGET, and DEFAULT when an application needs it (DM 2.0 §5.3.1, §5.3.10). */
import { SimbootError } from '../../errors/index.js';
import {
  formatNodeRef,
  type MoTree,
  type SerializedMo,
  storeLeafValue,
  storeObjects,
  type TreeChange,
} from '../../mo/index.js';
import type { ManagementAuthority } from '../access/index.js';
import { findFormat, formatAccept, MEDIA_TYPES } from '../packages/index.js';
import { resolveStorePlace } from '../uri/index.js';
import { checkRights, withCreatorRights } from './access.js';
import { credentialsFor } from './accounts.js';
import { afterTreeChange } from './consequences.js';
import { miidChooser } from './miid.js';
import type { CommandResult, Destination, OpenRequest } from './running.js';
import { type Turn, withEntry } from './turn.js';

/** Sends the GET; its answer comes to `request`. */
export function fetchAction(turn: Turn, serverId: string, url: string, request: OpenRequest): string {
  const id = turn.newId();
  const credentials = credentialsFor(turn.state, serverId, url);
  turn.update({ requests: withEntry(turn.state.requests, id, request) });
  turn.act({
    type: 'http',
    id,
    purpose: 'repository',
    request: {
      method: 'GET',
      url,
      headers: { accept: formatAccept([...dataFormats(turn), MEDIA_TYPES.text]) },
    },
    ...(credentials === undefined ? {} : { credentials }),
  });
  return id;
}

/** The media types of MO data that the client reads. */
export function dataFormats({ env }: Turn): string[] {
  return env.formats.map(({ mediaTypes }) => mediaTypes.mo);
}

/** The place that the ClientURI of an HGET names, whether there is something or not; a wildcard is 400. */
export function placeFor(turn: Turn, clientUri: string): { place: Destination } | { sc: 400 | 404 } {
  const { definitions } = turn.env;
  const found = resolveStorePlace(turn.state.tree, clientUri, { definitions });
  return found.status === 200 ? { place: found.place } : { sc: found.status };
}

interface Fetched {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Stores what was fetched, all or nothing, and tells where (§5.3.1). */
export function storeFetched(
  turn: Turn,
  authority: ManagementAuthority,
  fetched: Fetched,
  at: Destination | undefined,
): CommandResult {
  if (fetched.body.length > turn.env.limits.bodyOctets) return { sc: 506 };
  try {
    const stored = read(turn, fetched, at);
    if (stored === undefined) return { sc: 415 };
    return accept(turn, authority, stored, at?.miid === undefined);
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    turn.note('warning', error.code, `what was fetched is not stored: ${error.message}`);
    return { sc: storeStatus(error) };
  }
}

/** Appendix C has no 405 for HGET: what nobody may change there is forbidden. */
const STATUS_OF: Readonly<Record<string, number>> = {
  DATA_LIMIT: 506,
  DATA_TREE_FULL: 506,
  DATA_NODE_MISSING: 404,
  DATA_NODE_FIXED: 403,
};

/** The status of an HGET whose data cannot be stored. */
export function storeStatus({ code }: SimbootError): number {
  return STATUS_OF[code] ?? 415;
}

type Stored = ReturnType<typeof storeObjects>;

function read(turn: Turn, { headers, body }: Fetched, at: Destination | undefined): Stored | undefined {
  const contentType = headers['content-type'] ?? '';
  const { definitions, formats, limits } = turn.env;
  const format = findFormat(formats, contentType, 'mo');
  if (format !== undefined) {
    const { depth: maxDepth, bodyOctets: maxOctets } = limits;
    const { value } = format.decodeMos(body, { maxOctets, maxDepth });
    // An empty list is no MO data: 200 would promise a place that there is not.
    return value.length === 0 ? undefined : storeAll(turn, value, { at });
  }
  if (at === undefined || contentType === '') return undefined;
  const { moid, miid = '', path } = at;
  return storeLeafValue(turn.state.tree, { moid, miid, path }, body, contentType, definitions, limits.tree);
}

/** Stores objects in the tree of the turn; nothing is decided yet about rights. */
export function storeAll(
  turn: Turn,
  objects: readonly SerializedMo[],
  { at, tree = turn.state.tree }: { at?: Destination | undefined; tree?: MoTree } = {},
): Stored {
  const { definitions, limits } = turn.env;
  return storeObjects(tree, objects, {
    definitions,
    newMiid: miidChooser(tree),
    limits: limits.tree,
    ...(at === undefined ? {} : { at }),
  });
}

/** The instances that a list of changes creates. */
export function createdBy(changes: readonly TreeChange[]): { moid: string; miid: string }[] {
  return changes.flatMap(({ kind, ref }) =>
    kind === 'add' && ref.path.length === 0 ? [{ moid: ref.moid, miid: ref.miid }] : [],
  );
}

/** Takes over what would be stored if its authority may, and makes the authority the owner of what is new (§10). */
export function accept(
  turn: Turn,
  authority: ManagementAuthority,
  { tree, stored, changes }: Stored,
  tellWhere: boolean,
): CommandResult {
  const created = createdBy(changes);
  const rights = checkRights(turn, authority, { operation: 'write', changes, after: tree }, created);
  if (!rights.ok) {
    turn.note('info', 'ACCESS_DENIED', rights.reason);
    return { sc: 403 };
  }
  afterTreeChange(turn, withCreatorRights(turn, tree, authority, created));
  return { sc: 200, ...(tellWhere ? { uris: stored.map(formatNodeRef) } : {}) };
}
