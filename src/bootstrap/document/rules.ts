/** What a bootstrap must keep beyond the definitions of its MOs (DM 2.0 §8.5, §9.2, §12.2). */
import {
  accountFromMo,
  canonicalMoid,
  type DmAccount,
  type Finding,
  isAccount,
  memberPath,
  parseInstanceUri,
  type SerializedMo,
  validateMo,
} from '../../mo/index.js';
import { credentialFindings } from './credential-rules.js';
import { isQuery, serverUriMistakes } from './uri.js';

/** An account and where it stands in its document. */
interface PlacedAccount {
  readonly account: DmAccount;
  /** JSON path of the root node: `$[0].MOData.dms1`. */
  readonly path: string;
}

export interface Judgement {
  readonly findings: readonly Finding[];
  /** Those that can be used; an account with a mistake in its structure is left out. */
  readonly accounts: readonly PlacedAccount[];
}

/** Every finding on the MOs of a bootstrap. Certificate dates are checked where the time is given. */
export function judgeBootstrap(objects: readonly SerializedMo[], now?: Date): Judgement {
  const findings: Finding[] = [];
  const accounts: PlacedAccount[] = [];
  objects.forEach((object, index) => {
    const path = `$[${index}]`;
    const own = validateMo(object, path);
    findings.push(...own);
    if (own.some(({ severity }) => severity === 'error')) return;
    if (parseInstanceUri(object.clientUri).path.length > 0) {
      const message = 'a bootstrap adds or replaces whole MOs (DM 2.0 §8.5); this addresses a node';
      findings.push({
        severity: 'warning',
        code: 'BOOTSTRAP_NODE',
        where: `${path}.ClientURI`,
        message,
      });
    } else if (isAccount(object)) {
      const placed = placeAccount(object, path, findings);
      if (placed !== undefined) accounts.push(placed);
    }
  });
  for (const placed of accounts) findings.push(...accountFindings(placed, now));
  findings.push(...duplicates(objects, accounts));
  if (!objects.some(isAccount)) {
    const message = 'there is no DM account in the document';
    findings.push({ severity: 'warning', code: 'BOOTSTRAP_NO_ACCOUNT', where: '$', message });
  }
  return { findings, accounts };
}

function placeAccount(object: SerializedMo, path: string, findings: Finding[]): PlacedAccount | undefined {
  const root = memberPath(`${path}.MOData`, Object.keys(object.moData)[0] ?? '');
  try {
    return { account: accountFromMo(object, path), path: root };
  } catch (error) {
    // validateMo found no mistake, so this is SecMode, the one value whose octets the definition leaves open.
    const { message } = error as Error;
    const where = `${root}.Auth.Bootstrap.SecMode`;
    findings.push({ severity: 'error', code: 'BOOTSTRAP_SECMODE', where, message });
    return undefined;
  }
}

function accountFindings({ account, path }: PlacedAccount, now?: Date): Finding[] {
  const findings: Finding[] = [];
  const add = (severity: Finding['severity'], code: string, where: string, message: string) =>
    findings.push({ severity, code, where: `${path}.${where}`, message });
  const uri = (text: string, where: string) => {
    for (const { severity, code, message } of serverUriMistakes(text)) add(severity, code, where, message);
  };
  if (account.srvId === '') add('error', 'BOOTSTRAP_SRVID', 'SrvID', 'the server identifier is empty');
  if (account.name === '') add('warning', 'BOOTSTRAP_NAME', 'Name', 'there is no name to show to the user');
  uri(account.srvUri, 'SrvURI');
  if (account.perm.includes('')) add('error', 'BOOTSTRAP_PERM', 'Perm', 'a MOID is empty');
  if (new Set(account.perm).size < account.perm.length) {
    add('warning', 'BOOTSTRAP_PERM', 'Perm', 'a MOID is given twice');
  }
  const gcm = account.push?.gcm;
  if (gcm !== undefined) {
    uri(gcm.regUri, 'Push.GCM.RegURI');
    uri(gcm.unRegUri, 'Push.GCM.UnRegURI');
    if (!isQuery(gcm.regParams)) {
      const message = 'this is not a URI query component (RFC 3986 §3.4)';
      add('error', 'BOOTSTRAP_URI', 'Push.GCM.RegParams', message);
    }
  }
  return [...findings, ...credentialFindings(account, path, now)];
}

function duplicates(objects: readonly SerializedMo[], accounts: readonly PlacedAccount[]): Finding[] {
  const findings: Finding[] = [];
  const repeated = (key: string, seen: Map<string, string>, where: string, code: string, what: string) => {
    const first = seen.get(key);
    if (first === undefined) seen.set(key, where);
    else {
      const message = `${what} stands at ${first} already`;
      findings.push({ severity: 'error', code, where, message });
    }
  };
  const servers = new Map<string, string>();
  for (const { account, path } of accounts) {
    repeated(
      account.srvId,
      servers,
      `${path}.SrvID`,
      'BOOTSTRAP_DUPLICATE_SRVID',
      'the same server identifier',
    );
  }
  const places = new Map<string, string>();
  objects.forEach(({ clientUri }, index) => {
    const [moid = '', miid = '', ...path] = clientUri.split('/');
    if (miid === '') return;
    const key = [canonicalMoid(moid), miid, ...path.filter((name) => name !== '')].join('/');
    repeated(key, places, `$[${index}].ClientURI`, 'BOOTSTRAP_DUPLICATE_MIID', 'the same MO instance');
  });
  return findings;
}
