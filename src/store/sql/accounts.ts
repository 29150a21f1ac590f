/** Accounts and the identities that lead to them: an identity belongs to one account. */
import { type Kysely, sql } from 'kysely';
import type { AccountCredential, AccountRecord } from '../../dm/index.js';
import { UsageError } from '../../errors/index.js';
import type { Database } from './database.js';
import type { RecordSealer } from './records.js';
import type { Schema } from './schema.js';
import { requireStorable } from './texts.js';

/** Accounts are put one transaction after the other: so the numbers in `changed` become visible in their order. */
const POSTGRES_LOCK = 7_306_663;

interface Identity {
  readonly kind: 'name' | 'x509';
  readonly identity: string;
  readonly trsp: number;
  readonly bootstrap: number;
}

/**
 * Inserts or replaces accounts inside a transaction.
 *
 * @throws UsageError `USAGE_ACCOUNT_IDENTITY` where an identity belongs to another account
 */
export async function putAccounts(
  connection: Kysely<Schema>,
  accounts: readonly AccountRecord[],
  sealer: RecordSealer,
  dialect: Database['dialect'],
): Promise<void> {
  if (dialect === 'postgres') await sql`select pg_advisory_xact_lock(${POSTGRES_LOCK})`.execute(connection);
  for (const account of accounts) await putAccount(connection, account, sealer);
}

async function putAccount(
  connection: Kysely<Schema>,
  account: AccountRecord,
  sealer: RecordSealer,
): Promise<void> {
  const { accountId, devId } = account;
  for (const text of [accountId, devId ?? '']) requireStorable(text, 'name of an account');
  const { data, sealed } = sealer.columns('accounts', accountId, account);
  const changed = sql`(select coalesce(max(changed), 0) + 1 from accounts)`;
  await sql`insert into accounts (account_id, dev_id, data, sealed, changed)
    values (${accountId}, ${devId ?? null}, ${data}, ${sealed}, ${changed})
    on conflict (account_id) do update
    set dev_id = excluded.dev_id, data = excluded.data, sealed = excluded.sealed, changed = excluded.changed`.execute(
    connection,
  );
  await connection.deleteFrom('identities').where('account_id', '=', accountId).execute();
  for (const { kind, identity, trsp, bootstrap } of identitiesOf(account.credentials)) {
    requireStorable(identity, 'identity');
    const { rows } = await sql`insert into identities (kind, identity, account_id, trsp, bootstrap)
      values (${kind}, ${identity}, ${accountId}, ${trsp}, ${bootstrap})
      on conflict (kind, identity) do nothing returning account_id`.execute(connection);
    if (rows.length > 0) continue;
    throw new UsageError(
      'USAGE_ACCOUNT_IDENTITY',
      `an identity of account ${accountId} belongs to another account`,
      {
        details: { account: accountId },
      },
    );
  }
}

/** One row an identity, with all its purposes. */
function identitiesOf(credentials: readonly AccountCredential[]): Identity[] {
  const found = new Map<string, Identity>();
  for (const credential of credentials) {
    const [kind, identity] =
      credential.kind === 'x509'
        ? (['x509', credential.fingerprint256] as const)
        : (['name', credential.identity] as const);
    const before = found.get(`${kind}/${identity}`) ?? { kind, identity, trsp: 0, bootstrap: 0 };
    found.set(`${kind}/${identity}`, { ...before, [credential.purpose]: 1 });
  }
  return [...found.values()];
}
