/** What `batch run` and `batch resume` have in common: readers, handler, what is shown, who may control. */
import { type Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../../src/errors/index.js';
import type { CliContext } from '../context.js';
import { readInput } from '../files.js';
import { SECRET_SOURCES } from '../secrets.js';
import { listenAddress } from '../server.js';
import { addLineKeyOptions, type LineKeyOptions } from './keys.js';
import { addLineStoreOptions, type LineStoreOptions } from './store.js';

export interface RunOptions extends LineStoreOptions, LineKeyOptions {
  readonly station?: string;
  readonly batch?: string;
  readonly readers: readonly string[];
  readonly auto?: boolean;
  readonly hookTimeout: number;
  readonly plain?: boolean;
  readonly events?: boolean;
  readonly bell?: boolean;
  readonly listen?: string;
  readonly token?: string;
  readonly cert: readonly string[];
  readonly key: readonly string[];
  readonly riskPlainHttp?: boolean;
  readonly checkpoints?: string;
  readonly checkpointKey?: string;
}

/** Adds them. */
export function addRunOptions(command: Command): Command {
  return addLineKeyOptions(addLineStoreOptions(command))
    .option(
      '--station <name>',
      'this station, unlike all others of the store; the name of the machine unless told',
    )
    .option('--batch <name>', 'the batch')
    .option(
      '--readers <readers>',
      'all, names or indices with commas between (repeatable), farm:PATH, or sim:PROFILE*SLOTS',
      collect,
      [],
    )
    .option('--auto', 'a handler machine moves the cards: hooks of the job are run')
    .option('--hook-timeout <seconds>', 'for one move of the handler', seconds, 60)
    .option('--plain', 'a line an event in place of the board')
    .option('--events', 'a line of JSON an event')
    .option('--bell', 'a sound when somebody is needed')
    .option('--listen <host:port>', 'let a line controller watch and control (docs/line-api.md)')
    .option('--token <source>', `what it has to bring: ${SECRET_SOURCES}`)
    .option('--cert <file>', 'HTTPS with this certificate, PEM (repeatable)', collect, [])
    .option('--key <source>', `its private key, PEM: ${SECRET_SOURCES} (repeatable)`, collect, [])
    .option(
      '--checkpoints <file>',
      'adds signed checkpoints of the journal to this file, best on another machine',
    )
    .option(
      '--checkpoint-key <file>',
      'their private key, made where it is missing; checkpoint.key of --state unless told',
    )
    .option('--risk-plain-http', 'HTTP elsewhere than on a loopback address, where the token can be read');
}

/** Where a line listens, and for whom. */
export async function apiOf(cli: CliContext, options: RunOptions) {
  const { listen, token, cert, key, riskPlainHttp } = options;
  if (listen === undefined) {
    const given = token !== undefined || cert.length > 0 || riskPlainHttp === true;
    if (given)
      throw new UsageError('USAGE_ARGUMENT', '--token, --cert and --risk-plain-http are for --listen');
    return undefined;
  }
  if (cert.length !== key.length) {
    throw new UsageError('USAGE_ARGUMENT', '--cert and --key go together, as often as one another');
  }
  const certificates = [];
  for (const [index, path] of cert.entries()) {
    const octets = await cli.secrets.octets(key[index]!, '--key');
    certificates.push({ cert: await readInput(cli, path), key: octets, where: path });
  }
  return {
    listen: listenAddress(listen, '--listen'),
    ...(token === undefined ? {} : { token: await cli.secrets.text(token, '--token') }),
    ...(certificates.length === 0 ? {} : { certificates }),
    plainHttpRisk: riskPlainHttp === true,
  };
}

/** A positive number of seconds. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(text) || value === 0) {
    throw new InvalidArgumentError('A number of seconds is expected.');
  }
  return value;
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
