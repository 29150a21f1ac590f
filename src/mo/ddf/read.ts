/** Reads device descriptions of DM 1.2 and 1.3 (DM 2.0 §6.4, §13.3). Dialects: docs/decisions/ddf-dialects.md. */
import { isUnnamed, type MoDefinition, type NodeDefinition } from '../definition.js';
import type { Finding } from '../finding.js';
import { DdfFindings } from './findings.js';
import { type DdfLimits, withDefaults } from './limits.js';
import { type DdfNode, NodeReader } from './node.js';
import { refuseXml, type XmlElement, XmlReader } from './xml.js';

export interface DdfDocument {
  /** VerDTD, such as `1.2`. */
  readonly version: string;
  /** Man: the manufacturer of the device. */
  readonly man?: string;
  /** Mod: the model of the device. */
  readonly mod?: string;
  readonly definitions: readonly MoDefinition[];
  readonly findings: readonly Finding[];
}

export interface ReadDdfOptions extends DdfLimits {
  /** Where the file comes from: `ddfUrl` of its definitions. */
  readonly url?: string;
}

/**
 * The MO definitions in a DDF file: one for every node with a MOID in DDFName.
 *
 * @param xml UTF-8
 * @throws DataError `DATA_XML` (not well-formed, not UTF-8, with declarations), `DATA_DDF` (a mandatory element is
 * missing, a value is wrong), `DATA_LIMIT`; all with line and column in `details`
 * @example readDdf(encodeUtf8(writeDdf([DEVINFO]))).definitions // → [DEVINFO]
 */
export function readDdf(xml: Uint8Array, options: ReadDdfOptions = {}): DdfDocument {
  const reader = new XmlReader(withDefaults(options));
  reader.write(xml);
  return documentOf(reader.end(), options);
}

/**
 * As `readDdf`, from octets as they arrive; what goes over a limit is not waited for.
 *
 * @throws DataError as `readDdf`, and what the source throws
 */
export async function readDdfStream(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadDdfOptions = {},
): Promise<DdfDocument> {
  const reader = new XmlReader(withDefaults(options));
  for await (const chunk of chunks) reader.write(chunk);
  return documentOf(reader.end(), options);
}

function documentOf(root: XmlElement, options: ReadDdfOptions): DdfDocument {
  if (root.name !== 'MgmtTree') refuseXml('the root element of a DDF is MgmtTree', root);
  const findings = new DdfFindings();
  const reader = new NodeReader(findings, withDefaults(options).maxNodes);
  const nodes: DdfNode[] = [];
  const texts = new Map<string, string>();
  for (const child of root.children) {
    if (reader.isStranger(child, ['VerDTD', 'Man', 'Mod', 'Node'], root.name)) continue;
    if (child.name === 'Node') nodes.push(reader.read(child));
    else if (texts.has(child.name)) refuseXml(`${child.name} stands twice`, child);
    else texts.set(child.name, child.text.trim());
  }
  const version = texts.get('VerDTD') ?? refuseXml('MgmtTree lacks the element VerDTD', root);
  if (version !== '1.2' && version !== '1.3') {
    const message = `VerDTD is ${/^[\d.]{1,8}$/.test(version) ? version : 'no version'}; read as 1.3`;
    findings.add('warning', 'DDF_VERSION', root, message);
  }
  const definitions = definitionsOf(joinByPath(nodes), findings, options.url);
  if (definitions.length === 0) refuseXml('no node of the file has a MOID in DDFName', root);
  const man = texts.get('Man');
  const mod = texts.get('Mod');
  return {
    version,
    ...(man ? { man } : {}),
    ...(mod ? { mod } : {}),
    definitions,
    findings: findings.list,
  };
}

