/**
 * Bootstrap documents of many records from one description: what does not change is made once. The place of each field
 * in the document is found by filling in marks, and proven by filling in others; where that does not work out, every
 * document is made from its description.
 */
import { type CreatedBootstrap, createBootstrap } from '../../bootstrap/index.js';
import { encodeBase64, encodeUtf8, fromHex } from '../../bytes/index.js';
import { DataError, SimbootError } from '../../errors/index.js';
import { isJsonObject, type JsonValue } from '../../mo/index.js';
import { compileTemplate, type Template } from '../job/template.js';
import type { BootstrapStep } from '../job/types.js';
import { readDescriptionValue } from './description.js';

/** Values by name. */
export type Values = Readonly<Record<string, string>>;

/** A description taken apart once. */
export interface DocumentTemplate {
  /** Names of the fields, each once. */
  readonly fields: readonly string[];
  /**
   * The octets of the document, as `createBootstrap` makes them from the description with the values in it.
   *
   * @throws DataError `DATA_TEMPLATE` for a field without a value, `DATA_DESCRIPTION` for an empty text or a secret that
   *   is not hexadecimal, with the place in the description
   */
  render(values: Values): Uint8Array;
  /** Octets of that document, by arithmetic alone. @throws as `render` */
  size(values: Values): number;
  /**
   * The document made from its description, every value judged as `createBootstrap` judges it.
   *
   * @throws DataError as `createBootstrap`
   */
  create(values: Values): CreatedBootstrap;
}

/** A text of the description that has fields in it. */
interface Leaf {
  readonly where: string;
  readonly template: Template;
  /** Digits of octets; a text otherwise. */
  readonly isHex: boolean;
}

/** Where a leaf stands in the document: as the characters of a JSON string, or as base64 of its octets. */
interface Slot {
  readonly leaf: Leaf;
  readonly form: 'text' | 'base64';
}

/** The document between its slots: one piece more than slots. */
interface Layout {
  readonly pieces: readonly string[];
  readonly slots: readonly Slot[];
}

/**
 * Compiles the description of a step.
 *
 * @param clock the time that certificates are judged by
 * @throws DataError `DATA_TEMPLATE`, and as `createBootstrap` for what no value could put right
 * @example
 * const account = { srvId: '${id}', srvUri: 'https://dm.example.com/dm', name: 'Example' };
 * const step = { kind: 'bootstrap', name: 'b', description: { accounts: [account] } } as const;
 * const document = compileDocument(step, { now: () => new Date() });
 * document.fields // → ['id']
 * document.size({ id: 'a' }) === document.render({ id: 'a' }).length // → true
 */
export function compileDocument(step: BootstrapStep, clock: { now(): Date }): DocumentTemplate {
  const leaves: Leaf[] = [];
  collect(step.description, '', false, leaves);
  const texts = new Map(leaves.map((leaf) => [leaf.where, leaf]));
  const createWith = (valuesOf: (leaf: Leaf) => Values): CreatedBootstrap => {
    const description = fill(step.description, '', (where) => {
      const leaf = texts.get(where);
      return leaf?.template.render(valuesOf(leaf));
    });
    return createBootstrap(readDescriptionValue(description, step.files ?? {}), { clock });
  };
  const create = (values: Values): CreatedBootstrap => createWith(() => values);
  const fields = [...new Set(leaves.flatMap(({ template }) => template.fields))];
  const layout = findLayout(leaves, createWith);
  if (layout === undefined) {
    const render = (values: Values): Uint8Array => create(values).bytes;
    return { fields, create, render, size: (values) => render(values).length };
  }
  const fixed = layout.pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  return {
    fields,
    create,
    render: (values) => encodeUtf8(renderLayout(layout, (slot) => slotText(slot, values))),
    size: (values) => layout.slots.reduce((sum, slot) => sum + slotSize(slot, values), fixed),
  };
}

function collect(value: JsonValue, where: string, isHex: boolean, into: Leaf[]): void {
  if (typeof value === 'string') {
    const template = compileTemplate(value);
    if (template.fields.length > 0 || value.includes('$${')) into.push({ where, template, isHex });
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) collect(item, `${where}[${index}]`, false, into);
  } else if (isJsonObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      collect(item, where === '' ? name : `${where}.${name}`, isSecretHex(where, name), into);
    }
  }
}

const SECRETS = /^accounts\[\d+\]\.(?:(?:bootstrap|trsp)\.psk\.key|noti\.(?:secret|data))$/;

/** `{hex: DIGITS}` in the place of a secret. */
function isSecretHex(where: string, name: string): boolean {
  return name === 'hex' && SECRETS.test(where);
}

/** A copy of the description with some texts replaced. */
function fill(value: JsonValue, where: string, text: (where: string) => string | undefined): JsonValue {
  if (typeof value === 'string') return text(where) ?? value;
  if (Array.isArray(value)) {
    return value.map((item: JsonValue, index) => fill(item, `${where}[${index}]`, text));
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      fill(item, where === '' ? name : `${where}.${name}`, text),
    ]),
  );
}

