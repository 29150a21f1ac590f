/**
 * Which children satisfy nv fields (DM 2.0 §6.1.1.3). Large groups are looked up in an index by value; it is kept
 * with the group, which never changes.
 */
import type { MoInstance, MoNode } from '../../mo/index.js';
import type { NodeValue } from './client-uri.js';

type Group = ReadonlyMap<string, MoNode> | ReadonlyMap<string, MoInstance>;
type Index = ReadonlyMap<string, readonly string[]>;

/** Below this many members a walk is faster than an index. */
const SMALL = 32;
/** Indexes kept with one group: as many as there are leaves that servers name in nv fields. */
const KEPT = 8;
/** `once`: asked for one time. A group that changes between two questions is walked, not indexed in vain. */
const indexes = new WeakMap<object, Map<string, Index | 'once'>>();
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The names of the members that satisfy every field; for the wanted paths older names are replaced already. */
export function satisfying(group: Group, fields: readonly Pick<NodeValue, 'path' | 'value'>[]): string[] {
  const candidates = group.size < SMALL ? group.keys() : fewest(group, fields);
  return Array.from(candidates).filter((name) => {
    const node = nodeOf(group.get(name)!);
    return fields.every(({ path, value }) => hasValue(node, path, value));
  });
}

function fewest(group: Group, fields: readonly Pick<NodeValue, 'path' | 'value'>[]): Iterable<string> {
  let best: readonly string[] | undefined;
  for (const { path, value } of fields) {
    const index = indexOf(group, path);
    if (index === undefined) continue;
    const names = lookUp(index, value);
    if (best === undefined || names.length < best.length) best = names;
  }
  return best ?? group.keys();
}

function lookUp(index: Index, value: string): readonly string[] {
  const names = index.get(value) ?? [];
  const number = NUMBER.test(value) ? String(Number(value)) : value;
  return number === value ? names : [...names, ...(index.get(number) ?? [])];
}

/** The index of a path; undefined where it is not worth its making yet. */
function indexOf(group: Group, path: readonly string[]): Index | undefined {
  const kept = indexes.get(group) ?? new Map<string, Index | 'once'>();
  indexes.set(group, kept);
  const key = path.join('/');
  const before = kept.get(key);
  if (before !== undefined && before !== 'once') return before;
  if (before === undefined && kept.size >= KEPT) kept.delete(kept.keys().next().value!);
  const index = before === 'once' ? makeIndex(group, path) : undefined;
  kept.set(key, index ?? 'once');
  return index;
}

function makeIndex(group: Group, path: readonly string[]): Index {
  const index = new Map<string, string[]>();
  for (const [name, member] of group) {
    const text = valueAt(nodeOf(member), path);
    if (text === undefined) continue;
    const names = index.get(text);
    if (names === undefined) index.set(text, [name]);
    else names.push(name);
  }
  return index;
}

function nodeOf(member: MoNode | MoInstance): MoNode {
  return 'root' in member ? member.root : member;
}

function leafAt(node: MoNode, path: readonly string[]): Extract<MoNode, { kind: 'leaf' }> | undefined {
  let at: MoNode | undefined = node;
  for (const name of path) at = at?.kind === 'interior' ? at.children.get(name) : undefined;
  return at?.kind === 'leaf' ? at : undefined;
}

function valueAt(node: MoNode, path: readonly string[]): string | undefined {
  const leaf = leafAt(node, path);
  return leaf === undefined ? undefined : String(leaf.value ?? '');
}

// A number is compared as a number: nv has no types, and 1.0 is 1.
function hasValue(node: MoNode, path: readonly string[], wanted: string): boolean {
  const leaf = leafAt(node, path);
  if (leaf === undefined) return false;
  if (String(leaf.value ?? '') === wanted) return true;
  return typeof leaf.value === 'number' && NUMBER.test(wanted) && Number(wanted) === leaf.value;
}
