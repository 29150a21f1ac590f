/** How scripts write commands: one entry a command, or the words of the wire (docs/scripts.md). */
import { encodeText, isJsonObject, type SerializedMo } from '../../../mo/index.js';
import type { Choice, Question } from '../question.js';
import type { Entry } from './read.js';
import type { Content, ContentVariant, StepCommand } from './types.js';

/** Fills the marks `{value}`, `{uri}` and `{parent}` of a for-each. */
export type Fill = (text: string) => string;
/** A command with marks still in it. */
export type CommandMaker = (address: Fill, text: Fill) => StepCommand;

/** The entries that are commands. */
export const COMMAND_ENTRIES = [
  'get',
  'hget',
  'hput',
  'hpost',
  'delete',
  'exec',
  'show',
  'cont',
  'default',
  'sub',
  'unsub',
  'command',
] as const;
export type CommandEntry = (typeof COMMAND_ENTRIES)[number];

/** Reads the entry of a command. @throws UsageError `USAGE_SCRIPT` */
export function readCommand(name: CommandEntry, entry: Entry): CommandMaker {
  switch (name) {
    case 'get':
      return simple('GET', entry);
    case 'delete':
      return simple('DELETE', entry);
    case 'unsub':
      return simple('UNSUB', entry);
    case 'sub':
      return readSub(entry);
    case 'hget':
      return readHget(entry);
    case 'hput':
      return readUpload('HPUT', entry);
    case 'hpost':
      return readUpload('HPOST', entry);
    case 'exec':
      return readExec(entry);
    case 'show':
      return readShow(entry);
    case 'cont':
      return readCont(entry);
    case 'default':
      return readDefault(entry);
    case 'command':
      return readWire(entry);
  }
}

function simple(command: 'GET' | 'DELETE' | 'UNSUB', entry: Entry): CommandMaker {
  const uri = entry.isMap ? required(entry, 'uri', 'uri').text() : entry.text();
  return (address) => ({ command, clientUri: address(uri) });
}

function required(entry: Entry, name: string, ...known: readonly string[]): Entry {
  return entry.map(...known).get(name) ?? entry.fail(`the entry ${name} is missing`);
}

function readSub(entry: Entry): CommandMaker {
  if (!entry.isMap) {
    const uri = entry.text();
    return (address) => ({ command: 'SUB', clientUri: address(uri) });
  }
  const uri = required(entry, 'uri', 'uri', 'report-to').text();
  const serverUri = entry.members().get('report-to')?.text();
  return (address) => ({
    command: 'SUB',
    clientUri: address(uri),
    ...(serverUri === undefined ? {} : { serverUri }),
  });
}

function readCont(entry: Entry): CommandMaker {
  const serverUri = entry.text();
  return () => ({ command: 'CONT', serverUri });
}

function readUpload(command: 'HPUT' | 'HPOST', entry: Entry): CommandMaker {
  const uris = entry.isMap ? required(entry, 'uris', 'uris', 'to') : entry;
  const clientUris = (uris.isList ? uris.list() : [uris]).map((item) => item.text());
  const serverUri = entry.isMap ? entry.members().get('to')?.text() : undefined;
  return (address) => ({
    command,
    clientUris: clientUris.map(address),
    ...(serverUri === undefined ? {} : { serverUri }),
  });
}

function readExec(entry: Entry): CommandMaker {
  if (!entry.isMap) {
    const uri = entry.text();
    return (address) => ({ command: 'EXEC', clientUri: address(uri) });
  }
  const members = entry.map('uri', 'async', 'wait', 'report-to');
  const uri = required(entry, 'uri', 'uri', 'async', 'wait', 'report-to').text();
  const options = {
    ...(members.has('async') ? { async: members.get('async')!.flag() } : {}),
    ...(members.has('wait') ? { wait: members.get('wait')!.flag() } : {}),
    ...(members.has('report-to') ? { serverUri: members.get('report-to')!.text() } : {}),
  };
  return (address) => ({ command: 'EXEC', clientUri: address(uri), ...options });
}

function readHget(entry: Entry): CommandMaker {
  const members = entry.map('to', 'text', 'type', 'objects', 'from');
  const to = members.get('to')?.text();
  const from = members.get('from');
  if (from !== undefined) {
    if (members.has('text') || members.has('objects')) from.fail('from excludes text and objects');
    const serverUri = from.text();
    return (address) => ({
      command: 'HGET',
      serverUri,
      ...(to === undefined ? {} : { clientUri: address(to) }),
    });
  }
  const content = readContent(entry, members);
  return (address, text) => ({
    command: 'HGET',
    content: content(text),
    ...(to === undefined ? {} : { clientUri: address(to) }),
  });
}

function readContent(entry: Entry, members: ReadonlyMap<string, Entry>): (text: Fill) => Content {
  const text = members.get('text');
  const objects = members.get('objects');
  if ((text === undefined) === (objects === undefined)) entry.fail('either text or objects is required here');
  if (objects !== undefined) {
    const list = objects.list().map(readObject);
    if (list.length === 0) objects.fail('at least one object is required here');
    return () => ({ objects: list });
  }
  const value = String(text!.scalar() ?? '');
  const contentType = members.get('type')?.text();
  return (fill) => ({ text: fill(value), ...(contentType === undefined ? {} : { contentType }) });
}

function readObject(entry: Entry): SerializedMo {
  const clientUri = required(entry, 'uri', 'uri', 'ddf', 'data').text();
  const data = required(entry, 'data', 'uri', 'ddf', 'data');
  const moData = data.json();
  if (!isJsonObject(moData) || Object.keys(moData).length !== 1) {
    return data.fail('one entry is required here: the node under its name');
  }
  const ddf = entry.members().get('ddf')?.text();
  return { ...(ddf === undefined ? {} : { ddf }), clientUri, moData };
}

