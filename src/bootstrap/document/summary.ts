/** A bootstrap in words. Never a secret. */
import { decodeUtf8, toHex } from '../../bytes/index.js';
import {
  type BootstrapCredentials,
  type DmAccount,
  isAccount,
  isJsonObject,
  type JsonValue,
} from '../../mo/index.js';
import { parseCertificate } from './certificate.js';
import type { BootstrapDocument } from './document.js';
import { dateText } from './redact.js';
import { judgeBootstrap } from './rules.js';
import { withoutPassword } from './uri.js';

/**
 * Lines for people: each account with its server and how it is secured, then the other MOs.
 *
 * @example
 * const document = { objects: [{ clientUri: 'urn:example:mo//', moData: { a: { b: 1 } } }] };
 * summarizeBootstrap(document) // → ['urn:example:mo//: 1 value']
 */
export function summarizeBootstrap(document: BootstrapDocument): string[] {
  const { accounts } = judgeBootstrap(document.objects);
  const usable = accounts.flatMap(({ account }) => accountLines(account));
  const unusable = document.objects.filter(isAccount).length - accounts.length;
  const others = document.objects
    .filter((object) => !isAccount(object))
    .map(({ clientUri, moData }) => plain(`${clientUri}: ${count(leaves(moData), 'value')}`));
  return [
    ...usable,
    ...(unusable === 0 ? [] : [`${count(unusable, 'DM account')} with mistakes, not shown`]),
    ...others,
  ];
}

function accountLines(account: DmAccount): string[] {
  const { miid, srvId, srvUri, name, perm, auth, push } = account;
  const rows: [string, string | undefined][] = [
    ['server', `${srvId} (${name})`],
    ['connects to', withoutPassword(srvUri)],
    ['may manage', perm.includes('*') ? 'every kind of MO' : perm.join(', ')],
    ['bootstrap', auth?.bootstrap && bootstrapText(auth.bootstrap)],
    ['notification', auth?.noti && `SHA-256 digest, secret of ${count(auth.noti.secret.length, 'octet')}`],
    ['transport', auth?.trsp && transportText(auth.trsp)],
    [
      'push',
      push?.gcm && `GCM sender ${push.gcm.senderId}, registers at ${withoutPassword(push.gcm.regUri)}`,
    ],
  ];
  const shown = rows.filter((row): row is [string, string] => row[1] !== undefined);
  return [
    `DM account ${plain(srvId)}, ${miid === undefined ? 'instance chosen by the client' : `instance ${miid}`}`,
    ...shown.map(([label, text]) => `  ${label.padEnd(12)} ${plain(text)}`),
  ];
}

function bootstrapText({ serverUri, secMode, clientPubKey, clientSecretKey }: BootstrapCredentials): string {
  const key = `key of ${count(clientSecretKey.length, 'octet')}`;
  return secMode === 'psk'
    ? `${withoutPassword(serverUri)}, PSK identity ${identityText(clientPubKey)}, ${key}`
    : `${withoutPassword(serverUri)}, ${certificateText(clientPubKey)}, private ${key}`;
}

function transportText({ data, secret }: { data: Uint8Array; secret: Uint8Array }): string {
  const length = count(secret.length, 'octet');
  return parseCertificate(data) === undefined
    ? `identity ${identityText(data)}, secret of ${length}`
    : `${certificateText(data)}, private key of ${length}`;
}

function identityText(octets: Uint8Array): string {
  try {
    return `"${decodeUtf8(octets)}"`;
  } catch {
    return toHex(octets);
  }
}

function certificateText(der: Uint8Array): string {
  const certificate = parseCertificate(der);
  if (certificate === undefined) return 'an unreadable certificate';
  const { subject, issuer, notAfter, key, sha256 } = certificate;
  return `certificate of ${subject} (issued by ${issuer}, ${key.name}, until ${dateText(notAfter).slice(0, 10)}, SHA-256 ${sha256})`;
}

function leaves(value: JsonValue): number {
  return isJsonObject(value)
    ? Object.values(value).reduce<number>((total, child) => total + leaves(child), 0)
    : 1;
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}

// Foreign documents must not move the cursor of a terminal.
function plain(text: string): string {
  return text.replace(/\p{C}/gu, '\ufffd');
}
