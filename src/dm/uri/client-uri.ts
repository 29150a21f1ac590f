/** ClientURI: the address of nodes in the DM tree (DM 2.0 §6.1.1). Escaping: docs/decisions/nv-and-names.md. */
import { DataError } from '../../errors/index.js';
import { decodeNodeName, decodeText, encodeText } from '../../mo/index.js';

/** Which instance of the MO (§6.1.1.1). */
export type InstanceStep =
  | { readonly kind: 'miid'; readonly miid: string }
  | { readonly kind: 'x'; readonly letter: string }
  /** The empty string: the only instance there is. */
  | { readonly kind: 'only' }
  /** The wildcard. */
  | { readonly kind: 'all' };

/** One level of the path (§6.1.1.2); names are decoded. */
export type PathStep =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'x'; readonly letter: string }
  | { readonly kind: 'all' };

/** An nv field: what is at `letter` has this value in the leaf at `path` below it (§6.1.1.3). */
export interface NodeValue {
  readonly letter: string;
  /** Empty where the node at `letter` is the leaf. */
  readonly path: readonly string[];
  readonly value: string;
}

/** What a ClientURI says. */
export interface ClientUriParts {
  readonly moid: string;
  readonly instance: InstanceStep;
  /** Empty for the root of the instance. */
  readonly path: readonly PathStep[];
  /** lv: how many levels below the node are read. */
  readonly levels?: number;
  readonly nodeValues: readonly NodeValue[];
  /** cv: the cache validator that the server knows. */
  readonly cv?: string;
}

/** A ClientURI that was read. */
export interface ClientUri extends ClientUriParts {
  /** Fields that DM 2.0 does not define, as they stand; they are ignored. */
  readonly unknown: readonly (readonly [name: string, value: string])[];
  readonly text: string;
}