/** Nodes of the top level whose Path leads to a node before them become its children; the others stay. */
function joinByPath(nodes: readonly DdfNode[]): DdfNode[] {
  const places = new Map<string, DdfNode>();
  const remember = (node: DdfNode, above: readonly string[]): void => {
    const path = [...above, /^<.*>$/.test(node.name) ? '<>' : node.name];
    const key = path.join('/');
    if (!places.has(key)) places.set(key, node);
    for (const child of node.children) remember(child, path);
  };
  return nodes.filter((node) => {
    const parent = node.path === undefined ? undefined : places.get(node.path.join('/'));
    remember(node, node.path ?? []);
    if (parent === undefined) return true;
    if (parent.properties.format !== 'node') refuseXml(`Path leads to a leaf node`, node.place);
    parent.children.push(node);
    return false;
  });
}

function definitionsOf(
  nodes: readonly DdfNode[],
  findings: DdfFindings,
  url: string | undefined,
): MoDefinition[] {
  const definitions = new Map<string, MoDefinition>();
  const queue = nodes.map((node) => ({ node, inside: undefined as string | undefined }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { node, inside } = next;
    queue.unshift(...node.children.map((child) => ({ node: child, inside: node.moid ?? inside })));
    if (node.moid === undefined) {
      if (inside === undefined && node.properties.format !== 'node') {
        const message = 'the node belongs to no MO; it is ignored';
        findings.add('warning', 'DDF_OUTSIDE_MO', node.place, message);
      }
    } else if (definitions.has(node.moid)) {
      const message = 'a MOID is described twice; the first description counts';
      findings.add('warning', 'DDF_MOID_TWICE', node.place, message);
    } else {
      if (inside !== undefined) {
        const message = `${node.moid} stands inside ${inside}; DM 2.0 addresses it by itself (§6.3)`;
        findings.add('info', 'DDF_NESTED_MO', node.place, message);
      }
      definitions.set(node.moid, definitionOf(node, node.moid, url));
    }
  }
  return [...definitions.values()];
}

function definitionOf(node: DdfNode, moid: string, url: string | undefined): MoDefinition {
  const { mo } = node.annotation;
  const root = nodeDefinition(node, 'CS');
  const ddfUrl = url ?? mo?.ddfUrl;
  return {
    moid,
    name: mo?.name ?? defaultName(root, moid),
    clause: mo?.clause ?? defaultClause(moid),
    moidAliases: mo?.moidAliases ?? [],
    root,
    ...(ddfUrl === undefined ? {} : { ddfUrl }),
    ...(node.pathText ? { path: node.pathText } : {}),
  };
}

/** What an MO is called whose DDF says nothing else. */
export function defaultName(root: NodeDefinition, moid: string): string {
  return root.title ?? (isUnnamed(root) ? moid : root.name);
}

/** What messages cite for a node of a DDF. */
export function defaultClause(moid: string): string {
  return `the DDF of ${moid}`;
}

/** `above`: CaseSense of the parent, which holds for descendants that say nothing else (§6.4). */
function nodeDefinition(node: DdfNode, above: 'CS' | 'CIS'): NodeDefinition {
  const caseSense = node.properties.caseSense ?? above;
  const seen = new Set<string>();
  const children = node.children.filter((child) => child.moid === undefined);
  for (const { name, place } of children) {
    const key = caseSense === 'CIS' ? name.toLowerCase() : name;
    if (seen.has(key)) refuseXml(`two nodes of ${node.name} are called ${name}`, place);
    seen.add(key);
  }
  const { annotation, properties } = node;
  const { caseSense: own, ...rest } = properties;
  const isOpen = annotation.open ?? (properties.format === 'node' && node.children.length === 0);
  return {
    ...rest,
    name: node.name,
    status: annotation.status ?? 'Required',
    ...(own !== undefined || caseSense === 'CIS' ? { caseSense } : {}),
    ...(isOpen ? { open: true as const } : {}),
    ...(annotation.secret ? { secret: true as const } : {}),
    ...(annotation.values === undefined ? {} : { values: annotation.values }),
    ...(annotation.range === undefined ? {} : { range: annotation.range }),
    ...(annotation.aliases === undefined ? {} : { aliases: annotation.aliases }),
    children: children.map((child) => nodeDefinition(child, caseSense)),
  };
}
