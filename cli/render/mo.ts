/** Management objects as trees: definitions as §6.3.1.5 marks them, instances with what their definition says. */
import { encodeUtf8 } from '../../src/bytes/index.js';
import {
  decodeBase64,
  findDefinition,
  isJsonObject,
  type JsonValue,
  type MoDefinition,
  matchChild,
  type NodeDefinition,
  nodeAt,
  type SerializedMo,
} from '../../src/mo/index.js';
import type { TreeNode } from './tree.js';

/** A node of a definition. */
export interface ShownDefinition {
  readonly name: string;
  /** `+`, `*`, `?`, `+N`, `*N`; empty for One. */
  readonly marker: string;
  readonly format: string;
  readonly access: readonly string[];
  readonly status: string;
  readonly occurrence: string;
  readonly scope?: string;
  readonly mime?: readonly string[];
  readonly defaultValue?: string;
  readonly title?: string;
  readonly description?: string;
  readonly children?: readonly ShownDefinition[];
}

/** A node of an instance. A value that is a secret, or may be one, is its length in octets. */
export interface ShownNode {
  readonly name: string;
  readonly format?: string;
  readonly marker?: string;
  readonly access?: readonly string[];
  readonly value?: JsonValue;
  readonly secret?: true;
  readonly hidden?: true;
  readonly length?: number;
  readonly unknown?: true;
  readonly children?: readonly ShownNode[];
}

/**
 * The marker of an occurrence (§6.3.1.5).
 */
function occurrenceMarker(occurrence: string): string {
  const sign = occurrence.startsWith('Zero') ? '*' : '+';
  if (occurrence === 'One') return '';
  if (occurrence === 'ZeroOrOne') return '?';
  return `${sign}${/\d+$/.exec(occurrence)?.[0] ?? ''}`;
}

export function shownDefinition(node: NodeDefinition): ShownDefinition {
  const { name, format, access, status, occurrence, scope, mime, defaultValue, title, description } = node;
  return {
    name,
    marker: occurrenceMarker(occurrence),
    format,
    access,
    status,
    occurrence,
    ...(scope === undefined ? {} : { scope }),
    ...(mime === undefined ? {} : { mime }),
    ...(defaultValue === undefined ? {} : { defaultValue }),
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(node.children.length === 0 ? {} : { children: node.children.map(shownDefinition) }),
  };
}

export function definitionTree({ moid, clause, root }: MoDefinition): TreeNode {
  return { label: plain(`${moid}  (${clause})`), children: [describedTree(shownDefinition(root))] };
}

function describedTree(node: ShownDefinition): TreeNode {
  const words = [
    node.format,
    node.access.join(', ') || 'not exposed',
    ...(node.status === 'Optional' ? ['optional'] : []),
    ...(node.scope === undefined ? [] : [node.scope]),
    ...(node.defaultValue === undefined ? [] : [`default ${JSON.stringify(node.defaultValue)}`]),
  ];
  const label = plain(`${node.name}${node.marker}  ${words.join(' · ')}`);
  return { label, children: (node.children ?? []).map(describedTree) };
}

/** The one node of MOData, under its label. */
export function shownInstance(
  { clientUri, moData }: SerializedMo,
  definitions: readonly MoDefinition[],
  reveal: boolean,
): { definition: MoDefinition | undefined; nodes: ShownNode[] } {
  const [moid = '', , ...path] = clientUri.split('/');
  const definition = findDefinition(moid, definitions)?.definition;
  const names = path.filter((name) => name !== '');
  const at = definition === undefined ? undefined : nodeAt(definition.root, names);
  const nodes = Object.entries(moData).map(([name, value]) => shownNode(name, value, at, reveal));
  return { definition, nodes };
}

function shownNode(
  name: string,
  value: JsonValue,
  definition: NodeDefinition | undefined,
  reveal: boolean,
): ShownNode {
  const described =
    definition === undefined
      ? {}
      : {
          format: definition.format,
          marker: occurrenceMarker(definition.occurrence),
          access: definition.access,
        };
  if (!isJsonObject(value)) return { name, ...described, ...shownValue(value, definition, reveal) };
  const children = Object.entries(value).map(([child, content]) => {
    const known = definition === undefined || definition.open ? undefined : matchChild(definition, child);
    const node = shownNode(child, content, known?.definition, reveal);
    const stranger = definition !== undefined && !definition.open && known === undefined;
    return stranger ? { ...node, unknown: true as const } : node;
  });
  return { name, ...described, children };
}

// What nobody may get is taken for a secret, and a text that nobody describes might be one.
function shownValue(
  value: JsonValue,
  definition: NodeDefinition | undefined,
  reveal: boolean,
): Pick<ShownNode, 'value' | 'secret' | 'hidden' | 'length'> {
  if (reveal || value === null || typeof value === 'boolean') return { value };
  const length = octetsOf(value, definition?.format);
  if (definition === undefined) return { hidden: true, length };
  if (definition.secret || !definition.access.includes('Get')) return { secret: true, length };
  if (typeof value === 'object') return { hidden: true, length };
  return { value: typeof value === 'string' ? value.replace(PASSWORD, '$1\u2026@') : value };
}

/** The password in a URL. */
const PASSWORD = /(:\/\/[^/?#@\s:]*:)[^/?#@\s]+@/;

function octetsOf(value: JsonValue, format: string | undefined): number {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const octets = format === 'bin' || format === 'b64' ? decodeBase64(text) : undefined;
  return (octets ?? encodeUtf8(text)).length;
}

export function instanceTree(clientUri: string, nodes: readonly ShownNode[]): TreeNode {
  return { label: plain(clientUri), children: nodes.map(nodeTree) };
}

function nodeTree(node: ShownNode): TreeNode {
  const words = [
    ...(node.children === undefined ? [valueText(node)] : []),
    ...(node.format === undefined ? [] : [`${node.format}${node.marker}`]),
    ...(node.access === undefined ? [] : [node.access.join(', ') || 'not exposed']),
    ...(node.unknown ? ['not in the definition'] : []),
  ];
  const label = words.length === 0 ? node.name : `${node.name}  ${words.join(' · ')}`;
  return { label: plain(label), children: (node.children ?? []).map(nodeTree) };
}

function valueText({ value, secret, length }: ShownNode): string {
  if (value !== undefined) return `= ${JSON.stringify(value)}`;
  return secret ? `secret, ${length} octets` : `not shown, ${length} octets`;
}

// A foreign document must not move the cursor of the terminal.
function plain(text: string): string {
  return text.replace(/\p{C}/gu, '\ufffd');
}
