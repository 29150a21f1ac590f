/** One Node element of a DDF (DM 2.0 §6.4). */
import type { Access, AccessType, NodeDefinition, NodeFormat, Occurrence } from '../definition.js';
import { checkFormat } from '../formats.js';
import { type Annotation, parseAnnotation } from './annotation.js';
import type { DdfFindings } from './findings.js';
import { refuseXml, type XmlElement } from './xml.js';

/** A Node as the file has it, before MOs are made of the file. */
export interface DdfNode {
  readonly place: XmlElement;
  /** `<x>` where NodeName is empty. */
  readonly name: string;
  /** Names of Path. */
  readonly path: readonly string[] | undefined;
  readonly pathText: string | undefined;
  /** MOID of the MO that this node is the root of. */
  readonly moid: string | undefined;
  readonly annotation: Annotation;
  readonly properties: Omit<NodeDefinition, 'name' | 'children' | 'status' | 'open'>;
  readonly children: DdfNode[];
}

const FORMATS: readonly string[] = [
  'b64',
  'bin',
  'bool',
  'chr',
  'int',
  'node',
  'null',
  'xml',
  'date',
  'time',
  'float',
] satisfies NodeFormat[];
const ACCESS: readonly string[] = ['Add', 'Delete', 'Exec', 'Get', 'Replace'] satisfies AccessType[];
const NODE_ELEMENTS = ['NodeName', 'Path', 'RTProperties', 'DFProperties', 'Node', 'Value'];
const PROPERTY_ELEMENTS = [
  'AccessType',
  'DefaultValue',
  'Description',
  'DFFormat',
  'Occurrence',
  'Scope',
  'DFTitle',
  'DFType',
  'CaseSense',
];
const NAME = /^(?:[A-Za-z0-9._~-]+|<[A-Za-z0-9._~-]+>|\[[A-Za-z0-9._~-]+\])$/;
const MOID = /^[A-Za-z0-9._~:%@!$&'()*+,;=-]{1,512}$/;

export class NodeReader {
  private nodes = 0;

  constructor(
    private readonly findings: DdfFindings,
    private readonly maxNodes: number,
  ) {}

  /** @throws DataError `DATA_DDF`, `DATA_LIMIT` with line and column */
  read(element: XmlElement): DdfNode {
    if (++this.nodes > this.maxNodes) {
      refuseXml(`there are more than ${this.maxNodes} nodes`, element, 'DATA_LIMIT');
    }
    const parts = this.parts(element, NODE_ELEMENTS, ['Node', 'RTProperties']);
    const annotation = this.annotation(element);
    const name = this.name(mandatory(parts, 'NodeName', element), annotation);
    const described = this.parts(mandatory(parts, 'DFProperties', element), PROPERTY_ELEMENTS, []);
    const children = (parts.get('Node') ?? []).map((child) => this.read(child));
    const format = this.format(mandatory(described, 'DFFormat', element));
    if (format !== 'node' && children.length > 0) {
      refuseXml(`the leaf node ${name} (format ${format}) has child nodes`, element);
    }
    const pathText = only(parts, 'Path')?.text.trim();
    const type = this.type(only(described, 'DFType'));
    if (type.moid !== undefined && format !== 'node') {
      refuseXml(`the root of ${type.moid} is not an interior node`, element);
    }
    return {
      place: element,
      name,
      path: pathText === undefined ? undefined : pathNames(pathText),
      pathText,
      moid: type.moid,
      annotation,
      properties: {
        format,
        ...this.values(parts, described, format),
        ...this.rest(element, described, annotation),
        ...(type.mime.length === 0 ? {} : { mime: type.mime }),
      },
      children,
    };
  }

  /** Children by name. Others' elements, and unknown ones, are told and left. */
  private parts(
    element: XmlElement,
    known: readonly string[],
    repeated: readonly string[],
  ): Map<string, XmlElement[]> {
    const parts = new Map<string, XmlElement[]>();
    for (const child of element.children) {
      if (this.isStranger(child, known, element.name)) continue;
      const same = parts.get(child.name);
      if (same === undefined) parts.set(child.name, [child]);
      else if (repeated.includes(child.name)) same.push(child);
      else refuseXml(`${child.name} stands twice in ${element.name}`, child);
    }
    return parts;
  }

  isStranger(child: XmlElement, known: readonly string[], parent: string): boolean {
    if (child.foreign) {
      const message = `${child.name} is of another vocabulary; it is ignored`;
      this.findings.add('info', 'DDF_FOREIGN_ELEMENT', child, message, child.name);
      return true;
    }
    if (known.includes(child.name)) return false;
    const message = `DDF has no element ${child.name} in ${parent}; it is ignored`;
    this.findings.add('warning', 'DDF_UNKNOWN_ELEMENT', child, message, `${parent}/${child.name}`);
    return true;
  }

  private annotation(element: XmlElement): Annotation {
    const [note] = element.notes;
    if (note === undefined) return {};
    const annotation = parseAnnotation(note);
    if (annotation !== undefined) return annotation;
    const message = 'the processing instruction simboot is not one that simboot writes; it is ignored';
    this.findings.add('warning', 'DDF_ANNOTATION', element, message);
    return {};
  }

  private name(element: XmlElement, annotation: Annotation): string {
    const name = element.text.trim();
    // DM 1.x writes un-named nodes as empty, some vendors as a wildcard.
    if (name === '' || name === '*') return annotation.name ?? '<x>';
    if (!NAME.test(name) || name.length > 512) {
      refuseXml('NodeName has characters that no node name has (DM 2.0 §6.3.1)', element);
    }
    return name;
  }

  private format(element: XmlElement): NodeFormat {
    const name = this.choice(element, [...FORMATS, 'B64']);
    return (name === 'B64' ? 'b64' : name) as NodeFormat;
  }

  /** The one child that says which of the choices it is. */
  private choice(element: XmlElement, known: readonly string[]): string {
    const found = element.children.filter((child) => !this.isStranger(child, known, element.name));
    if (found.length !== 1) {
      refuseXml(`${element.name} holds one of ${known.join(', ')}, found ${found.length}`, element);
    }
    return found[0]!.name;
  }

  private rest(
    element: XmlElement,
    described: Map<string, XmlElement[]>,
    annotation: Annotation,
  ): Pick<NodeDefinition, 'occurrence' | 'access' | 'scope' | 'title' | 'description' | 'caseSense'> {
    const scope = only(described, 'Scope');
    const caseSense = only(described, 'CaseSense');
    const title = only(described, 'DFTitle')?.text.trim();
    const description = only(described, 'Description')?.text.trim();
    return {
      occurrence: annotation.occurrence ?? this.occurrence(only(described, 'Occurrence')),
      access: this.access(mandatory(described, 'AccessType', element), annotation),
      ...(scope === undefined
        ? {}
        : { scope: this.choice(scope, ['Permanent', 'Dynamic']) === 'Permanent' ? 'permanent' : 'dynamic' }),
      ...(title ? { title } : {}),
      ...(description ? { description } : {}),
      ...(caseSense === undefined
        ? {}
        : { caseSense: this.choice(caseSense, ['CS', 'CIS']) === 'CIS' ? 'CIS' : 'CS' }),
    };
  }

  private occurrence(element: XmlElement | undefined): Occurrence {
    if (element === undefined) return 'One';
    const known = ['One', 'ZeroOrOne', 'ZeroOrMore', 'OneOrMore', 'ZeroOrN', 'OneOrN'];
    const name = this.choice(element, known);
    if (name !== 'ZeroOrN' && name !== 'OneOrN') return name as Occurrence;
    const count = element.children.find((child) => child.name === name)!.text.trim();
    if (!/^[1-9]\d{0,8}$/.test(count))
      refuseXml(`${name} holds a number from 1, the most instances`, element);
    return `${name === 'ZeroOrN' ? 'ZeroOr' : 'OneOr'}${Number(count)}`;
  }

  // Copy is of DM 1.x only: no command of DM 2.0 asks for it (§6.3.1.1).
  private access(element: XmlElement, annotation: Annotation): Access[] {
    const given = element.children
      .filter((child) => !this.isStranger(child, [...ACCESS, 'Copy'], element.name))
      .map(({ name }) => name);
    const never = annotation.never ?? [];
    return [
      ...(ACCESS.filter((name) => given.includes(name)) as AccessType[]),
      ...never.map((name) => `No ${name}` as const),
    ];
  }

  private type(element: XmlElement | undefined): { moid: string | undefined; mime: string[] } {
    if (element === undefined) return { moid: undefined, mime: [] };
    const parts = this.parts(element, ['MIME', 'DDFName'], ['MIME']);
    const mime = (parts.get('MIME') ?? []).map(({ text }) => text.trim()).filter((text) => text !== '');
    const ddfName = only(parts, 'DDFName');
    const moid = ddfName?.text.trim();
    if (ddfName === undefined || moid === undefined || moid === '') return { moid: undefined, mime };
    if (!MOID.test(moid)) refuseXml('DDFName is not a MOID that a ClientURI can carry (§6.1.1)', ddfName);
    return { moid, mime };
  }

  private values(
    parts: Map<string, XmlElement[]>,
    described: Map<string, XmlElement[]>,
    format: NodeFormat,
  ): Pick<NodeDefinition, 'defaultValue' | 'initialValue'> {
    const defaultValue = this.value(only(described, 'DefaultValue'), format);
    const initialValue = this.value(only(parts, 'Value'), format);
    return {
      ...(defaultValue === undefined ? {} : { defaultValue }),
      ...(initialValue === undefined ? {} : { initialValue }),
    };
  }

  private value(element: XmlElement | undefined, format: NodeFormat): string | undefined {
    if (element === undefined) return undefined;
    const isText = format === 'chr' || format === 'xml';
    const text = isText ? element.text : element.text.trim();
    if (format === 'node' || format === 'null' || (text === '' && !isText)) {
      if (text !== '') {
        const message = `a node of format ${format} has no value; ${element.name} is ignored`;
        this.findings.add('warning', 'DDF_VALUE', element, message);
      }
      return undefined;
    }
    if (checkFormat(format, text).result === 'wrong') {
      this.findings.add('warning', 'DDF_VALUE', element, `${element.name} does not fit the format ${format}`);
    }
    return text;
  }
}

function only(parts: Map<string, XmlElement[]>, name: string): XmlElement | undefined {
  return parts.get(name)?.[0];
}

function mandatory(parts: Map<string, XmlElement[]>, name: string, parent: XmlElement): XmlElement {
  return only(parts, name) ?? refuseXml(`a Node lacks the element ${name}`, parent);
}

/** Names of a Path such as `./DMAcc`; every un-named node alike. */
function pathNames(text: string): string[] {
  return text
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .map((name) => (/^<.*>$|^\*$/.test(name) ? '<>' : name));
}
