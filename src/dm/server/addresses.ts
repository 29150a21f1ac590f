/** Addresses that the server sends and compares (DM 2.0 §6.1, §6.2): strict out. */
import { remembered } from '../../bytes/index.js';
import { DataError, UsageError } from '../../errors/index.js';
import type { CommandName } from '../messages.js';
import {
  type ClientUri,
  expandServerUri,
  formatClientUri,
  isWildcard,
  parseClientUri,
} from '../uri/index.js';

/** The parameters that a device must be able to fill in (§6.2). */
const SERVER_URI_PARAMETERS: readonly string[] = ['DevID', 'MNC', 'MCC', 'CMNC', 'CMCC', 'SPName'];
/** Commands that take lv and cv (§6.1.1.3). */
const READS: readonly CommandName[] = ['GET', 'HPUT', 'HPOST'];
/** Commands without wildcard (docs/decisions/wildcards-on-writes.md). */
const ONE_NODE: readonly CommandName[] = ['HGET', 'EXEC'];

/**
 * A ClientURI in the strict form, for a command.
 *
 * @throws UsageError `USAGE_COMMAND` where it is malformed or has what the command does not take
 */
export function strictClientUri(text: string, command: CommandName): string {
  const uri = parsed(text, command);
  if (ONE_NODE.includes(command) && isWildcard(uri))
    refuse(command, 'a wildcard may name several nodes', text);
  if (!READS.includes(command) && (uri.levels !== undefined || uri.cv !== undefined)) {
    refuse(command, 'lv and cv are for GET, HPUT and HPOST', text);
  }
  return strictForm(text);
}

/** A script goes to many devices: the same few addresses again and again. */
const read = remembered(parseClientUri);

const strictForm = remembered((text: string): string => {
  const uri = read(text);
  const strict = formatClientUri(uri);
  if (uri.unknown.length === 0) return strict;
  const own = uri.unknown.map(([name, value]) => `${name}=${value}`).join('&');
  return `${strict}${strict.includes('?') ? '&' : '?'}${own}`;
});

function parsed(text: string, command: CommandName): ClientUri {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new UsageError('USAGE_COMMAND', `${command}: ${error.message}`, {
      cause: error,
      details: error.details,
    });
  }
}

/**
 * A ServerURI that a device can use: absolute, http or https, parameters of §6.2 only.
 *
 * @throws UsageError `USAGE_COMMAND`
 */
export function strictServerUri(text: string, command: CommandName): string {
  for (const [, name = ''] of text.matchAll(/\[([^\]:]*)\]/g)) {
    if (!SERVER_URI_PARAMETERS.includes(name)) refuse(command, `[${name}] is no parameter of §6.2`, text);
  }
  const values = { DevID: 'd', MNC: '01', MCC: '262', CMNC: '01', CMCC: '262', SPName: 's' };
  try {
    const { protocol } = new URL(expandServerUri(text, values));
    if (protocol !== 'https:' && protocol !== 'http:')
      refuse(command, 'the scheme is not https or http', text);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new UsageError('USAGE_COMMAND', `${command}: ${error.message}`, { cause: error });
  }
  return text;
}

function refuse(command: string, problem: string, text: string): never {
  throw new UsageError('USAGE_COMMAND', `${command}: ${problem}: ${text.slice(0, 200)}`);
}

/** A ClientURI with the cache validator (§11.2). */
export function withCv(text: string, cv: string): string {
  return formatClientUri({ ...parseClientUri(text), cv });
}

/** The ClientURI, or nothing where a device sent something else. */
function tryParse(text: string): ClientUri | undefined {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

/**
 * Under which key a copy of the instance is kept: MOID and MIID, or MOID and nothing for the only instance.
 *
 * @returns undefined for addresses by value or wildcard, and for what is no ClientURI
 */
export function instanceOf(text: string): string | undefined {
  const uri = tryParse(text);
  if (uri?.instance.kind === 'miid') return `${uri.moid}/${uri.instance.miid}`;
  return uri?.instance.kind === 'only' ? `${uri.moid}/` : undefined;
}

/**
 * The names from the root of the instance to the node.
 *
 * @returns undefined where the address has wildcards, x-names, lv or fields of vendors
 */
export function nodeOf(text: string): readonly string[] | undefined {
  const uri = tryParse(text);
  if (uri === undefined || uri.levels !== undefined || uri.unknown.length > 0) return undefined;
  const names = uri.path.flatMap((step) => (step.kind === 'name' ? step.name : []));
  return names.length === uri.path.length ? names : undefined;
}

/**
 * Whether the node that a device names may be the one that a command addressed: the device names the instance that
 * an empty instance or an x-name of the command stands for.
 */
export function sameNode(commanded: string, named: string): boolean {
  const wanted = tryParse(commanded);
  const given = tryParse(named);
  if (wanted === undefined || given === undefined) return commanded === named;
  if (wanted.moid !== given.moid || wanted.path.length !== given.path.length) return false;
  const sameInstance =
    wanted.instance.kind !== 'miid' ||
    given.instance.kind !== 'miid' ||
    wanted.instance.miid === given.instance.miid;
  return sameInstance && wanted.path.every((step, index) => mayBe(step, given.path[index]!));
}

function mayBe(wanted: ClientUri['path'][number], given: ClientUri['path'][number]): boolean {
  if (wanted.kind !== 'name' || given.kind !== 'name') return true;
  return wanted.name === given.name;
}
