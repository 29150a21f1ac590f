/** The server's half of a DM account: what it must know so that a card or a device finds it ready (DM 2.0 §8, §12.2). */
import { createHash } from 'node:crypto';
import { parseCertificate } from '../../bootstrap/index.js';
import { decodeUtf8 } from '../../bytes/index.js';
import type { AccountCredential, AccountRecord } from '../../dm/index.js';
import { DataError } from '../../errors/index.js';
import { accountFromMo, type DmAccount, decodeDmmo, isAccount } from '../../mo/index.js';

/** What a bootstrap document does not say. */
export interface AccountFacts {
  readonly createdAt: number;
  /** Card that the bootstrap is on. */
  readonly iccid?: string;
  /** Where the device is known already. */
  readonly devId?: string;
  /** Keep the document, so that `/bootstrap` hands it out (§8.3). */
  readonly keepDocument?: boolean;
  /** Only accounts of this server; all unless told. */
  readonly srvId?: string;
}

/**
 * The accounts in a bootstrap document (`application/dmmo+json`), such as `simboot bootstrap create` makes. The
 * accountId is the SrvID, `/`, and what tells the account from others: ICCID, DevID, else its identity.
 *
 * @throws DataError `DATA_DMMO`, `DATA_MO` for a document that is none, `DATA_BOOTSTRAP` where nobody could authenticate
 */
export function accountsFromBootstrap(document: Uint8Array, facts: AccountFacts): AccountRecord[] {
  const { objects } = decodeDmmo(document);
  const accounts = objects.flatMap((object, index) =>
    isAccount(object) ? accountFromMo(object, `$[${index}]`) : [],
  );
  return accounts
    .filter(({ srvId }) => facts.srvId === undefined || srvId === facts.srvId)
    .map((account) => recordOf(account, document, facts));
}

function recordOf(account: DmAccount, document: Uint8Array, facts: AccountFacts): AccountRecord {
  const { srvId, auth } = account;
  const credentials = credentialsOf(account);
  const [first] = credentials;
  if (first === undefined) {
    throw new DataError(
      'DATA_BOOTSTRAP',
      `the account of ${srvId} has no credentials a server could know it by`,
    );
  }
  const own = facts.iccid ?? facts.devId ?? nameOf(first);
  return {
    accountId: `${srvId}/${own}`,
    srvId,
    ...(facts.devId === undefined ? {} : { devId: facts.devId }),
    ...(facts.iccid === undefined ? {} : { iccid: facts.iccid }),
    credentials,
    ...(auth?.noti === undefined ? {} : { noti: { secret: auth.noti.secret, data: auth.noti.data } }),
    ...(facts.keepDocument === true ? { bootstrap: document } : {}),
    createdAt: facts.createdAt,
  };
}

function credentialsOf({ srvId, auth }: DmAccount): AccountCredential[] {
  const { trsp, bootstrap } = auth ?? {};
  return [
    ...(trsp === undefined ? [] : [credential('trsp', trsp.data, trsp.secret, srvId)]),
    ...(bootstrap === undefined
      ? []
      : [credential('bootstrap', bootstrap.clientPubKey, bootstrap.clientSecretKey, srvId)]),
  ];
}

/** A certificate is known by its fingerprint; its private key stays with the device. */
function credential(
  purpose: AccountCredential['purpose'],
  data: Uint8Array,
  secret: Uint8Array,
  srvId: string,
): AccountCredential {
  if (parseCertificate(data)) {
    return { purpose, kind: 'x509', fingerprint256: createHash('sha256').update(data).digest('hex') };
  }
  try {
    return { purpose, kind: 'identity-secret', identity: decodeUtf8(data), secret };
  } catch (cause) {
    const message = `the account of ${srvId} has neither a certificate nor an identity in UTF-8`;
    throw new DataError('DATA_BOOTSTRAP', message, { cause, details: { server: srvId } });
  }
}

function nameOf(credential: AccountCredential): string {
  return credential.kind === 'x509' ? credential.fingerprint256 : credential.identity;
}
