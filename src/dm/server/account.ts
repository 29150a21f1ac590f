/** A fresh account for a device: its half as a DMAcc, the server's half as a record (DM 2.0 §8.5, §12.2). */
import { encodeUtf8, toHex } from '../../bytes/index.js';
import { UsageError } from '../../errors/index.js';
import { accountToMo, type DmAccount, encodeDmmo } from '../../mo/index.js';
import type { AccountCredential, AccountRecord } from './records.js';

/** Octets of keys and secrets: as long as the keys of the cipher suites (§9.2.2), and as the digest (§5.2.1.2). */
const PSK_OCTETS = 16;
const NOTI_OCTETS = 32;

export interface AccountRequest {
  /** Unique at the server, such as the ICCID: at most 100 visible ASCII characters. */
  readonly accountId: string;
  readonly srvId: string;
  /** Address of the DM server. */
  readonly srvUri: string;
  readonly name: string;
  /** MOIDs that the server asks to manage; `*` for all. */
  readonly perm: readonly string[];
  readonly iccid?: string;
  /** Where the device is known already. */
  readonly devId?: string;
  /** Address of the bootstrap server: credentials for it are made, too (§9.3.2), and the document is kept for it. */
  readonly bootstrapUri?: string;
}

/**
 * Makes credentials: a PSK identity (`accountId`) with a key of 16 octets for the transport, a secret of 32 octets for
 * the digest of notifications, and, for a bootstrap server, an identity (`accountId`, `#bootstrap`) with a key of its
 * own. Both halves and the document hold secrets.
 *
 * @param random unpredictable octets
 * @throws UsageError `USAGE_ARGUMENT`
 */
export function accountForDevice(
  request: AccountRequest,
  random: (octets: number) => Uint8Array,
  now: Date,
): { readonly account: DmAccount; readonly record: AccountRecord; readonly document: Uint8Array } {
  const { accountId, srvId, srvUri, name, perm, iccid, devId, bootstrapUri } = request;
  if (!/^[\x21-\x7e]{1,100}$/.test(accountId)) {
    throw new UsageError('USAGE_ARGUMENT', 'an accountId has 1 to 100 visible ASCII characters');
  }
  const trsp = pskCredential('trsp', accountId, random);
  const bootstrap =
    bootstrapUri === undefined ? undefined : pskCredential('bootstrap', `${accountId}#bootstrap`, random);
  const noti = { secret: random(NOTI_OCTETS), data: encodeUtf8(toHex(random(8))) };
  const account: DmAccount = {
    srvId,
    srvUri,
    name,
    perm,
    auth: {
      ...(bootstrap === undefined ? {} : { bootstrap: bootstrapNode(bootstrap, bootstrapUri!) }),
      noti: { type: 0, ...noti },
      trsp: { data: encodeUtf8(trsp.identity), secret: trsp.secret },
    },
  };
  const document = encodeDmmo([accountToMo(account, srvId.replaceAll(/[^A-Za-z0-9._~-]/g, '_'))]);
  const record: AccountRecord = {
    accountId,
    srvId,
    ...(devId === undefined ? {} : { devId }),
    ...(iccid === undefined ? {} : { iccid }),
    credentials: bootstrap === undefined ? [trsp] : [trsp, bootstrap],
    noti,
    ...(bootstrap === undefined ? {} : { bootstrap: document }),
    createdAt: now.getTime(),
  };
  return { account, record, document };
}

type PskCredential = Extract<AccountCredential, { kind: 'identity-secret' }>;

function pskCredential(
  purpose: PskCredential['purpose'],
  identity: string,
  random: (octets: number) => Uint8Array,
): PskCredential {
  return { purpose, kind: 'identity-secret', identity, secret: random(PSK_OCTETS) };
}

function bootstrapNode({ identity, secret }: PskCredential, serverUri: string) {
  const name = encodeUtf8(identity);
  return {
    serverUri,
    secMode: 'psk' as const,
    clientPubKey: name,
    serverPubKey: name,
    clientSecretKey: secret,
  };
}
