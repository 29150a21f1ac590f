/** An MO instance against its definition (DM 2.0 §6.3.1): every mistake with its JSON path. */
import { SimbootError } from '../errors/index.js';
import {
  isUnnamed,
  type MoDefinition,
  matchChild,
  type NodeDefinition,
  nodeAt,
  occurrenceBounds,
  valueMistake,
} from './definition.js';
import { type Finding, memberPath } from './finding.js';
import { checkFormat } from './formats.js';
import { type InstanceUri, isNodeName, parseInstanceUri } from './instance-uri.js';
import { isJsonObject, type JsonObject, type JsonValue, jsonType } from './json.js';
import { findDefinition, MO_DEFINITIONS } from './registry.js';
import type { SerializedMo } from './serialization.js';

export interface ValidateOptions {
  /** Definitions to judge by; those of simboot unless told. */
  readonly definitions?: readonly MoDefinition[];
  /** `{}` may stand for children that were not transferred (§7.2.1.4); never in a bootstrap. */
  readonly partial?: boolean;
  /**
   * The MO as a device shows it to a server: nodes that are not exposed (AccessType without Get) are missing, and if
   * one is there it is a warning.
   */
  readonly exposed?: boolean;
}

/**
 * The findings on one serialized MO. An MO without a definition passes with an info; older names of MOs and
 * nodes pass with a warning.
 *
 * @param path JSON path of the array element, such as `$[0]`
 * @example
 * const object = { clientUri: `${DMACC.moid}//`, moData: { dms1: { SrvID: 7 } } };
 * validateMo(object, '$[0]')[0]?.where // → '$[0].MOData.dms1.SrvID'
 */
export function validateMo(object: SerializedMo, path: string, options: ValidateOptions = {}): Finding[] {
  const findings: Finding[] = [];
  const uri = readUri(object, path, findings);
  const root = readRoot(object, `${path}.MOData`, findings);
  if (uri === undefined || root === undefined) return findings;
  const match = findDefinition(uri.moid, options.definitions ?? MO_DEFINITIONS);
  if (match === undefined) {
    const message = `no definition of ${uri.moid} is known; its nodes are not checked`;
    findings.push({ severity: 'info', code: 'MO_NO_DEFINITION', where: `${path}.ClientURI`, message });
    return findings;
  }
  if (match.alias) {
    const message = `older spelling of ${match.definition.moid}`;
    findings.push({ severity: 'warning', code: 'MO_ALIAS', where: `${path}.ClientURI`, message });
  }
  const definition = nodeAt(match.definition.root, uri.path);
  if (definition === undefined) {
    const message = `${match.definition.clause} has no node ${uri.path.join('/')}`;
    findings.push({ severity: 'error', code: 'MO_UNKNOWN_NODE', where: `${path}.ClientURI`, message });
    return findings;
  }
  new Walk(findings, match.definition.clause, options).node(definition, root.value, root.path);
  return findings;
}

/**
 * The findings on all MOs of one document: each by itself (`validateMo`), and together: an instance given twice, more
 * instances of an MO than its root's occurrence allows.
 *
 * @example
 * const object = { clientUri: 'urn:example:mo:1.0/a/', moData: { a: {} } };
 * validateMos([object, object]).map(({ code, where }) => `${code} ${where}`).at(-1) // → 'MO_TWICE $[1].ClientURI'
 */
export function validateMos(objects: readonly SerializedMo[], options: ValidateOptions = {}): Finding[] {
  const findings = objects.flatMap((object, index) => validateMo(object, `$[${index}]`, options));
  const instances = new Map<string, Set<string>>();
  for (const [index, { clientUri }] of objects.entries()) {
    const where = `$[${index}].ClientURI`;
    const uri = readUri({ clientUri, moData: {} }, '', []);
    if (uri === undefined || uri.path.length > 0) continue;
    const match = findDefinition(uri.moid, options.definitions ?? MO_DEFINITIONS);
    const moid = match?.definition.moid ?? uri.moid;
    const seen = instances.get(moid) ?? new Set();
    instances.set(moid, seen);
    if (uri.miid !== undefined && seen.has(uri.miid)) {
      const message = 'this instance stands in the document before';
      findings.push({ severity: 'error', code: 'MO_TWICE', where, message });
    }
    seen.add(uri.miid ?? `//${index}`);
    const max =
      match === undefined ? Number.POSITIVE_INFINITY : occurrenceBounds(match.definition.root.occurrence).max;
    if (seen.size > max) {
      const message = `instance ${seen.size} of an MO of which there are ${max} at most`;
      findings.push({ severity: 'error', code: 'MO_OCCURRENCE', where, message });
    }
  }
  return findings;
}

function readUri(object: SerializedMo, path: string, findings: Finding[]): InstanceUri | undefined {
  const where = `${path}.ClientURI`;
  try {
    const uri = parseInstanceUri(object.clientUri);
    if (uri.looseSlash) {
      const message = 'the address of an instance ends in one slash after the MIID';
      findings.push({ severity: 'warning', code: 'DMMO_CLIENT_URI', where, message });
    }
    return uri;
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    findings.push({ severity: 'error', code: 'DMMO_CLIENT_URI', where, message: error.message });
    return undefined;
  }
}

