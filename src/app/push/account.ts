/** A fresh DM account for one device: the document that is pushed, and what the server will know it by (DM 2.0 §8.5, §12.2). */
import { createBootstrap } from '../../bootstrap/index.js';
import { encodeUtf8, toHex } from '../../bytes/index.js';
import type { AccountRecord } from '../../dm/index.js';
import { UsageError } from '../../errors/index.js';
import { accountsFromBootstrap } from '../server/index.js';

/** The DM server that devices are bootstrapped to. */
export interface PushedServer {
  readonly srvId: string;
  /** Where sessions go. */
  readonly srvUri: string;
  readonly name: string;
  /** MOIDs that it asks to manage; all unless told. */
  readonly perm?: readonly string[];
}

export interface FreshAccount {
  /** `application/dmmo+json`, with its secrets. */
  readonly document: Uint8Array;
  readonly account: AccountRecord;
}

/** Octets of random in an identity, and of keys. */
const IDENTITY = 12;
const KEY = 32;

/** The account of a device under its identity at the operator. */
export function accountIdOf(server: PushedServer, ueId: string): string {
  return `${server.srvId}/${ueId}`;
}

/**
 * Credentials that nobody had before: a PSK identity, a pre-shared key and a secret for notifications.
 *
 * @param random of cryptographic quality
 */
export function freshAccount(
  server: PushedServer,
  ueId: string,
  { random, clock }: { readonly random: (octets: number) => Uint8Array; readonly clock: () => Date },
): FreshAccount {
  const identity = `${server.srvId}-${toHex(random(IDENTITY))}`;
  const { bytes } = createBootstrap(
    {
      accounts: [
        {
          ...server,
          trsp: { psk: { identity, key: random(KEY) } },
          noti: { secret: random(KEY), data: encodeUtf8(identity) },
        },
      ],
    },
    { clock: { now: clock } },
  );
  return { document: bytes, account: accountOfDocument(server, ueId, bytes, clock().getTime()) };
}

/**
 * The server's half of a document that was made before.
 *
 * @throws UsageError `USAGE_CAMPAIGN` where it was made for another server
 */
export function accountOfDocument(
  server: PushedServer,
  ueId: string,
  document: Uint8Array,
  createdAt: number,
): AccountRecord {
  const [account] = accountsFromBootstrap(document, { createdAt, srvId: server.srvId });
  if (account === undefined)
    throw new UsageError(
      'USAGE_CAMPAIGN',
      `the bootstrap of ${ueId} was made for another server than ${server.srvId}`,
    );
  return { ...account, accountId: accountIdOf(server, ueId) };
}
