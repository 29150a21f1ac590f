/** Making a bootstrap document from its description (DM 2.0 §8.5, §12.2). */

import { DataError } from '../../errors/index.js';
import {
  accountToMo,
  type DmAccount,
  encodeDmmo,
  type Finding,
  findDefinition,
  formatInstanceUri,
  isNodeName,
  type SerializedMo,
} from '../../mo/index.js';
import { keyMaterial } from './credentials.js';
import type { AccountDescription, BootstrapDescription, ObjectDescription } from './description.js';
import { type BootstrapDocument, errorOf, parseBootstrap } from './document.js';

export interface CreatedBootstrap {
  readonly document: BootstrapDocument;
  /** `application/dmmo+json`, UTF-8 without byte order mark or white space: what goes on the card. */
  readonly bytes: Uint8Array;
  readonly accounts: readonly DmAccount[];
  /** Warnings and infos; a mistake is thrown. */
  readonly findings: readonly Finding[];
}

/**
 * The same description always gives the same octets.
 *
 * @param options.clock the time that certificates are judged by
 * @throws DataError `DATA_DESCRIPTION…`, `DATA_CERTIFICATE…`, `DATA_PRIVATE_KEY`, `DATA_KEY_MISMATCH` with the
 * place in the description; `DATA_MO`, `DATA_BOOTSTRAP` with the JSON path in the document it would give
 * @example
 * const account = { srvId: 'dm.example.com', srvUri: 'https://dm.example.com/dm', name: 'Example' };
 * const { bytes } = createBootstrap({ accounts: [account] }, { clock: { now: () => new Date() } });
 * parseBootstrap(bytes).accounts[0]?.perm // → ['*']
 */
export function createBootstrap(
  description: BootstrapDescription,
  options: { readonly clock: { now(): Date } },
): CreatedBootstrap {
  const now = options.clock.now();
  const findings: Finding[] = [];
  const labels = new Labels(description);
  const accounts = (description.accounts ?? []).map((account, index) => {
    const where = `accounts[${index}]`;
    return accountToMo(
      describeAccount(account, where, now, findings),
      labels.next('dms', account.miid, where),
    );
  });
  const objects = (description.objects ?? []).map((object, index) =>
    describeObject(object, labels.next(labelOf(object), object.miid, `objects[${index}]`)),
  );
  const document = { objects: [...accounts, ...objects] };
  const bytes = encodeDmmo(document.objects);
  const parsed = parseBootstrap(bytes, { now });
  const older = parsed.findings.find(({ code }) => STRICT.includes(code));
  if (older !== undefined) throw errorOf(older);
  return { document, bytes, accounts: parsed.accounts, findings: [...findings, ...parsed.findings] };
}

/** What a reader tolerates and a writer does not do. */
const STRICT: readonly string[] = ['MO_ALIAS', 'MO_NAME', 'MO_FORMAT_TEXT', 'DMMO_CLIENT_URI'];

function describeAccount(
  account: AccountDescription,
  where: string,
  now: Date,
  findings: Finding[],
): DmAccount {
  const { srvId, srvUri, name, miid, push, ext } = account;
  const auth = describeAuth(account, where, now, findings);
  const gcm = push?.gcm;
  return {
    ...(miid === undefined ? {} : { miid }),
    srvId,
    srvUri,
    name,
    perm: account.perm ?? ['*'],
    ...(Object.keys(auth).length === 0 ? {} : { auth }),
    ...(push === undefined
      ? {}
      : {
          push: {
            ...(gcm === undefined ? {} : { gcm: { ...gcm, regParams: gcm.regParams ?? '' } }),
            ...(push.ext === undefined ? {} : { ext: push.ext }),
          },
        }),
    ...(ext === undefined ? {} : { ext }),
  };
}

function describeAuth(
  { bootstrap, noti, trsp }: AccountDescription,
  where: string,
  now: Date,
  findings: Finding[],
): NonNullable<DmAccount['auth']> {
  const material = (name: 'bootstrap' | 'trsp', security: NonNullable<AccountDescription['trsp']>) =>
    keyMaterial(security, { where: `${where}.${name}`, now, findings });
  const transport = trsp === undefined ? undefined : material('trsp', trsp);
  return {
    ...(bootstrap === undefined
      ? {}
      : { bootstrap: { serverUri: bootstrap.serverUri, ...material('bootstrap', bootstrap) } }),
    ...(noti === undefined
      ? {}
      : { noti: { type: 0 as const, data: noti.data ?? new Uint8Array(), secret: noti.secret } }),
    ...(transport === undefined
      ? {}
      : { trsp: { data: transport.clientPubKey, secret: transport.clientSecretKey } }),
  };
}

function describeObject({ moid, miid, ddf, data }: ObjectDescription, label: string): SerializedMo {
  return {
    ...(ddf === undefined ? {} : { ddf }),
    clientUri: formatInstanceUri(moid, miid),
    moData: { [label]: data },
  };
}

function labelOf({ moid }: ObjectDescription): string {
  return findDefinition(moid)?.definition.name ?? 'mo';
}

/**
 * Names of root nodes: the MIID where one is given. Otherwise a client may take the label as its MIID (the
 * DCMO example of Appendix I.2 shows that), so each is different.
 */
class Labels {
  private readonly taken: Set<string>;
  constructor({ accounts = [], objects = [] }: BootstrapDescription) {
    this.taken = new Set([...accounts, ...objects].flatMap(({ miid }) => (miid === undefined ? [] : [miid])));
  }

  next(prefix: string, miid: string | undefined, where: string): string {
    if (miid !== undefined) {
      if (isNodeName(miid)) return miid;
      const message = `${where}.miid: a MIID has letters, digits and -._~ only`;
      throw new DataError('DATA_DESCRIPTION', message, { details: { where: `${where}.miid` } });
    }
    let label = prefix === 'dms' ? 'dms1' : prefix;
    for (let number = 2; this.taken.has(label); number++) label = `${prefix}${number}`;
    this.taken.add(label);
    return label;
  }
}
