/** Nodes from JSON (DM 2.0 §7.2.1.4): types as the definition says, older names by today's, everything else refused. */
import { DataError } from '../../errors/index.js';
import {
  type ChildMatch,
  isUnnamed,
  type MoDefinition,
  matchChild,
  type NodeDefinition,
  valueMistake,
} from '../definition.js';
import { memberPath } from '../finding.js';
import { checkFormat } from '../formats.js';
import { isJsonObject, type JsonObject, type JsonValue, jsonType } from '../json.js';
import { decodeNodeName } from './names.js';
import type { InteriorNode, LeafValue, MoNode } from './types.js';

/** Levels that JSON is read to; the reader of the text has a limit of its own. */
const MAX_DEPTH = 64;

/**
 * The node that a JSON value stands for. Numbers and booleans written as text are converted where the definition
 * says so; without a definition a value keeps its JSON type. Missing nodes are not its concern (`storeObjects`).
 *
 * @param where JSON path of the value, for errors, such as `$[0].MOData.dms1`
 * @throws DataError `DATA_MO` for an unknown node, a wrong type or name, or a node given twice
 * @example nodeFromJson(undefined, { ID: 'GPS' }, '$').children.get('ID') // → { kind: 'leaf', value: 'GPS' }
 */
export function nodeFromJson<Json extends JsonValue>(
  definition: MoDefinition | NodeDefinition | undefined,
  json: Json,
  where: string,
): Json extends JsonObject ? InteriorNode : MoNode {
  const node = definition === undefined ? undefined : 'root' in definition ? definition.root : definition;
  return read(node, json, where, 0) as Json extends JsonObject ? InteriorNode : MoNode;
}

function read(definition: NodeDefinition | undefined, json: JsonValue, where: string, depth: number): MoNode {
  if (depth > MAX_DEPTH) refuse(where, `nodes nest deeper than ${MAX_DEPTH} levels`);
  if (definition !== undefined && definition.format !== 'node') return leafOf(definition, json, where);
  if (isJsonObject(json)) return interiorOf(definition, Object.entries(json), where, depth);
  if (definition !== undefined) {
    refuse(where, `an interior node needs an object of its children, found ${jsonType(json)}`);
  }
  return { kind: 'leaf', value: anyValue(json, where) };
}

/** The leaf of a value that a definition gives the format of. */
export function leafOf(definition: NodeDefinition, json: JsonValue, where: string): MoNode {
  if (definition.format === 'node') refuse(where, 'this is an interior node');
  const check = checkFormat(definition.format, json);
  if (check.result === 'wrong') refuse(where, check.message);
  const value = (check.result === 'text' ? check.value : json) as string | number;
  const allowed = valueMistake(definition, value);
  if (allowed !== undefined) refuse(where, `the value is not one of ${allowed}`);
  return { kind: 'leaf', value };
}

function anyValue(json: JsonValue, where: string): LeafValue {
  if (typeof json === 'object' && json !== null) {
    refuse(where, `a node is a value or an object of its children, found ${jsonType(json)}`);
  }
  return json;
}

function interiorOf(
  definition: NodeDefinition | undefined,
  entries: readonly [string, JsonValue][],
  where: string,
  depth: number,
): InteriorNode {
  const children = new Map<string, MoNode>();
  for (const [label, json] of entries) {
    const at = memberPath(where, label);
    const name = decodeNodeName(label);
    if (name === undefined) refuse(at, 'a node name has letters, digits and -._~ only (DM 2.0 §6.3.1)');
    const match = childDefinition(definition, name, at);
    const node = read(match?.definition, json, at, depth + 1);
    place(children, match?.path ?? [name], node, at);
  }
  return { kind: 'interior', children };
}

/** The definition for a child; undefined where anything may stand (no definition, or below an Ext node). */
function childDefinition(
  parent: NodeDefinition | undefined,
  name: string,
  where: string,
): ChildMatch | undefined {
  if (parent === undefined || parent.open) return undefined;
  const match = matchChild(parent, name);
  if (match === undefined) refuse(where, 'the definition has no such node here');
  if (!isUnnamed(match.definition) && match.path.length === 0) refuse(where, 'the name is empty');
  return match;
}

// An older name may stand for two levels (AuthNoti is Auth/Noti), so the upper one may be there already.
function place(children: Map<string, MoNode>, path: readonly string[], node: MoNode, where: string): void {
  const [name, ...rest] = path as [string, ...string[]];
  const present = children.get(name);
  if (rest.length > 0 && (present === undefined || present.kind === 'interior')) {
    const inner = new Map(present?.children);
    place(inner, rest, node, where);
    children.set(name, { kind: 'interior', children: inner });
  } else if (present?.kind === 'interior' && node.kind === 'interior') {
    const inner = new Map(present.children);
    for (const [child, content] of node.children) place(inner, [child], content, where);
    children.set(name, { kind: 'interior', children: inner });
  } else if (present === undefined) {
    children.set(name, node);
  } else {
    refuse(where, 'the node is given twice, also by an older name');
  }
}

function refuse(path: string, message: string): never {
  throw new DataError('DATA_MO', `${message} (${path})`, { details: { path } });
}
