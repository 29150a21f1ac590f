/** Media types with their parameters (RFC 9110 §8.3.1), and those of DM 2.0 (§7, Appendix F). */

import { remembered } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';

/** The media types that the specification names (§7.2.1, Appendix F, E.2.3). */
export const MEDIA_TYPES = {
  package1: 'application/vnd.oma.dm.initiation+json',
  package2: 'application/vnd.oma.dm.request+json',
  package3: 'application/vnd.oma.dm.response+json',
  mo: 'application/dmmo+json',
  multipart: 'multipart/form-data',
  text: 'text/plain',
  form: 'application/x-www-form-urlencoded;charset=UTF-8',
} as const;

export interface MediaType {
  /** `type/subtype` in lower case. */
  readonly essence: string;
  /** Names in lower case, values as given, without quotes. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
/** What a quoted string holds; `\` lets the next character through. */
const QUOTED = /"(?:[^"\\]|\\.)*"/y;
const MAX_LENGTH = 1024;

/** Reads tokens and quoted strings of a header from left to right. */
export class HeaderReader {
  private at = 0;
  constructor(
    private readonly text: string,
    private readonly what: string,
  ) {
    if (text.length > MAX_LENGTH) this.fail(`longer than ${MAX_LENGTH} characters`);
  }

  get done(): boolean {
    this.space();
    return this.at >= this.text.length;
  }

  token(): string {
    this.space();
    return this.match(TOKEN) ?? this.fail(`no name at character ${this.at + 1}`);
  }

  value(): string {
    this.space();
    const quoted = this.match(QUOTED);
    return quoted === undefined ? this.token() : quoted.slice(1, -1).replace(/\\(.)/g, '$1');
  }

  take(char: string): boolean {
    this.space();
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  /** `;name=value` as often as it stands there; names in lower case. */
  parameters(): Map<string, string> {
    const out = new Map<string, string>();
    while (this.take(';')) {
      if (this.done || this.text[this.at] === ',' || this.text[this.at] === ';') continue;
      const name = this.token().toLowerCase();
      if (out.has(name)) this.fail(`the parameter ${name} is given twice`);
      out.set(name, this.take('=') ? this.value() : '');
    }
    return out;
  }

  fail(problem: string): never {
    throw new DataError('DATA_MEDIA_TYPE', `${this.what}: ${problem}`, { details: { offset: this.at } });
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return undefined;
    const start = this.at;
    this.at = pattern.lastIndex;
    return this.text.slice(start, this.at);
  }

  private space(): void {
    while (this.text[this.at] === ' ' || this.text[this.at] === '\t') this.at++;
  }
}

/** `type/subtype` in lower case, of `reader`. */
export function readEssence(reader: HeaderReader): string {
  const type = reader.token();
  if (!reader.take('/')) reader.fail('"/" is missing');
  return `${type}/${reader.token()}`.toLowerCase();
}

/**
 * A media type and its parameters; at most 1024 characters.
 *
 * @throws DataError `DATA_MEDIA_TYPE`
 * @example parseMediaType('Text/Plain; charset="utf-8"').essence // → 'text/plain'
 */
export function parseMediaType(text: string): MediaType {
  return readMediaType(text);
}

const readMediaType = remembered((text): MediaType => {
  const reader = new HeaderReader(text, 'media type');
  const essence = readEssence(reader);
  const parameters = reader.parameters();
  if (!reader.done) reader.fail('something follows the media type');
  return { essence, parameters };
});