function readRoot(
  object: SerializedMo,
  path: string,
  findings: Finding[],
): { value: JsonValue; path: string } | undefined {
  const members = Object.entries(object.moData);
  const [first] = members;
  if (members.length === 1 && first !== undefined) {
    return { value: first[1], path: memberPath(path, first[0]) };
  }
  const message = `MOData holds one node, the addressed one; found ${members.length}`;
  findings.push({ severity: 'error', code: 'MO_ROOT', where: path, message });
  return undefined;
}

class Walk {
  constructor(
    private readonly findings: Finding[],
    private readonly clause: string,
    private readonly options: ValidateOptions,
  ) {}

  node(definition: NodeDefinition, value: JsonValue, path: string): void {
    if (definition.format !== 'node') {
      this.leafValue(definition, definition.format, value, path);
    } else if (!isJsonObject(value)) {
      this.add(
        'error',
        'MO_FORMAT',
        path,
        `an interior node needs an object of its children, found ${jsonType(value)}`,
      );
    } else if (definition.open) {
      this.openChildren(value, path);
    } else if (!(this.options.partial && Object.keys(value).length === 0)) {
      this.children(definition, value, path);
    }
  }

  private children(parent: NodeDefinition, value: JsonObject, path: string): void {
    const seen = new Map<NodeDefinition, number>();
    for (const [name, child] of Object.entries(value)) {
      const at = memberPath(path, name);
      const match = matchChild(parent, name);
      if (match === undefined) {
        this.add('error', 'MO_UNKNOWN_NODE', at, `${this.clause} has no such node here`);
        continue;
      }
      if (match.alias) {
        this.add('warning', 'MO_ALIAS', at, `older name of ${match.path.join('/')}`);
      }
      if (this.isHidden(match.definition)) {
        this.add('warning', 'MO_EXPOSED', at, `${this.clause} does not expose this node to servers`);
      }
      this.name(match.definition, name, at);
      seen.set(match.definition, (seen.get(match.definition) ?? 0) + 1);
      this.node(match.definition, child, at);
    }
    this.occurrences(parent, seen, path);
  }

  private occurrences(parent: NodeDefinition, seen: Map<NodeDefinition, number>, path: string): void {
    for (const child of parent.children) {
      const count = seen.get(child) ?? 0;
      const { min, max } = occurrenceBounds(child.occurrence);
      if (count > max) {
        this.add(
          'error',
          'MO_OCCURRENCE',
          path,
          `${child.name} occurs ${count} times, at most ${max} allowed`,
        );
      } else if (count < min && child.status === 'Required' && !this.isHidden(child)) {
        const message = `${child.name} is missing (${this.clause}: Required, ${child.occurrence})`;
        this.add('error', 'MO_MISSING_NODE', path, message);
      }
    }
  }

  private isHidden({ access }: NodeDefinition): boolean {
    return this.options.exposed === true && (!access.includes('Get') || access.includes('No Get'));
  }

  private leafValue(
    definition: NodeDefinition,
    format: Exclude<NodeDefinition['format'], 'node'>,
    value: JsonValue,
    path: string,
  ): void {
    const check = checkFormat(format, value);
    if (check.result === 'wrong') {
      this.add('error', 'MO_FORMAT', path, check.message);
      return;
    }
    if (check.result === 'text') this.add('warning', 'MO_FORMAT_TEXT', path, check.message);
    const actual = check.result === 'text' ? check.value : value;
    const allowed = valueMistake(definition, actual);
    if (allowed !== undefined) this.add('error', 'MO_VALUE', path, `${this.clause} allows ${allowed} here`);
  }

  // Below an Ext node only the rules of every MO hold: leaves have values, interiors have names.
  private openChildren(value: JsonObject, path: string): void {
    const queue: [JsonObject, string][] = [[value, path]];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const [name, child] of Object.entries(next[0])) {
        const at = memberPath(next[1], name);
        this.nodeName(name, at);
        if (Array.isArray(child)) {
          this.add('error', 'MO_FORMAT', at, 'a node is a value or an object of its children, found array');
        } else if (isJsonObject(child)) queue.push([child, at]);
      }
    }
  }

  private name(definition: NodeDefinition, name: string, path: string): void {
    // A node called by a MOID has its colons (§12.3, Figure 17).
    const plain = definition.name === '<MOID>' ? name.replaceAll(':', '') : name;
    if (isUnnamed(definition)) this.nodeName(plain, path);
  }

  private nodeName(name: string, path: string): void {
    if (isNodeName(name)) return;
    const readable = /^(?:[A-Za-z0-9._~:-]|%[0-9a-fA-F]{2})+$/.test(name);
    const message = 'a node name has letters, digits and -._~ only (DM 2.0 §6.3.1)';
    this.add(readable ? 'warning' : 'error', 'MO_NAME', path, message);
  }

  private add(severity: Finding['severity'], code: string, where: string, message: string): void {
    this.findings.push({ severity, code, where, message });
  }
}
