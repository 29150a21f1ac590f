/** What servers of this product have in common: where they may listen, with which certificates, until when. */
import { UsageError } from '../../errors/index.js';
import { type FolderCertificate, folderCertificates } from './state-folder.js';

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * HTTP without TLS listens on a loopback address, or where its risk was accepted.
 *
 * @throws UsageError `USAGE_ARGUMENT`
 */
export function requireQuietPlace({ host }: ListenAddress, risk: boolean): void {
  if (risk || isLoopback(host)) return;
  throw new UsageError(
    'USAGE_ARGUMENT',
    `HTTP without TLS on ${host}: everybody on the way reads and writes along`,
    {
      next: 'Listen on 127.0.0.1 behind a proxy that does TLS, or accept the risk with the option for it.',
      details: { host },
    },
  );
}

/** Whether nobody but this machine can listen or connect there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Resolves when the signal says stop. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

export interface FolderOfCertificates {
  readonly state: string;
  readonly listen: ListenAddress;
  /** How the server is reached, where that is not the listener. */
  readonly publicUrl?: string;
  readonly clock: () => Date;
  readonly random: (octets: number) => Uint8Array;
}

/** The certificates in the folder of a server, made for its names where they are missing. */
export function certificatesOfFolder(options: FolderOfCertificates): Promise<FolderCertificate[]> {
  const { state, listen, publicUrl, clock, random } = options;
  const name =
    publicUrl === undefined ? listen.host : new URL(publicUrl).hostname.replace(/^\[(.*)\]$/, '$1');
  const own = ['0.0.0.0', '::'].includes(name) ? [] : [name];
  const names = [...new Set([...own, 'localhost', '127.0.0.1', '::1'])];
  return folderCertificates(state, names, clock(), random);
}
