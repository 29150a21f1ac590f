/** XML without tricks: no document type, no entities of its own, bounded depth, size and number of nodes. */
import { SaxesParser } from 'saxes';
import { decodeUtf8 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';

/** A text or CDATA section, a comment, or an element with its local name. */
type XmlNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'comment'; readonly text: string }
  | XmlElement;

export interface XmlElement {
  readonly kind: 'element';
  /** Without prefix. */
  readonly name: string;
  /** As it is written, with its prefix. */
  readonly tag: string;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly children: readonly XmlNode[];
}

export interface XmlLimits {
  /** Octets of the document; 65536 unless told. */
  readonly maxOctets?: number;
  /** Elements inside each other; 32 unless told. */
  readonly maxDepth?: number;
  /** Elements, texts and comments; 10000 unless told. */
  readonly maxNodes?: number;
}

type Open = { name: string; tag: string; attributes: [string, string][]; children: XmlNode[] };

/** @throws DataError `DATA_UTF8`, `DATA_LIMIT`; `DATA_ALERT_XML` with line and column */
export function parseXml(bytes: Uint8Array, limits: XmlLimits = {}): XmlElement {
  const { maxOctets = 65_536 } = limits;
  if (bytes.length > maxOctets) tooMuch(`the alert has more than ${maxOctets} octets`);
  return parseXmlText(decodeUtf8(bytes), limits);
}

/** @throws DataError `DATA_LIMIT`, `DATA_ALERT_XML` with line and column */
export function parseXmlText(text: string, { maxDepth = 32, maxNodes = 10_000 }: XmlLimits = {}): XmlElement {
  const parser = new SaxesParser({ xmlns: true });
  const fail = (message: string): never => {
    const { line, columnIndex } = parser;
    const where = `line ${line}, column ${columnIndex + 1}`;
    throw new DataError('DATA_ALERT_XML', `${message} (${where})`, {
      details: { line, column: columnIndex + 1 },
    });
  };
  const top: Open = { name: '', tag: '', attributes: [], children: [] };
  const open: Open[] = [top];
  let nodes = 0;
  const add = (node: XmlNode) => {
    if (++nodes > maxNodes) tooMuch(`the alert has more than ${maxNodes} nodes`);
    open.at(-1)!.children.push(node);
  };
  // The texts of the parser quote the input, which may hold anything.
  parser.on('error', () => fail('not well-formed XML'));
  parser.on('doctype', () => fail('a document type is not allowed'));
  parser.on('processinginstruction', () => fail('a processing instruction is not allowed'));
  parser.on('opentag', ({ local, name: tag, attributes }) => {
    if (open.length > maxDepth) tooMuch(`elements nest deeper than ${maxDepth} levels`);
    const given = Object.entries(attributes).map(([name, { value }]): [string, string] => [name, value]);
    const element: Open = { name: local, tag, attributes: given, children: [] };
    add({ kind: 'element', ...element });
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', (content) => add({ kind: 'text', text: content }));
  parser.on('cdata', (content) => add({ kind: 'text', text: content }));
  parser.on('comment', (content) => add({ kind: 'comment', text: content }));
  parser.write(text).close();
  const root = top.children.find((node) => node.kind === 'element');
  return root ?? fail('no element');
}

/** What stands in an element as characters, comments left out. */
export function textOf(element: XmlElement): string {
  return element.children.map((node) => (node.kind === 'text' ? node.text : '')).join('');
}

/** The elements of that name right inside an element. */
export function elementsOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((node): node is XmlElement => node.kind === 'element' && node.name === name);
}

/** The content of an element as XML; characters alone come as they are, whether CDATA carried them or not. */
export function contentOf(element: XmlElement): string {
  const hasElements = element.children.some(({ kind }) => kind === 'element');
  return hasElements ? element.children.map(written).join('') : textOf(element);
}

function written(node: XmlNode): string {
  if (node.kind === 'text') return escaped(node.text);
  if (node.kind === 'comment') return `<!--${node.text}-->`;
  const attributes = node.attributes.map(([name, value]) => ` ${name}="${escaped(value)}"`).join('');
  const content = node.children.map(written).join('');
  return content === ''
    ? `<${node.tag}${attributes}/>`
    : `<${node.tag}${attributes}>${content}</${node.tag}>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string) => text.replace(/[&<>"]/g, (char) => ENTITIES[char]!);

function tooMuch(message: string): never {
  throw new DataError('DATA_LIMIT', message);
}
