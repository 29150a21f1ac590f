/** From a ClientURI to the nodes it names (DM 2.0 §6.1.2). Codes of failure: docs/decisions/client-uri-resolution.md. */
import { DataError } from '../../errors/index.js';
import {
  canonicalMoid,
  findDefinition,
  type InteriorNode,
  isUnnamed,
  MO_DEFINITIONS,
  type MoDefinition,
  type MoInstance,
  type MoNode,
  type MoTree,
  matchChild,
  type NodeDefinition,
  type NodeRef,
  todaysPath,
} from '../../mo/index.js';
import { type ClientUri, isWildcard, type PathStep, parseClientUri } from './client-uri.js';
import { satisfying } from './node-values.js';

export interface ResolveOptions {
  /** False for commands that act on one node: a wildcard is status 400. */
  readonly allowWildcard?: boolean;
  /** For older names of nodes; those of simboot unless told. */
  readonly definitions?: readonly MoDefinition[];
  /** Nodes that one ClientURI may name; 100,000 unless told. More is status 400. */
  readonly maxNodes?: number;
}

export type Resolution =
  | { readonly status: 200; readonly nodes: readonly NodeRef[]; readonly uri: ClientUri }
  | { readonly status: 400 | 404; readonly reason: string; readonly nodes: readonly [] };

/** Where data goes that a ClientURI gives the location of (§5.3.1). */
export type StorePlace =
  | {
      readonly status: 200;
      /** `miid` is absent where the client chooses it. */
      readonly place: { readonly moid: string; readonly miid?: string; readonly path: readonly string[] };
      readonly exists: boolean;
      readonly uri: ClientUri;
    }
  | { readonly status: 400 | 404; readonly reason: string };

/**
 * The nodes that a ClientURI names: exactly one without a wildcard, one or more with it.
 *
 * @returns 404 where nothing or, without wildcard, more than one thing fits; 400 for a malformed ClientURI and for a
 *   wildcard where none is allowed
 * @example
 * const root = nodeFromJson(undefined, { ID: 'GPS', Data: { 1: { Value: 7 } } }, '$');
 * const tree = MoTree.empty.withInstance({ moid: 'urn:example:mo', miid: 'left', root });
 * resolveClientUri(tree, 'urn:example:mo/(x)/Data/1/Value?nv=(x)/ID:GPS').nodes // → [{ moid: 'urn:example:mo', miid: 'left', path: ['Data', '1', 'Value'] }]
 * resolveClientUri(tree, 'urn:example:mo/right/').status // → 404
 */
export function resolveClientUri(
  tree: MoTree,
  text: ClientUri | string,
  options: ResolveOptions = {},
): Resolution {
  return answer(() => {
    const resolver = new Resolver(tree, text, options);
    const found = resolver.below(resolver.instances(), resolver.uri.path);
    if (found.length === 0) throw new Unresolved(404, 'no node fits the ClientURI');
    return { status: 200, nodes: found.map(({ ref }) => ref), uri: resolver.uri };
  }, []);
}

/**
 * The place that the ClientURI of an HGET names (§5.3.1): a node that is there, a node that can be added to a parent
 * that is there, or an instance that is not there yet.
 *
 * @example
 * const found = resolveStorePlace(MoTree.empty, 'urn:example:mo/left/');
 * found.status === 200 && found.place // → { moid: 'urn:example:mo', miid: 'left', path: [] }
 * resolveStorePlace(MoTree.empty, 'urn:example:mo/left/Data').status // → 404
 */
export function resolveStorePlace(
  tree: MoTree,
  text: ClientUri | string,
  options: ResolveOptions = {},
): StorePlace {
  return answer(() => {
    const resolver = new Resolver(tree, text, { ...options, allowWildcard: false });
    const { uri } = resolver;
    const fresh = resolver.newInstance();
    if (fresh !== undefined) return { status: 200, place: fresh, exists: false, uri };
    const last = uri.path.at(-1);
    const [parent] = resolver.below(resolver.instances(), uri.path.slice(0, -1));
    if (parent === undefined) throw new Unresolved(404, 'the parent of the node is not there');
    if (last === undefined) return { status: 200, place: parent.ref, exists: true, uri };
    const [found] = resolver.below([parent], [last]);
    if (found !== undefined) return { status: 200, place: found.ref, exists: true, uri };
    if (last.kind !== 'name' || parent.node.kind === 'leaf') {
      throw new Unresolved(404, 'no node fits the ClientURI');
    }
    const path = [...parent.ref.path, ...oldName(parent.definition, last.name)];
    return { status: 200, place: { ...parent.ref, path }, exists: false, uri };
  }, undefined);
}

/** A node that was reached, and what is known of it. */
interface Reached {
  readonly ref: NodeRef;
  readonly node: MoNode;
  readonly definition: NodeDefinition | undefined;
}

class Unresolved extends Error {
  constructor(
    readonly status: 400 | 404,
    readonly reason: string,
  ) {
    super(reason);
  }
}

function answer<T, N>(resolve: () => T, nodes: N): T | { status: 400 | 404; reason: string; nodes: N } {
  try {
    return resolve();
  } catch (error) {
    if (error instanceof Unresolved) return { status: error.status, reason: error.reason, nodes };
    if (error instanceof DataError) return { status: 400, reason: error.message, nodes };
    throw error;
  }
}

class Resolver {
  readonly uri: ClientUri;
  private readonly moid: string;
  private readonly root: NodeDefinition | undefined;
  private readonly maxNodes: number;