/** Marks that a URI, a name and a number take; digits alone where letters are refused. */
const MARKS: readonly ((leaf: number, round: number) => string)[] = [
  (leaf, round) => `zq${leaf}x${'q'.repeat(round)}yz`,
  (leaf, round) => String(20_000 + 100 * leaf + 7 * round),
];

function findLayout(
  leaves: readonly Leaf[],
  createWith: (valuesOf: (leaf: Leaf) => Values) => CreatedBootstrap,
): Layout | undefined {
  if (leaves.length === 0) return undefined;
  let failure: unknown;
  for (const mark of MARKS) {
    const probe = (round: number): ((leaf: Leaf) => Values) => {
      const marks = new Map(leaves.map((leaf, index) => [leaf, marksOf(leaf, index, round, mark)]));
      return (leaf) => marks.get(leaf)!;
    };
    try {
      const first = probe(1);
      const layout = cut(Buffer.from(createWith(first).bytes).toString('utf8'), leaves, first);
      const second = probe(2);
      const expected = Buffer.from(createWith(second).bytes).toString('utf8');
      const rendered = layout && renderLayout(layout, (slot) => slotText(slot, second(slot.leaf)));
      if (rendered === expected) return layout;
    } catch (error) {
      if (!(error instanceof SimbootError)) throw error;
      failure ??= error;
    }
  }
  // Values may be limited in ways that no mark follows; without fields in it the description itself is wrong.
  return failure === undefined || leaves.some(({ template }) => template.fields.length > 0)
    ? undefined
    : raise(failure);
}

function raise(error: unknown): never {
  throw error;
}

function marksOf(
  { template, isHex }: Leaf,
  index: number,
  round: number,
  mark: (leaf: number, round: number) => string,
): Values {
  const hex = (0xa5c30000 + 16 * index + round).toString(16).repeat(4);
  return Object.fromEntries(template.fields.map((name) => [name, isHex ? hex : mark(index, round)]));
}

/** The document cut where the marks are; nothing if a leaf is not found. */
function cut(
  document: string,
  leaves: readonly Leaf[],
  valuesOf: (leaf: Leaf) => Values,
): Layout | undefined {
  const found: { at: number; end: number; slot: Slot }[] = [];
  for (const leaf of leaves) {
    const before = found.length;
    for (const form of leaf.isHex ? (['base64'] as const) : (['text', 'base64'] as const)) {
      const slot: Slot = { leaf, form };
      const text = slotText(slot, valuesOf(leaf));
      for (let at = document.indexOf(text); at >= 0; at = document.indexOf(text, at + text.length)) {
        found.push({ at, end: at + text.length, slot });
      }
    }
    if (found.length === before) return undefined;
  }
  found.sort((left, right) => left.at - right.at);
  const pieces: string[] = [];
  let from = 0;
  for (const { at, end } of found) {
    if (at < from) return undefined;
    pieces.push(document.slice(from, at));
    from = end;
  }
  return { pieces: [...pieces, document.slice(from)], slots: found.map(({ slot }) => slot) };
}

function renderLayout({ pieces, slots }: Layout, text: (slot: Slot) => string): string {
  let out = pieces[0]!;
  for (let i = 0; i < slots.length; i++) out += text(slots[i]!) + pieces[i + 1]!;
  return out;
}

function slotText({ leaf, form }: Slot, values: Values): string {
  const text = leafText(leaf, values);
  if (form === 'text') return isPlain(text) ? text : JSON.stringify(text).slice(1, -1);
  return encodeBase64(leaf.isHex ? octetsOf(leaf, text) : encodeUtf8(text));
}

function slotSize({ leaf, form }: Slot, values: Values): number {
  const text = leafText(leaf, values);
  if (form === 'text')
    return isPlain(text) ? text.length : Buffer.byteLength(JSON.stringify(text).slice(1, -1));
  const octets = leaf.isHex ? hexLength(leaf, text) : Buffer.byteLength(text);
  return 4 * Math.ceil(octets / 3);
}

/** Parameters of a registration, and nodes of vendors; any other text of a description is filled. */
const MAY_BE_EMPTY = /\.(?:regParams$|ext\.)|^objects\[\d+\]\.data\./;

function leafText({ template, where }: Leaf, values: Values): string {
  const text = template.render(values);
  if (text !== '' || MAY_BE_EMPTY.test(where)) return text;
  throw new DataError('DATA_DESCRIPTION', `${where} is empty with the values of this record`, {
    details: { where },
  });
}

/** Characters that JSON leaves as they are, one octet each. */
function isPlain(text: string): boolean {
  return /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(text);
}

function hexLength(leaf: Leaf, text: string): number {
  return /^(?:[0-9a-fA-F]{2})+$/.test(text) ? text.length / 2 : octetsOf(leaf, text).length;
}

function octetsOf({ where }: Leaf, text: string): Uint8Array {
  try {
    return fromHex(text);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const message = `${where}: the secret cannot be read: ${error.message}`;
    throw new DataError('DATA_DESCRIPTION', message, { details: { where } });
  }
}
