/** What the bootstrap commands share: from options or a description file to a document, and words for people. */
import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import {
  type AccountDescription,
  type BootstrapDescription,
  readDescription,
  type SecurityDescription,
} from '../src/bootstrap/index.js';
import { UsageError } from '../src/errors/index.js';
import type { CliContext } from './context.js';
import { readInput } from './files.js';

/** Options of `bootstrap create` that describe one account. */
export interface AccountOptions {
  readonly srvId?: string;
  readonly srvUri?: string;
  readonly name?: string;
  readonly perm?: readonly string[];
  readonly miid?: string;
  readonly pskIdentity?: string;
  readonly pskKey?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly notiSecret?: string;
  readonly bootstrapUri?: string;
  readonly bootstrapPskIdentity?: string;
  readonly bootstrapPskKey?: string;
  readonly bootstrapCert?: string;
  readonly bootstrapKey?: string;
  readonly serverCert?: string;
}

/** The description in a YAML or JSON file; its references are relative to its folder. */
export async function describedInFile(cli: CliContext, path: string): Promise<BootstrapDescription> {
  const folder = path === '-' ? '.' : dirname(path);
  const beside = (name: string) => resolve(folder, name);
  return readDescription(await readInput(cli, path), {
    secret: (source, where) =>
      cli.secrets.octets(source.startsWith('@') ? `@${beside(source.slice(1))}` : source, where),
    file: (name) => readInput(cli, beside(name.replace(/^@/, ''))),
  });
}

/** One account from the command line. */
export async function describedByOptions(
  cli: CliContext,
  options: AccountOptions,
): Promise<BootstrapDescription> {
  const { srvId, srvUri, name, perm, miid, bootstrapUri, notiSecret, serverCert } = options;
  if (srvId === undefined || srvUri === undefined || name === undefined) {
    throw new UsageError(
      'USAGE_ARGUMENT',
      'an account needs --srv-id, --srv-uri and --name; or name a description file',
    );
  }
  const trsp = await security(cli, options, '');
  const server = await security(cli, options, 'bootstrap');
  if ((server === undefined) !== (bootstrapUri === undefined)) {
    throw new UsageError('USAGE_ARGUMENT', '--bootstrap-uri goes with --bootstrap-psk-… or --bootstrap-cert');
  }
  if (serverCert !== undefined && server?.x509 === undefined) {
    throw new UsageError('USAGE_ARGUMENT', '--server-cert goes with --bootstrap-cert');
  }
  const x509 =
    server?.x509 && serverCert !== undefined
      ? { ...server.x509, serverCertificate: await certificateFile(cli, serverCert) }
      : server?.x509;
  const account: AccountDescription = {
    srvId,
    srvUri,
    name,
    ...(perm === undefined ? {} : { perm }),
    ...(miid === undefined ? {} : { miid }),
    ...(bootstrapUri === undefined
      ? {}
      : { bootstrap: { serverUri: bootstrapUri, ...server, ...(x509 === undefined ? {} : { x509 }) } }),
    ...(notiSecret === undefined
      ? {}
      : { noti: { secret: await cli.secrets.hex(notiSecret, '--noti-secret') } }),
    ...(trsp === undefined ? {} : { trsp }),
  };
  return { accounts: [account] };
}

async function security(
  cli: CliContext,
  options: AccountOptions,
  part: '' | 'bootstrap',
): Promise<SecurityDescription | undefined> {
  const prefix = part === '' ? '--' : '--bootstrap-';
  const [identity, pskKey, cert, key] =
    part === ''
      ? [options.pskIdentity, options.pskKey, options.cert, options.key]
      : [options.bootstrapPskIdentity, options.bootstrapPskKey, options.bootstrapCert, options.bootstrapKey];
  together(`${prefix}psk-identity`, identity, `${prefix}psk-key`, pskKey);
  together(`${prefix}cert`, cert, `${prefix}key`, key);
  if (identity !== undefined && cert !== undefined) {
    throw new UsageError('USAGE_ARGUMENT', `${prefix}psk-identity and ${prefix}cert exclude each other`);
  }
  if (identity !== undefined && pskKey !== undefined) {
    return { psk: { identity, key: await cli.secrets.hex(pskKey, `${prefix}psk-key`) } };
  }
  if (cert !== undefined && key !== undefined) {
    const certificate = await certificateFile(cli, cert);
    return { x509: { certificate, privateKey: await cli.secrets.octets(key, `${prefix}key`) } };
  }
  return undefined;
}

function together(first: string, one: string | undefined, second: string, other: string | undefined): void {
  if ((one === undefined) === (other === undefined)) return;
  const [given, missing] = one === undefined ? [second, first] : [first, second];
  throw new UsageError('USAGE_ARGUMENT', `${given} needs ${missing}`);
}

function certificateFile(cli: CliContext, path: string): Promise<Uint8Array> {
  return readInput(cli, path.replace(/^@/, ''));
}

/** SHA-256 of a document, hex: how two of them are told apart without their secrets. */
export function fingerprint(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
