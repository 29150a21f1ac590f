/**
 * XML 1.0 as far as a DDF needs it: UTF-8, well-formed, nothing declared. A DOCTYPE may name its DTD, which is never
 * fetched, and hold processing instructions, as OMA's own files do; a declaration in it is refused, so that there are
 * no entities but the five of XML.
 */
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { DataError, type DataErrorCode, SimbootError } from '../../errors/index.js';
import type { DdfLimits } from './limits.js';

export interface XmlPlace {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

export interface XmlElement extends XmlPlace {
  /** Local name; `foreign` if it has a prefix. */
  readonly name: string;
  readonly foreign: boolean;
  readonly children: readonly XmlElement[];
  /** All character data directly in the element. */
  readonly text: string;
  /** Bodies of the processing instructions `<?simboot …?>` directly in the element. */
  readonly notes: readonly string[];
}

type Open = { -readonly [K in keyof XmlElement]: XmlElement[K] } & {
  children: XmlElement[];
  notes: string[];
};

/** What remains of an internal subset without processing instructions, comments and white space. */
const UNDECLARING = /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|\s+/g;
const ENCODINGS = ['utf-8', 'utf8', 'us-ascii', 'ascii'];

export class XmlReader {
  private readonly parser = new SaxesParser({ xmlns: true });
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  private readonly open: Open[] = [];
  private root: XmlElement | undefined;
  private octets = 0;
  private elements = 0;

  constructor(private readonly limits: Required<DdfLimits>) {
    const { parser } = this;
    parser.on('error', (error) => this.fail(error.message.replace(/^[\d:]+ */, '')));
    parser.on('xmldecl', ({ encoding }) => {
      if (encoding !== undefined && !ENCODINGS.includes(encoding.toLowerCase())) {
        this.fail('the document is not declared as UTF-8');
      }
    });
    parser.on('doctype', (text) => this.doctype(text));
    parser.on('attribute', ({ value }) => {
      if (value.length > limits.maxAttribute) {
        this.fail(`an attribute is longer than ${limits.maxAttribute} characters`, 'DATA_LIMIT');
      }
    });
    parser.on('opentag', (tag) => this.opened(tag));
    parser.on('closetag', () => this.closed());
    parser.on('text', (text) => this.text(text));
    parser.on('cdata', (text) => this.text(text));
    parser.on('processinginstruction', ({ target, body }) => {
      if (target === 'simboot') this.open.at(-1)?.notes.push(body);
    });
  }

  write(chunk: Uint8Array): void {
    this.octets += chunk.length;
    if (this.octets > this.limits.maxOctets) {
      this.fail(`the document is larger than ${this.limits.maxOctets} octets`, 'DATA_LIMIT');
    }
    this.parse(() => this.parser.write(this.decoder.decode(chunk, { stream: true })));
  }

  /** The root element. */
  end(): XmlElement {
    this.parse(() => this.parser.write(this.decoder.decode()).close());
    if (this.root === undefined) this.fail('the document has no element');
    return this.root;
  }

  private parse(step: () => void): void {
    try {
      step();
    } catch (cause) {
      if (cause instanceof SimbootError) throw cause;
      this.fail('the document is not UTF-8', 'DATA_XML', cause);
    }
  }

  private doctype(text: string): void {
    const start = text.indexOf('[');
    if (start === -1) return;
    const subset = text.slice(start + 1, text.lastIndexOf(']'));
    if (subset.replace(UNDECLARING, '') !== '') this.fail('the DOCTYPE has declarations of its own');
  }

  private opened(tag: SaxesTagNS): void {
    this.elements++;
    if (this.elements > this.limits.maxElements) {
      this.fail(`there are more than ${this.limits.maxElements} elements`, 'DATA_LIMIT');
    }
    if (this.open.length >= this.limits.maxDepth) {
      this.fail(`elements nest deeper than ${this.limits.maxDepth} levels`, 'DATA_LIMIT');
    }
    const { line, column } = this.place();
    const { local, prefix } = tag;
    const element = { name: local, foreign: prefix !== '', line, column, children: [], text: '', notes: [] };
    this.open.at(-1)?.children.push(element);
    this.open.push(element);
  }

  private closed(): void {
    const element = this.open.pop();
    if (this.open.length === 0) this.root = element;
  }

  private text(text: string): void {
    const element = this.open.at(-1);
    if (element !== undefined) element.text += text;
  }

  private place(): XmlPlace {
    return { line: this.parser.line, column: this.parser.column + 1 };
  }

  private fail(message: string, code: DataErrorCode = 'DATA_XML', cause?: unknown): never {
    refuseXml(message, this.place(), code, cause);
  }
}

/** @throws DataError always, with line and column in message and details */
export function refuseXml(
  message: string,
  { line, column }: XmlPlace,
  code: DataErrorCode = 'DATA_DDF',
  cause?: unknown,
): never {
  throw new DataError(code, `${message} (line ${line}, column ${column})`, {
    details: { line, column },
    ...(cause === undefined ? {} : { cause }),
  });
}