const MAX_LENGTH = 8192;
/** nv fields of one ClientURI; each is compared with every node that its x-name could stand for. */
const MAX_NODE_VALUES = 32;
const MOID = /^[A-Za-z0-9._~:%@!$&'()*+,;=-]+$/;
const X_NAME = /^\(([A-Za-z])\)$/;

/**
 * The parts of a ClientURI. Accepted beyond the grammar: `oma:mo:` without `urn:`, one slash too few or too many at
 * the end, colons in names and values.
 *
 * @throws DataError `DATA_CLIENT_URI` with the offset in `details`
 * @example
 * parseClientUri('urn:example:mo/(x)/Data?nv=(x)/ID:GPS').nodeValues // → [{ letter: 'x', path: ['ID'], value: 'GPS' }]
 * parseClientUri('urn:example:mo/left/?lv=2').levels // → 2
 * parseClientUri('urn:example:mo') // throws DATA_CLIENT_URI
 */
export function parseClientUri(text: string): ClientUri {
  if (text.length > MAX_LENGTH) refuse(MAX_LENGTH, `it is longer than ${MAX_LENGTH} characters`);
  const question = text.indexOf('?');
  const end = question < 0 ? text.length : question;
  const { moid, instance, path } = parseAddress(text.slice(0, end));
  const query = question < 0 ? NO_QUERY : parseQuery(text, question + 1);
  checkLetters([instance, ...path], query, text);
  const { levels, cv } = query;
  return {
    moid,
    instance,
    path,
    ...(levels === undefined ? {} : { levels }),
    nodeValues: query.nodeValues.map(({ letter, path: below, value }) => ({ letter, path: below, value })),
    ...(cv === undefined ? {} : { cv }),
    unknown: query.unknown,
    text,
  };
}

/** Whether a ClientURI may name several nodes (§6.1.2). */
export function isWildcard(uri: ClientUriParts): boolean {
  return uri.instance.kind === 'all' || uri.path.some(({ kind }) => kind === 'all');
}

function parseAddress(text: string): Pick<ClientUriParts, 'moid' | 'instance' | 'path'> {
  const [moid = '', first, ...rest] = text.split('/');
  const strange = moid.search(/[^A-Za-z0-9._~:%@!$&'()*+,;=-]/);
  if (strange >= 0) refuse(strange, 'this character cannot stand in a MOID');
  if (moid === '') refuse(0, 'it has no MOID');
  if (first === undefined) refuse(text.length, 'no "/" follows the MOID');
  let at = moid.length + 1;
  const instance = first === '' ? ({ kind: 'only' } as const) : instanceStep(parseStep(first, at));
  at += first.length + 1;
  if (rest.at(-1) === '') rest.pop();
  if (rest.length === 1 && rest[0] === '') rest.pop();
  const path = rest.map((segment) => {
    const step = parseStep(segment, at);
    at += segment.length + 1;
    return step;
  });
  return { moid: moid.startsWith('oma:mo:') ? `urn:${moid}` : moid, instance, path };
}

function instanceStep(step: PathStep): InstanceStep {
  return step.kind === 'name' ? { kind: 'miid', miid: step.name } : step;
}

function parseStep(segment: string, at: number): PathStep {
  if (segment === '*') return { kind: 'all' };
  const letter = X_NAME.exec(segment)?.[1];
  if (letter !== undefined) return { kind: 'x', letter };
  return { kind: 'name', name: nodeName(segment, at) };
}

function nodeName(segment: string, at: number): string {
  if (segment === '') refuse(at, 'a node name is empty');
  const name = decodeNodeName(segment);
  if (name !== undefined) return name;
  const strange = Math.max(0, segment.search(/[^A-Za-z0-9._~:%-]/));
  refuse(at + strange, 'this is not a node name: letters, digits and -._~, others percent-encoded');
}

interface Query {
  readonly levels?: number;
  readonly nodeValues: readonly (NodeValue & { readonly at: number })[];
  readonly cv?: string;
  readonly unknown: readonly (readonly [string, string])[];
}

const NO_QUERY: Query = { nodeValues: [], unknown: [] };

function parseQuery(text: string, start: number): Query {
  let levels: number | undefined;
  let cv: string | undefined;
  const nodeValues: (NodeValue & { at: number })[] = [];
  const unknown: (readonly [string, string])[] = [];
  let at = start;
  for (const field of text.slice(start).split('&')) {
    const equals = field.indexOf('=');
    const name = equals < 0 ? field : field.slice(0, equals);
    const value = equals < 0 ? '' : field.slice(equals + 1);
    const valueAt = at + name.length + 1;
    if (name === 'lv') {
      if (levels !== undefined) refuse(at, 'lv stands twice');
      levels = parseLevels(value, valueAt);
    } else if (name === 'cv') {
      if (cv !== undefined) refuse(at, 'cv stands twice');
      cv = decodeText(value) ?? refuse(valueAt, 'the cache validator is not percent-encoded UTF-8');
    } else if (name === 'nv') {
      if (nodeValues.length === MAX_NODE_VALUES) refuse(at, `it has more than ${MAX_NODE_VALUES} nv fields`);
      nodeValues.push({ ...parseNodeValue(value, valueAt), at });
    } else if (field !== '') {
      unknown.push([name, value]);
    }
    at += field.length + 1;
  }
  return {
    ...(levels === undefined ? {} : { levels }),
    nodeValues,
    ...(cv === undefined ? {} : { cv }),
    unknown,
  };
}

function parseLevels(value: string, at: number): number {
  if (!/^0*[1-9]\d{0,8}$/.test(value)) refuse(at, 'lv is a positive whole number');
  return Number(value);
}

// Split before decoding: a colon of the value may stand for itself, one of the path is percent-encoded.
function parseNodeValue(field: string, at: number): NodeValue {
  const letter = X_NAME.exec(field.slice(0, 3))?.[1];
  if (letter === undefined) refuse(at, 'nv starts with the x-name it belongs to, such as (x)');
  const colon = field.indexOf(':', 3);
  if (colon < 0) refuse(at + field.length, 'nv has no ":" between path and value');
  const below = field.slice(3, colon);
  if (below !== '' && !below.startsWith('/')) refuse(at + 3, 'a "/" or ":" follows the x-name in nv');
  let nameAt = at + 4;
  const path = (below === '' ? [] : below.slice(1).split('/')).map((segment) => {
    const name = nodeName(segment, nameAt);
    nameAt += segment.length + 1;
    return name;
  });
  const value = decodeText(field.slice(colon + 1));
  if (value === undefined) refuse(at + colon + 1, 'the value in nv is not percent-encoded UTF-8');
  return { letter, path, value };
}

// An nv that belongs nowhere would be a condition that is not applied: a DELETE could hit more than was meant.
function checkLetters(
  steps: readonly (InstanceStep | PathStep)[],
  { nodeValues }: Query,
  text: string,
): void {
  const letters = new Set<string>();
  for (const step of steps) {
    if (step.kind !== 'x') continue;
    const at = text.indexOf(`/(${step.letter})`) + 1;
    if (letters.has(step.letter))
      refuse(at, `(${step.letter}) stands twice; each x-name has a letter of its own`);
    letters.add(step.letter);
    if (!nodeValues.some(({ letter }) => letter === step.letter)) {
      refuse(at, `no nv field says what (${step.letter}) is`);
    }
  }
  const stray = nodeValues.find(({ letter }) => !letters.has(letter));
  if (stray !== undefined)
    refuse(stray.at, `the nv field belongs to (${stray.letter}), which is not in the address`);
}

/**
 * A ClientURI in its strict form: names and values percent-encoded, a slash after the MIID of a root.
 *
 * @throws DataError `DATA_CLIENT_URI` where the parts do not make a ClientURI
 * @example
 * const instance = { kind: 'x', letter: 'x' } as const;
 * const nodeValues = [{ letter: 'x', path: ['ID'], value: 'IMEI:1' }];
 * formatClientUri({ moid: 'urn:example:mo', instance, path: [], nodeValues }) // → 'urn:example:mo/(x)/?nv=(x)/ID:IMEI%3A1'
 */
export function formatClientUri(parts: ClientUriParts): string {
  const { moid, instance, path, levels, nodeValues, cv } = parts;
  if (!MOID.test(moid)) refuse(0, 'it has no MOID');
  const first =
    instance.kind === 'miid' ? encodeText(instance.miid) : instance.kind === 'only' ? '' : stepText(instance);
  const fields = [
    ...(levels === undefined ? [] : [`lv=${levels}`]),
    ...nodeValues.map(({ letter, path: below, value }) => {
      return `nv=(${letter})${below.map((name) => `/${encodeText(name)}`).join('')}:${encodeText(value)}`;
    }),
    ...(cv === undefined ? [] : [`cv=${encodeText(cv)}`]),
  ];
  const address = `${moid}/${first}/${path.map(stepText).join('/')}`;
  const text = fields.length === 0 ? address : `${address}?${fields.join('&')}`;
  parseClientUri(text);
  return text;
}

function stepText(step: Exclude<InstanceStep, { kind: 'miid' | 'only' }> | PathStep): string {
  if (step.kind === 'name') return encodeText(step.name);
  return step.kind === 'all' ? '*' : `(${step.letter})`;
}

function refuse(offset: number, message: string): never {
  throw new DataError('DATA_CLIENT_URI', `the ClientURI is malformed: ${message} (offset ${offset})`, {
    details: { offset },
    next: 'Compare the ClientURI with DM 2.0 §6.1.1 at the offset in the message.',
  });
}
