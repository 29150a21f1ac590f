/** The server's copies of MO instances (DM 2.0 §11): which validator goes out, and what 304 stands for. */
import { DataError } from '../../errors/index.js';
import { isJsonObject, type JsonValue, type SerializedMo } from '../../mo/index.js';
import type { WireCommand } from '../messages.js';
import { findFormat } from '../packages/index.js';
import { instanceOf, nodeOf, withCv } from './addresses.js';
import type { CacheRecord, CommandRecord } from './records.js';
import type { Turn } from './turn.js';

const READS: readonly string[] = ['GET', 'HPUT', 'HPOST'];
/** Copies of one device; the oldest makes room. */
const MAX_COPIES = 64;

/** The command as Package#2 carries it, with the validator that was chosen. */
export function wireOf({ name, parameters, cv }: CommandRecord): WireCommand {
  if (cv === undefined) return [name, ...parameters];
  return [name, ...parameters.slice(0, -1), withCv(parameters.at(-1)!, cv)];
}

/** The validator to send with a command: that of a copy which holds all that the command asks for. */
export function validatorFor(turn: Turn, command: CommandRecord): string | undefined {
  const uri = addressOf(command);
  if (!turn.env.policy.cache || uri === undefined) return undefined;
  const copy = copyOf(turn, uri);
  return copy !== undefined && extract(copy, uri) !== undefined ? copy.cv : undefined;
}

/** The one ClientURI that a command reads; undefined for others and for several. */
function addressOf({ name, parameters }: CommandRecord): string | undefined {
  if (!READS.includes(name)) return undefined;
  const uris = name === 'GET' ? parameters : parameters.slice(1);
  return uris.length === 1 ? uris[0] : undefined;
}

function copyOf(turn: Turn, uri: string): CacheRecord | undefined {
  if (turn.state.cache.length === 0) return undefined;
  const instance = instanceOf(uri);
  return turn.state.cache.find((copy) => copy.instance === instance);
}

/** The part of a copy that a ClientURI names, or undefined where it is not in it. */
function extract(copy: CacheRecord, uri: string): SerializedMo | undefined {
  const path = nodeOf(uri);
  if (path === undefined) return undefined;
  const [entry] = Object.entries(copy.object.moData);
  let [name, node]: [string, JsonValue] = entry ?? ['', {}];
  for (const step of path) {
    if (!isJsonObject(node) || !Object.hasOwn(node, step)) return undefined;
    [name, node] = [step, node[step]!];
  }
  return { ...copy.object, clientUri: uri, moData: { [name]: node } };
}

/** Keeps a copy where the device gave a validator with a whole instance; drops one that is out of date. */
export function remember(turn: Turn, command: CommandRecord, contentType: string, body: Uint8Array): void {
  const uri = addressOf(command);
  if (!turn.env.policy.cache || uri === undefined) return;
  const instance = instanceOf(uri);
  if (instance === undefined || nodeOf(uri)?.length !== 0) return;
  const objects = readObjects(turn, contentType, body);
  const [object] = objects;
  if (objects.length !== 1 || object?.cv === undefined) {
    if (copyOf(turn, uri) !== undefined) turn.write({ type: 'cache-removed', instance });
    return;
  }
  const { devId } = command;
  turn.write({ type: 'cache', record: { devId, instance, cv: object.cv, at: turn.now, object } });
  if (turn.state.cache.length > MAX_COPIES) {
    turn.write({ type: 'cache-removed', instance: turn.state.cache[0]!.instance });
  }
}

/** Objects of a body; none where it is not readable as such. */
function readObjects(turn: Turn, contentType: string, body: Uint8Array): readonly SerializedMo[] {
  try {
    const format = findFormat(turn.env.formats, contentType, 'mo');
    return format?.decodeMos(body, { maxOctets: turn.env.policy.maxPackageOctets }).value ?? [];
  } catch (error) {
    if (error instanceof DataError) return [];
    throw error;
  }
}

/** After 304 the copy is the result. */
export function serveFromCache(turn: Turn, command: CommandRecord): void {
  const uri = addressOf(command);
  const copy = uri === undefined ? undefined : copyOf(turn, uri);
  const object = copy === undefined || copy.cv !== command.cv ? undefined : extract(copy, uri!);
  if (object === undefined) {
    turn.note('CACHE_MISS', `${command.name} was answered with 304, but no copy is there`);
    return;
  }
  const format = turn.env.formats[0]!;
  turn.write({
    type: 'result',
    record: {
      commandId: command.commandId,
      devId: command.devId,
      part: 0,
      at: turn.now,
      contentType: format.mediaTypes.mo,
      body: format.encodeMos([object]),
      fromCache: true,
    },
  });
}
