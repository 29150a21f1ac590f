/** Management object definitions as data (DM 2.0 §6.3.1). */
export type NodeFormat =
  | 'node'
  | 'null'
  | 'b64'
  | 'bin'
  | 'bool'
  | 'chr'
  | 'int'
  | 'xml'
  | 'date'
  | 'time'
  | 'float';
export type AccessType = 'Add' | 'Delete' | 'Exec' | 'Get' | 'Replace';
/** As the tables write it: the minimum a server may do, and what it may never do. */
export type Access = AccessType | `No ${AccessType}`;
/** `ZeroOrN` and `OneOrN` carry their N: `OneOr3`. */
export type Occurrence =
  | 'One'
  | 'ZeroOrOne'
  | 'ZeroOrMore'
  | 'OneOrMore'
  | `ZeroOr${number}`
  | `OneOr${number}`;

export interface NodeDefinition {
  /** `<x>`, or another name in angle or square brackets, is an un-named node (§6.3.1.3, §6.3.1.5). */
  readonly name: string;
  readonly status: 'Required' | 'Optional';
  readonly occurrence: Occurrence;
  readonly format: NodeFormat;
  readonly access: readonly Access[];
  /** The DDF's property (§6.3.1.2); the tables of §12 leave it open. */
  readonly scope?: 'permanent' | 'dynamic';
  /** The value is a key, or what a key protects: it is shown as a length only. */
  readonly secret?: true;
  /** Others define the children (Ext nodes): anything may stand below. */
  readonly open?: true;
  readonly children: readonly NodeDefinition[];
  /** Older child names that a reader accepts and nobody writes: name → path from this node. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Values the clause allows, where it lists them. */
  readonly values?: readonly (string | number)[];
  /** Least and greatest value of a number, where the clause gives them. */
  readonly range?: readonly [min: number, max: number];
  /** DFTitle: a name for people (§6.4). */
  readonly title?: string;
  readonly description?: string;
  /** DFType of a leaf: media types of its value. */
  readonly mime?: readonly string[];
  /** DefaultValue: what the device has unless told otherwise, as the DDF writes it. */
  readonly defaultValue?: string;
  /** Value: what a new node gets that is made from this description, as the DDF writes it. */
  readonly initialValue?: string;
  /** `CIS`: capitals in the node's name do not matter. A DDF reader writes it on every descendant too. */
  readonly caseSense?: 'CS' | 'CIS';
}

export interface MoDefinition {
  readonly moid: string;
  readonly name: string;
  readonly clause: string;
  /** Identifiers that older texts use for this MO. */
  readonly moidAliases: readonly string[];
  readonly root: NodeDefinition;
  /** Where the DDF file of this MO can be had; a client tells it in MOS (§5.2.2). */
  readonly ddfUrl?: string;
  /** Path of the DDF: where DM 1.x devices have the MO's root. */
  readonly path?: string;
}

type Properties = Partial<Omit<NodeDefinition, 'name' | 'format' | 'children'>>;
const DEFAULTS = { status: 'Required', occurrence: 'One', access: ['Get'] } as const;

/** A leaf node: Required, One, Get unless told. */
export function leaf(
  name: string,
  format: Exclude<NodeFormat, 'node'>,
  properties: Properties = {},
): NodeDefinition {
  return { ...DEFAULTS, ...properties, name, format, children: [] };
}

/** An interior node: Required, One, Get unless told. */
export function interior(
  name: string,
  properties: Properties,
  children: readonly NodeDefinition[],
): NodeDefinition {
  return { ...DEFAULTS, ...properties, name, format: 'node', children };
}

/** An optional Ext node: vendors put below it what they like. */
export function extension(name = 'Ext'): NodeDefinition {
  return interior(name, { status: 'Optional', open: true }, []);
}

/**
 * What is wrong with a value of the right format: undefined, or the values that the clause allows.
 *
 * @example valueMistake(leaf('AR', 'int', { range: [0, 15] }), 16) // → '0 to 15'
 */
export function valueMistake({ values, range }: NodeDefinition, value: unknown): string | undefined {
  if (values !== undefined && !values.includes(value as string | number)) return values.join(', ');
  if (range === undefined) return undefined;
  const inside = typeof value === 'number' && value >= range[0] && value <= range[1];
  return inside ? undefined : `${range[0]} to ${range[1]}`;
}

/** Whether the node stands for instances whose names are chosen at run-time (`<X>` or `[X]` in a definition). */
export function isUnnamed({ name }: NodeDefinition): boolean {
  return (name.startsWith('<') && name.endsWith('>')) || (name.startsWith('[') && name.endsWith(']'));
}

/**
 * The definition with a scope on every node: as told, or permanent for a node that is there exactly once with its
 * parent and dynamic for any other (§6.3.1.2).
 */
export function scoped(definition: NodeDefinition): NodeDefinition {
  const { status, occurrence, scope, children } = definition;
  const always = status === 'Required' && occurrence === 'One';
  return {
    ...definition,
    scope: scope ?? (always ? 'permanent' : 'dynamic'),
    children: children.map(scoped),
  };
}

/**
 * Least and greatest number of instances.
 *
 * @example occurrenceBounds('ZeroOrOne') // → { min: 0, max: 1 }
 */
export function occurrenceBounds(occurrence: Occurrence): { min: number; max: number } {
  const min = occurrence.startsWith('Zero') ? 0 : 1;
  if (occurrence === 'One' || occurrence === 'ZeroOrOne') return { min, max: 1 };
  if (occurrence.endsWith('More')) return { min, max: Number.POSITIVE_INFINITY };
  return { min, max: Number(occurrence.replace(/^\D+/, '')) };
}

/** Which definition a node name of an instance belongs to. */
export interface ChildMatch {
  readonly definition: NodeDefinition;
  /** Path from the parent by today's names; longer than one where an older name joined two levels. */
  readonly path: readonly string[];
  /** The name is an older one. */
  readonly alias: boolean;
}

/** The child definition for `name`: by name, then as an older name, then as an un-named node. */
export function matchChild(parent: NodeDefinition, name: string): ChildMatch | undefined {
  const named =
    parent.children.find((child) => child.name === name) ??
    parent.children.find((child) => child.caseSense === 'CIS' && sameLetters(child.name, name));
  if (named !== undefined) return { definition: named, path: [named.name], alias: false };
  const alias = parent.aliases;
  if (alias !== undefined && Object.hasOwn(alias, name)) {
    const path = alias[name]!.split('/');
    const definition = nodeAt(parent, path);
    if (definition !== undefined) return { definition, path, alias: true };
  }
  const unnamed = parent.children.find(isUnnamed);
  return unnamed === undefined ? undefined : { definition: unnamed, path: [name], alias: false };
}

function sameLetters(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The definition of the node at `path` below `root`. */
export function nodeAt(root: NodeDefinition, path: readonly string[]): NodeDefinition | undefined {
  let node: NodeDefinition | undefined = root;
  for (const name of path) node = node === undefined ? undefined : matchChild(node, name)?.definition;
  return node;
}
