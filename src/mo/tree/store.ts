/**
 * Storing MO data: HGET and bootstrap (DM 2.0 §5.3.1, §8.5), all or nothing. What `//` and a given MIID mean:
 * docs/decisions/double-slash-creates.md and docs/decisions/storing-mo-data.md.
 */
import { DataError } from '../../errors/index.js';
import type { MoDefinition, NodeDefinition } from '../definition.js';
import { findDefinition } from '../registry.js';
import type { SerializedMo } from '../serialization.js';
import { changesBetween } from './changes.js';
import { checkOccurrences, complete, definitionAt, tooMany } from './complete.js';
import type { TreeEdit } from './edit.js';
import { nodeFromJson } from './from-json.js';
import { decodeNodeName, formatNodeRef } from './names.js';
import { contentOf, type Place, placeOf } from './serialize.js';
import type { MoTree } from './tree.js';
import { type MoNode, type NodeRef, TREE_LIMITS, type TreeChange, type TreeLimits } from './types.js';
import { weigh } from './weight.js';

export interface StoreOptions {
  readonly definitions: readonly MoDefinition[];
  /** The MIID of a new instance (§6.1.1.1); the label of its root where that is free unless told. */
  readonly newMiid?: (moid: string, label?: string) => string;
  readonly limits?: Partial<TreeLimits>;
  /** The place that the command names: the one object goes there, wherever it says it belongs. */
  readonly at?: Omit<NodeRef, 'miid'> & { readonly miid?: string };
}

export interface Stored {
  readonly tree: MoTree;
  /** Where each object went. */
  readonly stored: readonly NodeRef[];
  /** Added and deleted nodes stand for all below them. */
  readonly changes: readonly TreeChange[];
}

/**
 * The tree with the objects stored, in their order. Existing data at the place of an object is replaced; permanent
 * nodes that it leaves out stay.
 *
 * @throws DataError `DATA_MO`, `DATA_CLIENT_URI` for what does not follow its definition or names no place, with the
 *   JSON path; `DATA_NODE_MISSING` (404) where the parent is not there; `DATA_NODE_FIXED` for a second instance
 *   of a permanent MO; `DATA_TREE_FULL` (506)
 * @example
 * const objects = [{ clientUri: 'urn:example:mo//', moData: { usb: { Enabled: 'true' } } }];
 * const { tree, stored } = storeObjects(MoTree.empty, objects, { definitions: [] });
 * stored // → [{ moid: 'urn:example:mo', miid: 'usb', path: [] }]
 * tree.count // → 2
 */
export function storeObjects(tree: MoTree, objects: readonly SerializedMo[], options: StoreOptions): Stored {
  if (options.at !== undefined && objects.length !== 1) {
    const message = `one object goes to the place of the command, found ${objects.length}`;
    throw new DataError('DATA_MO', `${message} ($)`, { details: { path: '$' } });
  }
  return write(tree, options, (writer) => {
    for (const [index, object] of objects.entries()) writer.object(object, `$[${index}]`);
  });
}

/** Lets `work` write, then checks the whole; shared by everything that stores. */
export function write(tree: MoTree, options: StoreOptions, work: (writer: Writer) => void): Stored {
  let writer: Writer | undefined;
  const after = tree.edit((edit) => {
    writer = new Writer(edit, options);
    work(writer);
    writer.checkAll();
  });
  const { stored, changes } = writer!;
  checkRoom(tree, after, stored, { ...TREE_LIMITS, ...options.limits });
  return { tree: changes.some(({ unchanged }) => !unchanged) ? after : tree, stored, changes };
}

export class Writer {
  readonly stored: NodeRef[] = [];
  readonly changes: TreeChange[] = [];
  private readonly written: { ref: NodeRef; definition: NodeDefinition; where: string }[] = [];

  constructor(
    private readonly edit: TreeEdit,
    private readonly options: StoreOptions,
  ) {}

  object(object: SerializedMo, where: string): void {
    const content = contentOf(object.moData, `${where}.MOData`);
    const place =
      this.options.at === undefined
        ? placeOf(object.clientUri, `${where}.ClientURI`, this.options.definitions)
        : this.given(this.options.at);
    const ref = this.refOf(place, content.label);
    const definition = this.definitionOf(place, content.where);
    const node = nodeFromJson(definition, content.json, content.where);
    this.put(ref, place.definition, node, content.where, object.ddf);
  }

  /** Puts a node in its place with what belongs to it. */
  put(ref: NodeRef, mo: MoDefinition | undefined, node: MoNode, where: string, ddf?: string): void {
    const definition = definitionAt(mo, ref.path);
    const before = this.edit.node(ref);
    const whole = complete(definition, node, before);
    if (ref.path.length === 0) this.putRoot(ref, whole, where, ddf);
    else this.edit.setNode(ref, whole);
    this.stored.push(ref);
    changesBetween(ref, before, whole, this.changes);
    if (definition !== undefined && definition !== 'open') this.written.push({ ref, definition, where });
  }