function readDefault(entry: Entry): CommandMaker {
  const members = entry.map('moid', 'documents', 'objects', 'from');
  const moid = members.get('moid')?.text() ?? entry.fail('the entry moid is missing');
  const from = members.get('from');
  if (from !== undefined) {
    const serverUri = from.text();
    return () => ({ command: 'DEFAULT', moid, serverUri });
  }
  const documents = members.get('documents')?.list() ?? [entry];
  const variants = documents.map((document) => readVariant(document, members.has('documents')));
  return (_, text) => ({ command: 'DEFAULT', moid, documents: variants.map((variant) => variant(text)) });
}

function readVariant(entry: Entry, own: boolean): (text: Fill) => ContentVariant {
  if (!own) return readContent(entry, entry.members());
  const members = entry.map('mcc', 'mnc', 'objects');
  const content = readContent(entry, members);
  const [mcc, mnc] = [members.get('mcc'), members.get('mnc')].map((each) => each?.scalar());
  return (text) => ({
    ...content(text),
    ...(mcc === undefined ? {} : { mcc: String(mcc) }),
    ...(mnc === undefined ? {} : { mnc: String(mnc) }),
  });
}

function readShow(entry: Entry): CommandMaker {
  const known = [
    'title',
    'text',
    'lang',
    'kind',
    'yes',
    'no',
    'choices',
    'min',
    'max',
    'max-length',
    'optional',
  ];
  const members = entry.map('url', 'wait', ...known);
  const url = members.get('url');
  if (url !== undefined) {
    const serverUri = url.text();
    return () => ({ command: 'SHOW', serverUri });
  }
  const question = readQuestion(entry, members);
  const wait = members.get('wait')?.flag();
  return () => ({ command: 'SHOW', question, ...(wait === undefined ? {} : { wait }) });
}

function readQuestion(entry: Entry, members: ReadonlyMap<string, Entry>): Question {
  const text = (name: string) => members.get(name)?.text();
  const kind = members.get('kind')?.word(['confirm', 'choice', 'choices', 'text'] as const) ?? 'confirm';
  const options = {
    lang: text('lang'),
    yes: text('yes'),
    no: text('no'),
    choices: members.get('choices')?.list().map(readChoice),
    min: members.get('min')?.number(),
    max: members.get('max')?.number(),
    maxLength: members.get('max-length')?.number(),
    optional: members.get('optional')?.flag(),
  };
  const title = text('title') ?? entry.fail('the entry title is missing');
  const words = text('text') ?? entry.fail('the entry text is missing');
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { kind, title, text: words, ...Object.fromEntries(given) } as Question;
}

function readChoice(entry: Entry): Choice {
  if (!entry.isMap) {
    const word = String(entry.scalar());
    return { value: word, label: word };
  }
  const value = String(required(entry, 'value', 'value', 'label').scalar());
  return { value, label: entry.members().get('label')?.text() ?? value };
}

/** A command in the words of Package#2, such as `[GET, "urn:…"]`; addresses go out as they are. */
function readWire(entry: Entry): CommandMaker {
  const words = entry.list().map((item) => item.text());
  const [name = '', first, second] = words;
  const fails = (): never => entry.fail('this is not a command of §5.3 with its parameters');
  const none = words.length === 2;
  const pair = words.length === 3;
  switch (name) {
    case 'GET':
    case 'DELETE':
    case 'UNSUB':
      return none ? (address) => ({ command: name, clientUri: address(first!) }) : fails();
    case 'CONT':
      return none ? () => ({ command: name, serverUri: first! }) : fails();
    case 'SHOW':
      return none ? () => ({ command: name, serverUri: first! }) : fails();
    case 'EXEC':
      if (none) return (address) => ({ command: name, clientUri: address(first!) });
      return pair
        ? (address) => ({ command: name, clientUri: address(first!), serverUri: second! })
        : fails();
    case 'HGET':
      if (none) return () => ({ command: name, serverUri: first! });
      return pair
        ? (address) => ({ command: name, serverUri: first!, clientUri: address(second!) })
        : fails();
    case 'HPUT':
    case 'HPOST':
      if (words.length < 3) return fails();
      return (address) => ({ command: name, serverUri: first!, clientUris: words.slice(2).map(address) });
    case 'DEFAULT':
      return pair ? () => ({ command: name, serverUri: first!, moid: second! }) : fails();
    case 'SUB':
      return pair
        ? (address) => ({ command: name, serverUri: first!, clientUri: address(second!) })
        : fails();
    default:
      return fails();
  }
}

/** Marks of a for-each in an address: values are percent-encoded. */
export function fillAddress(uri: string, value: string): Fill {
  const { address, parent } = partsOf(uri);
  return (text) =>
    text.replaceAll(/\{(value|uri|parent)\}/g, (_, mark: string) => {
      if (mark === 'value') return encodeText(value);
      return mark === 'uri' ? address : parent;
    });
}

/** Marks of a for-each in a text. */
export function fillText(uri: string, value: string): Fill {
  const { address, parent } = partsOf(uri);
  return (text) =>
    text.replaceAll(/\{(value|uri|parent)\}/g, (_, mark: string) => {
      if (mark === 'value') return value;
      return mark === 'uri' ? address : parent;
    });
}

function partsOf(uri: string): { address: string; parent: string } {
  const [address = ''] = uri.split('?');
  return { address, parent: address.replace(/\/[^/]*$/, '') };
}
