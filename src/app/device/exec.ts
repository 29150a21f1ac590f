/** What EXEC runs on this device (DM 2.0 §5.3.5): functions, or programs started without a shell. */
import { spawn } from 'node:child_process';

import { UsageError } from '../../errors/index.js';
import { canonicalMoid, type JsonObject, type NodeRef } from '../../mo/index.js';

export interface ExecRequest {
  readonly ref: NodeRef;
  readonly clientUri: string;
  readonly serverId: string;
}

export interface ExecResult {
  /** Appendix C, or 1000 to 1999 for a status of the application itself. */
  readonly status: number;
  /** What an alert says besides the status (§5.4.1). */
  readonly data?: JsonObject;
}

/** `signal` aborts when the device is switched off. */
export type ExecHandler = (request: ExecRequest, signal: AbortSignal) => Promise<ExecResult>;

/** Handlers by node: `MOID/MIID/path`, with `*` for any MIID. */
export type ExecHandlers = ReadonlyMap<string, ExecHandler>;

/** The handler of a node; one for its very instance comes before one for any. */
export function handlerOf(handlers: ExecHandlers, { moid, miid, path }: NodeRef): ExecHandler | undefined {
  const find = (instance: string) =>
    [...handlers].find(([pattern]) => isSamePlace(pattern, [canonicalMoid(moid), instance, ...path]))?.[1];
  return find(miid) ?? find('*');
}

function isSamePlace(pattern: string, place: readonly string[]): boolean {
  const [moid = '', ...rest] = pattern.replace(/\/$/, '').split('/');
  return [canonicalMoid(moid), ...rest].join('/') === place.join('/');
}

/** Exit code 0 is status 200; others are statuses of the application, 1500 and the code. */
const APPLICATION_FAILURE = 1500;

/**
 * A handler that starts a program. In its words `{uri}` is the ClientURI and `{server}` the server's identifier; the
 * same are in its environment as SIMBOOT_CLIENT_URI and SIMBOOT_SERVER_ID.
 *
 * @param command words apart by blanks
 * @throws UsageError `USAGE_ARGUMENT` for an empty command
 */
export function execCommand(command: string): ExecHandler {
  const [program, ...args] = command.split(/\s+/).filter((word) => word !== '');
  if (program === undefined) throw new UsageError('USAGE_ARGUMENT', 'the command for EXEC names no program');
  return ({ clientUri, serverId }, signal) => {
    const words = args.map((word) =>
      word.replace(/\{(uri|server)\}/g, (_, name) => (name === 'uri' ? clientUri : serverId)),
    );
    const env = { ...process.env, SIMBOOT_CLIENT_URI: clientUri, SIMBOOT_SERVER_ID: serverId };
    return new Promise((resolve) => {
      const child = spawn(program, words, { stdio: 'ignore', shell: false, env, signal });
      child.once('error', () => resolve({ status: 500 }));
      child.once('close', (code) => resolve({ status: statusOf(code) }));
    });
  };
}

function statusOf(code: number | null): number {
  if (code === null) return 500; // a signal ended it
  return code === 0 ? 200 : APPLICATION_FAILURE + Math.min(code, 499);
}
