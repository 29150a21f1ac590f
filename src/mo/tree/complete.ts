/**
 * What belongs to a node that is stored (DM 2.0 §6.3.1): permanent children come with their parent and stay with it,
 * mandatory ones with a default are made, and every other mandatory one must be given.
 */
import { DataError } from '../../errors/index.js';
import {
  isUnnamed,
  type MoDefinition,
  matchChild,
  type NodeDefinition,
  type NodeFormat,
  occurrenceBounds,
} from '../definition.js';
import { checkFormat } from '../formats.js';
import type { InteriorNode, LeafValue, MoNode } from './types.js';

/** The definition of a node, `'open'` where others define what stands there, undefined where nothing may. */
export type DefinitionAt = NodeDefinition | 'open' | undefined;

/** The definition of the node at `path` in instances of an MO; without a definition everything is open. */
export function definitionAt(definition: MoDefinition | undefined, path: readonly string[]): DefinitionAt {
  let at: DefinitionAt = definition?.root ?? 'open';
  for (const name of path) {
    if (at === undefined || at === 'open' || at.open) return at === undefined ? undefined : 'open';
    at = matchChild(at, name)?.definition;
  }
  return at;
}

/**
 * A node with what belongs to it. `before` is the node that it replaces: permanent children that the new data leaves
 * out stay as they are, for nobody can delete them (§6.3.1.2).
 */
export function complete(definition: DefinitionAt, node: MoNode, before: MoNode | undefined): MoNode {
  if (definition === undefined || definition === 'open' || definition.open || node.kind === 'leaf')
    return node;
  const old = before?.kind === 'interior' ? before.children : undefined;
  const children = new Map<string, MoNode>();
  for (const [name, child] of node.children) {
    children.set(name, complete(matchChild(definition, name)?.definition, child, old?.get(name)));
  }
  for (const child of definition.children) {
    if (isUnnamed(child) || children.has(child.name)) continue;
    const kept = child.scope === 'permanent' ? old?.get(child.name) : undefined;
    const fresh = kept ?? made(child);
    if (fresh !== undefined) children.set(child.name, fresh);
  }
  for (const [name, child] of old ?? []) {
    if (!children.has(name) && matchChild(definition, name)?.definition.scope === 'permanent')
      children.set(name, child);
  }
  return { kind: 'interior', children };
}

const EMPTY: Readonly<Record<Exclude<NodeFormat, 'node'>, LeafValue>> = {
  null: null,
  b64: '',
  bin: '',
  bool: false,
  chr: '',
  int: 0,
  xml: '',
  date: '',
  time: '',
  float: 0,
};

// A mandatory node that can be made without its author: permanent, with a value of the DDF, or without any value.
function made(definition: NodeDefinition): MoNode | undefined {
  if (definition.status !== 'Required' || occurrenceBounds(definition.occurrence).min === 0) return undefined;
  const { format } = definition;
  if (format === 'node') {
    const empty: InteriorNode = { kind: 'interior', children: new Map() };
    const node = complete(definition, empty, undefined) as InteriorNode;
    const wanted = definition.scope === 'permanent' || firstMissing(definition, node) === undefined;
    return wanted ? node : undefined;
  }
  const text = definition.initialValue ?? definition.defaultValue;
  const check = text === undefined ? undefined : checkFormat(format, text);
  if (text !== undefined && check !== undefined && check.result !== 'wrong') {
    return { kind: 'leaf', value: check.result === 'text' ? (check.value as LeafValue) : text };
  }
  return definition.scope === 'permanent' || format === 'null'
    ? { kind: 'leaf', value: EMPTY[format] }
    : undefined;
}

/**
 * Refuses a node that lacks what its definition demands, or has more of it than allowed.
 *
 * @param where JSON path of the node, for errors
 * @throws DataError `DATA_MO`
 */
export function checkOccurrences(definition: DefinitionAt, node: MoNode, where: string): void {
  if (definition === undefined || definition === 'open') return;
  const mistake = firstMissing(definition, node);
  if (mistake === undefined) return;
  throw new DataError('DATA_MO', `${mistake} (${where})`, { details: { path: where } });
}

function firstMissing(definition: NodeDefinition, node: MoNode): string | undefined {
  if (definition.open || node.kind === 'leaf') return undefined;
  const counts = new Map<NodeDefinition, number>();
  for (const [name, child] of node.children) {
    const match = matchChild(definition, name)?.definition;
    if (match === undefined) continue;
    counts.set(match, (counts.get(match) ?? 0) + 1);
    const below = firstMissing(match, child);
    if (below !== undefined) return below;
  }
  return countMistake(definition, counts);
}

/** What of an interior node's children is more than its definition allows. */
export function tooMany(definition: NodeDefinition, node: InteriorNode): string | undefined {
  const counts = new Map<NodeDefinition, number>();
  for (const name of node.children.keys()) {
    const match = matchChild(definition, name)?.definition;
    if (match !== undefined) counts.set(match, (counts.get(match) ?? 0) + 1);
  }
  for (const [child, count] of counts) {
    const { max } = occurrenceBounds(child.occurrence);
    if (count > max) return excess(child, count, max);
  }
  return undefined;
}

function excess({ name }: NodeDefinition, count: number, max: number): string {
  return `${name} occurs ${count} times, at most ${max} allowed`;
}

function countMistake(
  definition: NodeDefinition,
  counts: ReadonlyMap<NodeDefinition, number>,
): string | undefined {
  for (const child of definition.children) {
    const { min, max } = occurrenceBounds(child.occurrence);
    const count = counts.get(child) ?? 0;
    if (count > max) return excess(child, count, max);
    if (count < min && child.status === 'Required') return `${child.name} is missing`;
  }
  return undefined;
}
