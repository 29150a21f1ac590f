/** Nodes as they leave the device: for GET, HPUT, HPOST, subscriptions and applications (DM 2.0 §5.5, §7.2.1.4, F). */
import { encodeUtf8 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import {
  cacheValidator,
  findDefinition,
  type LeafNode,
  type NodeDefinition,
  type NodeRef,
  nodeAt,
  type SerializedMo,
  serializeNode,
} from '../../mo/index.js';
import type { ManagementAuthority } from '../access/index.js';
import { MEDIA_TYPES, negotiate } from '../packages/index.js';
import { isWildcard, resolveClientUri } from '../uri/index.js';
import { checkRights, hiddenFrom } from './access.js';
import type { NodeList, NodeSource } from './running.js';
import type { Turn } from './turn.js';

/** The nodes of a ClientURI that may be read, or the status of a command that asks for them. */
export type Reading = ({ readonly sc: 200 } & NodeList) | { readonly sc: 304 | 400 | 403 | 404 };

/** Finds the nodes of a ClientURI, checks the rights, then the cache validator (§11.2). */
export function readNodes(turn: Turn, authority: ManagementAuthority, clientUri: string): Reading {
  const { tree } = turn.state;
  const found = resolveClientUri(tree, clientUri, {
    allowWildcard: true,
    definitions: turn.env.definitions,
  });
  if (found.status !== 200) return { sc: found.status };
  const { nodes, uri } = found;
  if (!checkRights(turn, authority, { operation: 'read', refs: nodes }).ok) return { sc: 403 };
  const { cv, levels } = uri;
  if (cv !== undefined && nodes.every((ref) => validatorOf(turn, ref) === cv)) return { sc: 304 };
  const sources = nodes.map((ref) => ({ ref, ...(levels === undefined ? {} : { levels }) }));
  return { sc: 200, sources, isList: isWildcard(uri) };
}

function validatorOf({ state: { tree } }: Turn, { moid, miid }: NodeRef): string | undefined {
  const instance = tree.instance(moid, miid);
  return instance === undefined ? undefined : cacheValidator(instance);
}

/** Nodes as objects of `application/dmmo+json`, without what the authority may not see; those that are gone left out. */
export function objectsOf(
  turn: Turn,
  authority: ManagementAuthority,
  sources: readonly NodeSource[],
): SerializedMo[] {
  const { tree } = turn.state;
  return sources
    .filter(({ ref }) => tree.node(ref) !== undefined)
    .map(({ ref, levels }) =>
      serializeNode(tree, ref, {
        cv: true,
        hide: hiddenFrom(turn, authority, ref),
        ...(levels === undefined ? {} : { levels }),
      }),
    );
}

/** The body of a request, or of a part of a response. */
export interface EncodedNodes {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/**
 * Nodes in the format that `accept` likes best: a single leaf may go as its bare value (Appendix F), unless a list is due.
 *
 * @param accept OMADM-Accept of the other side; absent accepts everything
 * @returns undefined where no format is acceptable: 406
 */
export function encodeNodes(
  turn: Turn,
  authority: ManagementAuthority,
  { sources, isList }: NodeList,
  accept?: string,
): EncodedNodes | undefined {
  const { formats, policy } = turn.env;
  const [source] = sources;
  const plain = isList || source === undefined ? undefined : plainValue(turn, source.ref);
  const structured = formats.map(({ mediaTypes }) => mediaTypes.mo);
  const bare = plain === undefined ? [] : [plain.contentType];
  const mediaType = choose(accept, policy.plainLeaves ? [...bare, ...structured] : [...structured, ...bare]);
  if (mediaType === undefined) return undefined;
  if (plain !== undefined && mediaType === plain.contentType) return plain;
  const format = formats.find(({ mediaTypes }) => mediaTypes.mo === mediaType)!;
  return { contentType: mediaType, body: format.encodeMos(objectsOf(turn, authority, sources)) };
}

// A header that cannot be read asks for nothing.
function choose(accept: string | undefined, offered: readonly string[]): string | undefined {
  try {
    return negotiate(accept, offered);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return offered[0];
  }
}

function plainValue(turn: Turn, ref: NodeRef): EncodedNodes | undefined {
  const node = turn.state.tree.node(ref);
  if (node?.kind !== 'leaf') return undefined;
  const definition = definitionOf(turn, ref);
  const text = definition?.format === 'bin' || definition?.format === 'b64' ? undefined : textOf(node);
  if (text === undefined) return undefined;
  return { contentType: definition?.mime?.[0] ?? MEDIA_TYPES.text, body: encodeUtf8(text) };
}

/** The definition of a node, or undefined where its MO has none. */
function definitionOf({ env }: Turn, { moid, path }: NodeRef): NodeDefinition | undefined {
  const root = findDefinition(moid, env.definitions)?.definition.root;
  return root === undefined ? undefined : nodeAt(root, path);
}

function textOf({ value }: LeafNode): string | undefined {
  return value === null ? undefined : String(value);
}
