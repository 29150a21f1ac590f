/** A DM account as a program uses it, to and from its MO (DM 2.0 §12.2). */

import { decodeBase64, encodeBase64 } from '../bytes/index.js';
import { DataError } from '../errors/index.js';
import { canonicalTree } from './canonical.js';
import { DMACC } from './definitions/dmacc.js';
import { formatInstanceUri, parseInstanceUri } from './instance-uri.js';
import { isJsonObject, type JsonObject, type JsonValue } from './json.js';
import { canonicalMoid } from './registry.js';
import type { SerializedMo } from './serialization.js';
import { validateMo } from './validate.js';

export type SecMode = 'psk' | 'x509';

/** Auth/Bootstrap: how client and bootstrap server know each other (§12.2.1). */
export interface BootstrapCredentials {
  readonly serverUri: string;
  readonly secMode: SecMode;
  /** PSK identity in UTF-8, or the client's certificate in DER. */
  readonly clientPubKey: Uint8Array;
  /** PSK identity in UTF-8, or the server's certificate in DER. */
  readonly serverPubKey: Uint8Array;
  /** Pre-shared key, or the client's private key as PKCS#8 in DER. */
  readonly clientSecretKey: Uint8Array;
}

export interface DmAccount {
  /** Absent where the client chooses the MIID. */
  readonly miid?: string;
  readonly srvId: string;
  readonly srvUri: string;
  readonly name: string;
  /** MOIDs the server asks to manage; `*` for all. At least one. */
  readonly perm: readonly string[];
  readonly auth?: {
    readonly bootstrap?: BootstrapCredentials;
    /** Type 0 is SHA-256. */
    readonly noti?: { readonly type: 0; readonly data: Uint8Array; readonly secret: Uint8Array };
    /** Certificate and private key, or identity and secret (docs/decisions/transport-credentials.md). */
    readonly trsp?: { readonly data: Uint8Array; readonly secret: Uint8Array };
  };
  readonly push?: {
    readonly gcm?: {
      readonly senderId: string;
      readonly regUri: string;
      readonly unRegUri: string;
      readonly regParams: string;
      readonly ext?: JsonObject;
    };
    readonly ext?: JsonObject;
  };
  readonly ext?: JsonObject;
}

/** SecMode as one octet (docs/decisions/secmode-octet.md). */
export const SEC_MODES: readonly { readonly octet: number; readonly mode: SecMode }[] = [
  { octet: 0x00, mode: 'psk' },
  { octet: 0x01, mode: 'x509' },
];

/** Whether a serialized MO is a DM account as a whole (not a node inside one). */
export function isAccount(object: SerializedMo): boolean {
  const [moid = '', , ...path] = object.clientUri.split('/');
  return canonicalMoid(moid) === DMACC.moid && path.every((name) => name === '');
}

/**
 * The account in a serialized DMAcc.
 *
 * @param path JSON path of the array element, for errors
 * @throws DataError `DATA_MO` with the JSON path of the first mistake
 * @example accountFromMo({ clientUri: `${DMACC.moid}//`, moData: { dms1: {} } }) // throws DATA_MO
 */
export function accountFromMo(object: SerializedMo, path = '$'): DmAccount {
  const mistake = validateMo(object, path).find(({ severity }) => severity === 'error');
  if (mistake !== undefined) refuse(mistake.where, mistake.message);
  if (!isAccount(object)) refuse(`${path}.ClientURI`, 'this is not a whole DM account');
  const [label, raw] = Object.entries(object.moData)[0]!;
  const tree = canonicalTree(DMACC.root, raw) as JsonObject;
  const { miid } = parseInstanceUri(object.clientUri);
  const auth = child(tree, 'Auth');
  const push = child(tree, 'Push');
  const ext = child(tree, 'Ext');
  return {
    ...(miid === undefined ? {} : { miid }),
    srvId: text(tree, 'SrvID'),
    srvUri: text(tree, 'SrvURI'),
    name: text(tree, 'Name'),
    perm: Object.values(child(tree, 'Perm') ?? {}).map((group) => text(group as JsonObject, 'MOID')),
    ...(auth === undefined ? {} : { auth: readAuth(auth, `${path}.MOData.${label}.Auth`) }),
    ...(push === undefined ? {} : { push: readPush(push) }),
    ...(ext === undefined ? {} : { ext }),
  };
}

function readAuth(auth: JsonObject, path: string): NonNullable<DmAccount['auth']> {
  const bootstrap = child(auth, 'Bootstrap');
  const noti = child(auth, 'Noti');
  const trsp = child(auth, 'Trsp');
  return {
    ...(bootstrap === undefined ? {} : { bootstrap: readBootstrap(bootstrap, `${path}.Bootstrap`) }),
    ...(noti === undefined
      ? {}
      : { noti: { type: 0 as const, data: binary(noti, 'Data'), secret: binary(noti, 'Secret') } }),
    ...(trsp === undefined ? {} : { trsp: { data: binary(trsp, 'Data'), secret: binary(trsp, 'Secret') } }),
  };
}