  constructor(
    private readonly tree: MoTree,
    text: ClientUri | string,
    { allowWildcard = true, definitions = MO_DEFINITIONS, maxNodes = 100_000 }: ResolveOptions,
  ) {
    this.uri = typeof text === 'string' ? parseClientUri(text) : text;
    if (!allowWildcard && isWildcard(this.uri)) {
      throw new Unresolved(400, 'a wildcard cannot stand in the ClientURI of this command');
    }
    this.maxNodes = maxNodes;
    this.moid = moidInTree(tree, this.uri.moid);
    this.root = findDefinition(this.moid, definitions)?.definition.root;
  }

  /** Step 1 of §6.1.2. */
  instances(): Reached[] {
    const { instance } = this.uri;
    const group = this.tree.instancesOf(this.moid);
    if (group.size === 0) throw new Unresolved(404, `the device has no instance of ${this.uri.moid}`);
    if (instance.kind === 'all') {
      this.checkNumber(group.size);
      return [...group.values()].map((each) => this.reached(each));
    }
    if (instance.kind === 'miid') {
      const found = group.get(instance.miid);
      if (found === undefined) throw new Unresolved(404, 'no instance has this MIID');
      return [this.reached(found)];
    }
    const names =
      instance.kind === 'only'
        ? [...group.keys()]
        : satisfying(group, this.fields(instance.letter, this.root));
    return [this.reached(group.get(onlyOne(names, 'instance'))!)];
  }

  /** Step 2 of §6.1.2. */
  below(start: readonly Reached[], path: readonly PathStep[]): readonly Reached[] {
    let reached = start;
    for (const step of path) {
      const next: Reached[] = [];
      for (const parent of reached) {
        for (const child of this.children(parent, step)) next.push(child);
        this.checkNumber(next.length);
      }
      reached = next;
    }
    return reached;
  }

  /** The place of an instance that is not there yet; undefined where the ClientURI does not name one. */
  newInstance(): { moid: string; miid?: string; path: readonly string[] } | undefined {
    const { instance, path } = this.uri;
    if (path.length > 0) return undefined;
    const moid = canonicalMoid(this.moid);
    const group = this.tree.instancesOf(this.moid);
    if (instance.kind === 'only' && group.size === 0) return { moid, path: [] };
    if (instance.kind === 'miid' && !group.has(instance.miid)) {
      return { moid: group.size === 0 ? moid : this.moid, miid: instance.miid, path: [] };
    }
    return undefined;
  }

  private checkNumber(nodes: number): void {
    if (nodes > this.maxNodes)
      throw new Unresolved(400, `the ClientURI names more than ${this.maxNodes} nodes`);
  }

  private children(parent: Reached, step: PathStep): Iterable<Reached> {
    const { node, definition } = parent;
    if (node.kind === 'leaf') return [];
    if (step.kind === 'all') return [...node.children].map(([name, child]) => childOf(parent, name, child));
    if (step.kind === 'x') {
      const unnamed = definition?.children.find(isUnnamed);
      const names = satisfying(node.children, this.fields(step.letter, unnamed));
      if (names.length === 0) return [];
      const name = onlyOne(names, 'node');
      return [childOf(parent, name, node.children.get(name)!)];
    }
    let at: Reached | undefined = parent;
    for (const name of todaysNames(node, definition, step.name)) {
      const child: MoNode | undefined = at?.node.kind === 'interior' ? at.node.children.get(name) : undefined;
      at = at === undefined || child === undefined ? undefined : childOf(at, name, child);
    }
    return at === undefined ? [] : [at];
  }

  private fields(letter: string, definition: NodeDefinition | undefined) {
    return this.uri.nodeValues
      .filter((field) => field.letter === letter)
      .map(({ path, value }) => ({
        path: definition === undefined ? path : todaysPath(definition, path),
        value,
      }));
  }

  private reached({ moid, miid, root }: MoInstance): Reached {
    return { ref: { moid, miid, path: [] }, node: root, definition: this.root };
  }
}

function childOf({ ref, definition }: Reached, name: string, node: MoNode): Reached {
  return {
    ref: { moid: ref.moid, miid: ref.miid, path: [...ref.path, name] },
    node,
    definition: definition === undefined ? undefined : matchChild(definition, name)?.definition,
  };
}

/** The names that lead to a child: its own, today's for an older one, or the one in other capitals (CaseSense). */
function todaysNames(
  node: InteriorNode,
  definition: NodeDefinition | undefined,
  name: string,
): readonly string[] {
  if (node.children.has(name)) return [name];
  const path = oldName(definition, name);
  const unnamed = definition?.children.find(isUnnamed);
  if (unnamed?.caseSense !== 'CIS' || path[0] !== name) return path;
  const lower = name.toLowerCase();
  return [[...node.children.keys()].find((each) => each.toLowerCase() === lower) ?? name];
}

/** The path of today's names for a name that may be an older one. */
function oldName(parent: NodeDefinition | undefined, name: string): readonly string[] {
  return (parent === undefined ? undefined : matchChild(parent, name))?.path ?? [name];
}

function onlyOne(names: readonly string[], what: 'instance' | 'node'): string {
  const [name, second] = names;
  if (name === undefined) throw new Unresolved(404, `no ${what} fits the ClientURI`);
  if (second !== undefined)
    throw new Unresolved(404, `${names.length} ${what}s fit, and the ClientURI has no wildcard`);
  return name;
}

// A device may hold an MO under an older spelling of its MOID, and be asked by today's, or the other way round.
function moidInTree(tree: MoTree, asked: string): string {
  if (tree.instancesOf(asked).size > 0) return asked;
  const canonical = canonicalMoid(asked);
  for (const moid of tree.moids()) if (canonicalMoid(moid) === canonical) return moid;
  return asked;
}
