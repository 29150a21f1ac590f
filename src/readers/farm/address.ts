/** Where a farm is: `farm:PATH` of a Unix socket, or `farm:HOST:PORT`; `?slots=3-8` names a part of its slots. */
import { UsageError } from '../../errors/index.js';

/** A socket of this machine. */
export type FarmEndpoint = { readonly path: string } | { readonly host: string; readonly port: number };

/** What `farm:` names. */
export interface FarmAddress {
  readonly endpoint: FarmEndpoint;
  /** First and last slot, from 1; all of them unless told. */
  readonly slots?: { readonly from: number; readonly to: number };
}

const PREFIX = 'farm:';

/**
 * Reads an address, with or without `farm:`.
 *
 * @throws UsageError `USAGE_ARGUMENT`
 * Such as `parseFarmAddress('farm:line.sock?slots=1-8').slots`: `{ from: 1, to: 8 }`.
 */
export function parseFarmAddress(address: string): FarmAddress {
  const text = address.startsWith(PREFIX) ? address.slice(PREFIX.length) : address;
  const [, where = '', query] = /^([^?]*)(?:\?(.*))?$/s.exec(text) ?? [];
  const slots = query === undefined ? undefined : slotRange(address, query);
  return { endpoint: parseFarmEndpoint(where), ...(slots === undefined ? {} : { slots }) };
}

/**
 * A socket: a path, or HOST:PORT.
 *
 * @throws UsageError `USAGE_ARGUMENT`
 * Such as `parseFarmEndpoint('127.0.0.1:7000')`: `{ host: '127.0.0.1', port: 7000 }`.
 */
export function parseFarmEndpoint(text: string): FarmEndpoint {
  if (text === '')
    throw new UsageError('USAGE_ARGUMENT', 'a farm has an address: farm:PATH or farm:HOST:PORT');
  const [, host, port] = /^([\w.-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 0xffff) return { path: text };
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}

function slotRange(address: string, query: string): { from: number; to: number } {
  const [, from, to] = /^slots=(\d{1,4})-(\d{1,4})$/.exec(query) ?? [];
  if (from === undefined || Number(from) < 1 || Number(to) < Number(from)) {
    throw new UsageError('USAGE_ARGUMENT', `${address}: "${query}" is not slots=FIRST-LAST`);
  }
  return { from: Number(from), to: Number(to) };
}