function readBootstrap(node: JsonObject, path: string): BootstrapCredentials {
  const octets = binary(node, 'SecMode');
  const known = SEC_MODES.find(({ octet }) => octets.length === 1 && octets[0] === octet);
  if (known === undefined) refuse(`${path}.SecMode`, 'SecMode is one octet: 00 for PSK, 01 for X.509');
  return {
    serverUri: text(node, 'ServerURI'),
    secMode: known.mode,
    clientPubKey: binary(node, 'ClientPubKey'),
    serverPubKey: binary(node, 'ServerPubKey'),
    clientSecretKey: binary(node, 'ClientSecretKey'),
  };
}

function readPush(push: JsonObject): NonNullable<DmAccount['push']> {
  const gcm = child(push, 'GCM');
  const ext = child(push, 'Ext');
  const gcmExt = gcm === undefined ? undefined : child(gcm, 'Ext');
  return {
    ...(gcm === undefined
      ? {}
      : {
          gcm: {
            senderId: text(gcm, 'SenderID'),
            regUri: text(gcm, 'RegURI'),
            unRegUri: text(gcm, 'UnRegURI'),
            regParams: text(gcm, 'RegParams'),
            ...(gcmExt === undefined ? {} : { ext: gcmExt }),
          },
        }),
    ...(ext === undefined ? {} : { ext }),
  };
}

function child(node: JsonObject, name: string): JsonObject | undefined {
  const value = Object.hasOwn(node, name) ? node[name] : undefined;
  return isJsonObject(value) ? value : undefined;
}

// validateMo has checked presence and format of these.
function text(node: JsonObject, name: string): string {
  return node[name] as string;
}

function binary(node: JsonObject, name: string): Uint8Array {
  return decodeBase64(text(node, name))!;
}

function refuse(path: string, message: string): never {
  throw new DataError('DATA_MO', `${message} (${path})`, { details: { path } });
}

/**
 * The DMAcc of an account, nodes in the order of §12.2.
 *
 * @param label name of the root node: the MIID, or a proposal where the client chooses it
 * @example
 * const account = { srvId: 'dm.example.com', srvUri: 'https://dm.example.com/dm', name: 'Example', perm: ['*'] };
 * accountFromMo(accountToMo(account, 'dms1')) // → account
 */
export function accountToMo(account: DmAccount, label: string): SerializedMo {
  const perm = account.perm.map((moid, index) => [String(index + 1), { MOID: moid }]);
  const root = {
    SrvID: account.srvId,
    SrvURI: account.srvUri,
    Name: account.name,
    Perm: Object.fromEntries(perm) as JsonObject,
    ...(account.auth === undefined ? {} : { Auth: authNode(account.auth) }),
    ...(account.push === undefined ? {} : { Push: pushNode(account.push) }),
    ...(account.ext === undefined ? {} : { Ext: account.ext }),
  };
  return { clientUri: formatInstanceUri(DMACC.moid, account.miid), moData: { [label]: root } };
}

function authNode({ bootstrap, noti, trsp }: NonNullable<DmAccount['auth']>): JsonObject {
  return {
    ...(bootstrap === undefined
      ? {}
      : {
          Bootstrap: {
            ServerURI: bootstrap.serverUri,
            SecMode: secModeOctet(bootstrap.secMode),
            ClientPubKey: encodeBase64(bootstrap.clientPubKey),
            ServerPubKey: encodeBase64(bootstrap.serverPubKey),
            ClientSecretKey: encodeBase64(bootstrap.clientSecretKey),
          },
        }),
    ...(noti === undefined
      ? {}
      : {
          Noti: { Type: noti.type, Data: encodeBase64(noti.data), Secret: encodeBase64(noti.secret) },
        }),
    ...(trsp === undefined
      ? {}
      : { Trsp: { Data: encodeBase64(trsp.data), Secret: encodeBase64(trsp.secret) } }),
  };
}

function secModeOctet(mode: SecMode): JsonValue {
  return encodeBase64(Uint8Array.of(SEC_MODES.find((each) => each.mode === mode)!.octet));
}

function pushNode({ gcm, ext }: NonNullable<DmAccount['push']>): JsonObject {
  return {
    ...(gcm === undefined
      ? {}
      : {
          GCM: {
            SenderID: gcm.senderId,
            RegURI: gcm.regUri,
            UnRegURI: gcm.unRegUri,
            RegParams: gcm.regParams,
            ...(gcm.ext === undefined ? {} : { Ext: gcm.ext }),
          },
        }),
    ...(ext === undefined ? {} : { Ext: ext }),
  };
}
