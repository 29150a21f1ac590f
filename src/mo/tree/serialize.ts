/** Instances and nodes as elements of `application/dmmo+json` (DM 2.0 §7.2.1.4), and the whole tree for a state folder. */
import { DataError } from '../../errors/index.js';
import { type ChildMatch, type MoDefinition, matchChild, type NodeDefinition } from '../definition.js';
import { memberPath } from '../finding.js';
import { parseInstanceUri } from '../instance-uri.js';
import { type JsonObject, type JsonValue, setMember } from '../json.js';
import { findDefinition } from '../registry.js';
import type { SerializedMo } from '../serialization.js';
import { nodeFromJson } from './from-json.js';
import { decodeNodeName, formatNodeRef, labelOf } from './names.js';
import { type NodeToJsonOptions, nodeToJson } from './to-json.js';
import { MoTree } from './tree.js';
import type { MoInstance, NodeRef } from './types.js';
import { cacheValidator, revisionOf } from './validator.js';

export interface SerializeOptions extends NodeToJsonOptions {
  /** Give the cache validator; it goes with the root of an instance only (§11.2). */
  readonly cv?: boolean;
}

/**
 * One element of a `application/dmmo+json` array: the node under its name, a root under its MIID, addressed by its
 * canonical ClientURI.
 *
 * @throws DataError `DATA_NODE_MISSING`
 */
export function serializeNode(tree: MoTree, ref: NodeRef, options: SerializeOptions = {}): SerializedMo {
  const instance = tree.instance(ref.moid, ref.miid);
  const node = tree.node(ref);
  if (instance === undefined || node === undefined) {
    const where = formatNodeRef(ref);
    throw new DataError('DATA_NODE_MISSING', `${where} is not in the tree`, { details: { node: where } });
  }
  const moData: Record<string, JsonValue> = {};
  setMember(moData, labelOf(ref.path.at(-1) ?? ref.miid), nodeToJson(node, options));
  return {
    ...(instance.ddf === undefined ? {} : { ddf: instance.ddf }),
    clientUri: formatNodeRef(ref),
    ...(options.cv && ref.path.length === 0 ? { cv: cacheValidator(instance) } : {}),
    moData,
  };
}

/** Every instance whole, with its cache validator: what `treeFromDmmo` reads back. Holds the secrets of the tree. */
export function treeToDmmo(tree: MoTree): SerializedMo[] {
  return [...tree.moids()].flatMap((moid) =>
    [...tree.instancesOf(moid).keys()].map((miid) =>
      serializeNode(tree, { moid, miid, path: [] }, { cv: true }),
    ),
  );
}

/**
 * The tree of whole instances addressed as `MOID/MIID/`; in `MOID//` the label of the root is the MIID. Cache
 * validators of `treeToDmmo` are the same afterwards.
 *
 * @throws DataError `DATA_MO`, `DATA_CLIENT_URI` with the place in the array
 * @example
 * const objects = [{ clientUri: 'urn:example:mo/left/', moData: { left: { ID: 'GPS' } } }];
 * treeFromDmmo(objects, []).count // → 2
 */
export function treeFromDmmo(objects: readonly SerializedMo[], definitions: readonly MoDefinition[]): MoTree {
  const instances = new Map<string, MoInstance>();
  for (const [index, object] of objects.entries()) {
    const instance = instanceOf(object, `$[${index}]`, definitions);
    const key = JSON.stringify([instance.moid, instance.miid]);
    if (instances.has(key)) refuse(`$[${index}].ClientURI`, 'this instance is given twice');
    instances.set(key, instance);
  }
  return MoTree.of(instances.values());
}

function instanceOf(object: SerializedMo, at: string, definitions: readonly MoDefinition[]): MoInstance {
  const { moid, miid, path, definition } = placeOf(object.clientUri, `${at}.ClientURI`, definitions);
  const { label, json, where } = contentOf(object.moData, `${at}.MOData`);
  const name = miid ?? decodeNodeName(label);
  if (path.length > 0 || name === undefined) {
    throw new DataError('DATA_CLIENT_URI', `an instance is addressed as MOID/MIID/ (${at}.ClientURI)`, {
      details: { path: `${at}.ClientURI` },
    });
  }
  const root = nodeFromJson(definition, json, where);
  if (root.kind === 'leaf') refuse(where, 'the root of an instance is an interior node');
  const ddf = object.ddf === undefined ? {} : { ddf: object.ddf };
  return { moid, miid: name, ...ddf, root, revision: revisionOf(object.cv ?? '') ?? 1 };
}

/** Where an element of the array belongs, with names decoded and today's MOID. */
export interface Place {
  readonly moid: string;
  readonly miid: string | undefined;
  readonly path: readonly string[];
  readonly definition: MoDefinition | undefined;
}

/**
 * The place that the ClientURI of an element names; older names by today's.
 *
 * @param where JSON path of the ClientURI
 * @throws DataError `DATA_CLIENT_URI`
 */
export function placeOf(clientUri: string, where: string, definitions: readonly MoDefinition[]): Place {
  const uri = inPlace(where, () => parseInstanceUri(clientUri));
  const definition = findDefinition(uri.moid, definitions)?.definition;
  const names = [uri.miid ?? '', ...uri.path].map((text) => (text === '' ? '' : decodeNodeName(text)));
  const wrong = names.indexOf(undefined);
  if (wrong >= 0) {
    throw new DataError('DATA_CLIENT_URI', `a name in the ClientURI is not a node name (${where})`, {
      details: { path: where },
    });
  }
  const [miid, ...path] = names as string[];
  const urn = uri.moid.startsWith('oma:mo:') ? `urn:${uri.moid}` : uri.moid;
  return {
    moid: definition?.moid ?? urn,
    miid: miid === '' ? undefined : miid,
    path: definition === undefined ? path : todaysPath(definition.root, path),
    definition,
  };
}

/** A path with older names replaced by today's (docs/decisions/older-names.md). */
export function todaysPath(root: NodeDefinition, path: readonly string[]): string[] {
  const out: string[] = [];
  let parent: NodeDefinition | undefined = root;
  for (const name of path) {
    const match: ChildMatch | undefined = parent === undefined ? undefined : matchChild(parent, name);
    out.push(...(match?.path ?? [name]));
    parent = match?.definition;
  }
  return out;
}

/** The addressed node in MOData: its label, which is only a proposal for a new instance, and its content. */
export function contentOf(
  moData: JsonObject,
  where: string,
): { label: string; json: JsonValue; where: string } {
  const [first, ...more] = Object.entries(moData);
  if (first === undefined || more.length > 0) {
    refuse(
      where,
      `MOData holds one node, the addressed one; found ${first === undefined ? 0 : 1 + more.length}`,
    );
  }
  return { label: first[0], json: first[1], where: memberPath(where, first[0]) };
}

function inPlace<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    throw new DataError('DATA_CLIENT_URI', `${cause.message} (${where})`, {
      cause,
      details: { path: where },
    });
  }
}

function refuse(path: string, message: string): never {
  throw new DataError('DATA_MO', `${message} (${path})`, { details: { path } });
}