  /** Occurrences, once everything is in place: one object may bring what another needs. */
  checkAll(): void {
    const nodes = new Set<MoNode>();
    const parents = new Set<MoNode>();
    for (const { ref, definition, where } of this.written) {
      const node = this.edit.node(ref);
      if (node !== undefined && !nodes.has(node)) checkOccurrences(definition, node, where);
      if (node !== undefined) nodes.add(node);
      if (ref.path.length === 0) continue;
      const up = { ...ref, path: ref.path.slice(0, -1) };
      const parent = this.edit.node(up);
      if (parent === undefined || parents.has(parent)) continue;
      parents.add(parent);
      this.checkSiblings(up, parent, where);
    }
  }

  // What was missing before is not this writer's to bring, so only an excess counts.
  private checkSiblings(up: NodeRef, parent: MoNode, where: string): void {
    const definition = definitionAt(findDefinition(up.moid, this.options.definitions)?.definition, up.path);
    if (definition === undefined || definition === 'open' || parent.kind === 'leaf') return;
    const mistake = tooMany(definition, parent);
    if (mistake !== undefined) {
      throw new DataError('DATA_MO', `${mistake} (${where})`, { details: { path: where } });
    }
  }

  private putRoot(ref: NodeRef, root: MoNode, where: string, ddf?: string): void {
    if (root.kind === 'leaf') {
      throw new DataError('DATA_MO', `the root of an instance is an interior node (${where})`, {
        details: { path: where },
      });
    }
    const link = ddf ?? this.edit.instance(ref.moid, ref.miid)?.ddf;
    this.edit.setInstance({
      moid: ref.moid,
      miid: ref.miid,
      ...(link === undefined ? {} : { ddf: link }),
      root,
    });
  }

  private given({ moid, miid, path }: NonNullable<StoreOptions['at']>): Place {
    return { moid, miid, path, definition: findDefinition(moid, this.options.definitions)?.definition };
  }

  private definitionOf({ definition, path }: Place, where: string): NodeDefinition | undefined {
    const at = definitionAt(definition, path);
    if (at === undefined) {
      throw new DataError('DATA_MO', `${definition!.clause} has no node ${path.join('/')} (${where})`, {
        details: { path: where },
      });
    }
    return at === 'open' ? undefined : at;
  }

  /** The instance that an object is for: a given one, the only one, or a new one. */
  private refOf({ moid, miid, path, definition }: Place, label: string): NodeRef {
    const instances = this.edit.instancesOf(moid);
    const fixed = definition?.root.scope === 'permanent' && instances !== undefined;
    if (miid !== undefined) {
      if (fixed && !instances.has(miid)) onlyOne(moid);
      return { moid, miid, path };
    }
    if (path.length === 0 && !fixed) return { moid, miid: this.newMiid(moid, label), path };
    const [only, second] = instances?.keys() ?? [];
    if (second !== undefined && fixed) onlyOne(moid);
    if (only === undefined || second !== undefined) {
      throw new DataError(
        'DATA_NODE_MISSING',
        `${moid}// needs one instance, found ${instances?.size ?? 0}`,
        {
          details: { moid },
        },
      );
    }
    return { moid, miid: only, path };
  }

  private newMiid(moid: string, label: string): string {
    const proposal = decodeNodeName(label);
    const miid = this.options.newMiid?.(moid, proposal) ?? freeMiid(this.edit.instancesOf(moid), proposal);
    if (this.edit.instance(moid, miid) !== undefined) {
      const node = formatNodeRef({ moid, miid, path: [] });
      throw new DataError('DATA_MO', `the MIID of the new instance is taken: ${node}`, { details: { node } });
    }
    return miid;
  }
}

function freeMiid(taken: ReadonlyMap<string, unknown> | undefined, proposal = 'x'): string {
  if (!taken?.has(proposal)) return proposal;
  for (let n = 2; ; n++) if (!taken.has(`${proposal}-${n}`)) return `${proposal}-${n}`;
}

function onlyOne(moid: string): never {
  throw new DataError('DATA_NODE_FIXED', `the instance of ${moid} is permanent; there is no second one`, {
    details: { moid },
  });
}

function checkRoom(before: MoTree, after: MoTree, stored: readonly NodeRef[], limits: TreeLimits): void {
  const grown = (now: number, was: number, limit: number) => now > limit && now > was;
  if (grown(after.count, before.count, limits.nodes)) full('nodes', after.count, limits.nodes);
  if (grown(after.octets, before.octets, limits.octets)) full('octets', after.octets, limits.octets);
  for (const ref of stored) {
    const node = after.node(ref);
    if (node === undefined) continue;
    const { depth, value } = weigh(node);
    if (ref.path.length + depth > limits.depth) full('levels', ref.path.length + depth, limits.depth);
    if (value > limits.valueOctets) full('octets in one value', value, limits.valueOctets);
  }
}

function full(what: string, found: number, limit: number): never {
  throw new DataError('DATA_TREE_FULL', `the tree would have ${found} ${what}, more than ${limit}`, {
    details: { found, limit },
  });
}
