/** What the options of `client run` mean. */
import type { CardChannel } from '../src/apdu/index.js';
import { type DevInfoValues, type ExecHandlers, execCommand, TEST_DEVICE } from '../src/app/index.js';
import { UsageError } from '../src/errors/index.js';
import { type MoDefinition, readDdf } from '../src/mo/index.js';
import { openReader } from '../src/readers/index.js';
import type { CliContext } from './context.js';
import { readInput } from './files.js';

const WAP_PUSH_PORT = 2948;
const NETWORK_VALUES = ['MCC', 'MNC', 'CMCC', 'CMNC', 'SPName'] as const;

/** DevInfo with what the options say. */
export function devInfoOf(devId: string, assignments: readonly string[]): DevInfoValues {
  const names = Object.keys(TEST_DEVICE).filter((name) => name !== 'DevID');
  return { ...TEST_DEVICE, ...assigned('--devinfo', assignments, names), DevID: devId };
}

/** The values of §6.2 that the options say. */
export function networkValues(assignments: readonly string[]): Record<string, string> {
  return assigned('--network', assignments, NETWORK_VALUES);
}

function assigned(
  option: string,
  assignments: readonly string[],
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const [name, value] = split(option, assignment);
      if (!names.includes(name))
        throw refused(`${option}: there is no ${name}; there are ${names.join(', ')}`);
      return [name, value];
    }),
  );
}

/** Handlers for EXEC: `MOID/MIID/path=command`. */
export function execHandlers(assignments: readonly string[]): ExecHandlers {
  return new Map(
    assignments.map((assignment) => {
      const [node, command] = split('--exec', assignment);
      return [node, execCommand(command)] as const;
    }),
  );
}

function split(option: string, assignment: string): [name: string, value: string] {
  const at = assignment.indexOf('=');
  if (at < 1) throw refused(`${option}: "${assignment}" is not NAME=VALUE`);
  return [assignment.slice(0, at), assignment.slice(at + 1)];
}

/** @throws UsageError `USAGE_ARGUMENT` for anything but [HOST:]PORT */
export function pushAddress(text: string | true): { host: string; port: number } {
  if (text === true) return { host: '0.0.0.0', port: WAP_PUSH_PORT };
  const [, host = '0.0.0.0', digits] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65535) throw refused(`--listen-push: "${text}" is not [HOST:]PORT`);
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port };
}

/** The definitions in DDF files. */
export async function ddfDefinitions(cli: CliContext, files: readonly string[]): Promise<MoDefinition[]> {
  const all: MoDefinition[] = [];
  for (const file of files) {
    const { definitions, findings } = await readDdf(await readInput(cli, file));
    for (const { where, message } of findings) cli.warn(`${file}: ${where}: ${message}`);
    all.push(...definitions);
  }
  return all;
}

/** The one reader that --reader names. */
export async function readerOf(cli: CliContext): Promise<CardChannel> {
  const { reader, trace } = cli.options;
  if (reader === 'all') throw refused('--reader all: a device has one card');
  const [channel] = cli.openChannels
    ? await cli.openChannels(reader)
    : await openReader(reader, { signal: cli.signal, ...(trace === undefined ? {} : { trace }) });
  return channel!;
}

function refused(message: string): UsageError {
  return new UsageError('USAGE_ARGUMENT', message);
}
