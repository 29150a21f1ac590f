/** WWW-Authenticate and Authorization (RFC 9110 §11): schemes with parameters or one token, read strictly. */
import { DataError } from '../../errors/index.js';

/** A challenge or a set of credentials. Names are in lower case; values are octets as Latin-1 text. */
export interface AuthField {
  readonly scheme: string;
  readonly token68?: string;
  readonly params: ReadonlyMap<string, string>;
}

const MAX_LENGTH = 8_192;
const MAX_PARAMS = 32;
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*/y;
const SPACE = /[ \t]*/y;
/** qdtext and quoted pairs (RFC 9110 §5.6.4). */
const QUOTED = /"((?:[\t !\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*)"/y;

/**
 * All challenges of a WWW-Authenticate value, also of several joined with commas.
 *
 * @throws DataError `DATA_HTTP_AUTHENTICATION` with the offset
 */
export function parseChallenges(text: string): AuthField[] {
  const reader = new Reader(text);
  const found: AuthField[] = [];
  for (reader.skipCommas(); !reader.atEnd; reader.skipCommas()) found.push(reader.field());
  if (found.length === 0) throw reader.wrong('no scheme');
  return found;
}

/**
 * The credentials of an Authorization value.
 *
 * @throws DataError `DATA_HTTP_AUTHENTICATION` with the offset
 */
export function parseCredentials(text: string): AuthField {
  const [found, ...more] = parseChallenges(text);
  if (found === undefined || more.length > 0) {
    throw new DataError('DATA_HTTP_AUTHENTICATION', 'Authorization holds more than one scheme');
  }
  return found;
}

/** Values that a header writes in quotes (RFC 7616 §3.3, §3.4); the others are tokens. */
const BARE = new Set(['algorithm', 'stale', 'nc', 'charset', 'username*', 'userhash']);

/**
 * A challenge or credentials as text.
 *
 * @param bare names whose values are tokens besides those that always are: `qop` in credentials
 * @throws DataError `DATA_HTTP_AUTHENTICATION` for a value that a header cannot carry
 */
export function formatAuthField(
  scheme: string,
  params: readonly (readonly [string, string])[],
  bare: readonly string[] = [],
): string {
  const parts = params.map(([name, value]) => {
    return BARE.has(name) || bare.includes(name) ? `${name}=${value}` : `${name}=${quote(value)}`;
  });
  return `${scheme} ${parts.join(', ')}`;
}

function quote(value: string): string {
  for (const octet of Buffer.from(value, 'latin1')) {
    if ((octet < 0x20 && octet !== 0x09) || octet === 0x7f) {
      throw new DataError('DATA_HTTP_AUTHENTICATION', 'a value holds a control character');
    }
  }
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** Reads from left to right and remembers where it is. */
class Reader {
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    if (text.length > MAX_LENGTH) {
      throw new DataError('DATA_HTTP_AUTHENTICATION', `more than ${MAX_LENGTH} octets`);
    }
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  wrong(what: string): DataError {
    return new DataError('DATA_HTTP_AUTHENTICATION', `${what} at offset ${this.#at}`, {
      details: { offset: this.#at },
    });
  }

  /** An element of a list may be empty (RFC 9110 §5.6.1). */
  skipCommas(): void {
    do this.#match(SPACE);
    while (this.#take(','));
  }

  field(): AuthField {
    const scheme = this.#required(TOKEN, 'a scheme is missing').toLowerCase();
    const spaces = this.#match(SPACE) ?? '';
    const params = new Map<string, string>();
    if (this.atEnd || this.#text[this.#at] === ',') return { scheme, params };
    if (spaces === '') throw this.wrong('no space after the scheme');
    const token68 = this.#token68();
    if (token68 !== undefined) return { scheme, token68, params };
    do this.#param(params);
    while (this.#anotherParam());
    return { scheme, params };
  }

  #token68(): string | undefined {
    const start = this.#at;
    const token = this.#match(TOKEN68);
    this.#match(SPACE);
    if (token !== undefined && (this.atEnd || this.#text[this.#at] === ',')) return token;
    this.#at = start;
    return undefined;
  }

  #param(params: Map<string, string>): void {
    const name = this.#required(TOKEN, 'a parameter is missing').toLowerCase();
    this.#match(SPACE);
    if (!this.#take('=')) throw this.wrong('"=" is missing');
    this.#match(SPACE);
    const quoted = this.#match(QUOTED);
    const value =
      quoted?.slice(1, -1).replace(/\\(.)/gs, '$1') ?? this.#required(TOKEN, 'a value is missing');
    if (params.has(name)) throw this.wrong(`the parameter ${name} is given twice`);
    if (params.size === MAX_PARAMS) throw this.wrong(`more than ${MAX_PARAMS} parameters`);
    params.set(name, value);
    this.#match(SPACE);
    if (!this.atEnd && this.#text[this.#at] !== ',') throw this.wrong('a comma is missing');
  }

  /** After a comma: a parameter of this scheme, or the next scheme. */
  #anotherParam(): boolean {
    const start = this.#at;
    this.skipCommas();
    const name = this.#at;
    const isParam = this.#match(TOKEN) !== undefined && this.#match(SPACE) !== undefined && this.#take('=');
    this.#at = isParam ? name : start;
    return isParam;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #required(pattern: RegExp, otherwise: string): string {
    const found = this.#match(pattern);
    if (found === undefined) throw this.wrong(otherwise);
    return found;
  }
}
