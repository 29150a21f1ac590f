/** From the description in a job, its fields filled in, to the octets that a bootstrap document is made from. */
import type {
  AccountDescription,
  BootstrapDescription,
  ObjectDescription,
  PskDescription,
  SecurityDescription,
  X509Description,
} from '../../bootstrap/index.js';
import { decodeBase64, decodeUtf8, encodeUtf8, fromHex } from '../../bytes/index.js';
import { DataError, SimbootError } from '../../errors/index.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../mo/index.js';

export type DescriptionFiles = Readonly<Record<string, Uint8Array>>;

/**
 * @param files octets by the name that stands in the description, without `@`
 * @throws DataError `DATA_DESCRIPTION` for a secret that cannot be read, or a file that is not there
 */
export function readDescriptionValue(value: JsonValue, files: DescriptionFiles): BootstrapDescription {
  const { accounts = [], objects = [] } = objectAt(value, '') as {
    accounts?: JsonValue[];
    objects?: JsonValue[];
  };
  return {
    accounts: accounts.map((account, index) => accountOf(account, `accounts[${index}]`, files)),
    // The schema of the description was applied when the job was read.
    objects: objects as unknown as ObjectDescription[],
  };
}

function accountOf(value: JsonValue, where: string, files: DescriptionFiles): AccountDescription {
  const { bootstrap, noti, trsp, ...plain } = objectAt(value, where);
  return {
    ...(plain as unknown as AccountDescription),
    ...(bootstrap === undefined
      ? {}
      : {
          bootstrap: {
            serverUri: objectAt(bootstrap, where).serverUri as string,
            ...securityOf(bootstrap, `${where}.bootstrap`, files),
          },
        }),
    ...(noti === undefined ? {} : { noti: notiOf(noti, `${where}.noti`, files) }),
    ...(trsp === undefined ? {} : { trsp: securityOf(trsp, `${where}.trsp`, files) }),
  };
}

function securityOf(value: JsonValue, where: string, files: DescriptionFiles): SecurityDescription {
  const { psk, x509 } = objectAt(value, where);
  return {
    ...(psk === undefined ? {} : { psk: pskOf(psk, `${where}.psk`, files) }),
    ...(x509 === undefined ? {} : { x509: x509Of(x509, `${where}.x509`, files) }),
  };
}

function pskOf(value: JsonValue, where: string, files: DescriptionFiles): PskDescription {
  const { key, ...plain } = objectAt(value, where);
  return { ...(plain as unknown as PskDescription), key: secretOf(key, `${where}.key`, files) };
}

function x509Of(value: JsonValue, where: string, files: DescriptionFiles): X509Description {
  const { certificate, privateKey, serverCertificate } = objectAt(value, where) as Record<string, string>;
  return {
    certificate: fileOf(certificate, `${where}.certificate`, files),
    privateKey: fileOf(privateKey, `${where}.privateKey`, files),
    ...(serverCertificate === undefined
      ? {}
      : { serverCertificate: fileOf(serverCertificate, `${where}.serverCertificate`, files) }),
  };
}

function notiOf(
  value: JsonValue,
  where: string,
  files: DescriptionFiles,
): NonNullable<AccountDescription['noti']> {
  const { secret, data } = objectAt(value, where);
  return {
    secret: secretOf(secret, `${where}.secret`, files),
    ...(data === undefined ? {} : { data: secretOf(data, `${where}.data`, files) }),
  };
}

function secretOf(value: JsonValue | undefined, where: string, files: DescriptionFiles): Uint8Array {
  if (typeof value === 'string') return decoded(textOf(fileOf(value, where, files), where), 'hex', where);
  const { hex, from, as } = objectAt(value ?? null, where);
  if (typeof hex === 'string') return decoded(hex, 'hex', where);
  const octets = fileOf(from as string, where, files);
  return as === 'raw' ? octets : decoded(textOf(octets, where), as as string, where);
}

function textOf(octets: Uint8Array, where: string): string {
  return guarded(where, () => decodeUtf8(octets)).replace(/\r?\n$/, '');
}

function decoded(text: string, encoding: string, where: string): Uint8Array {
  if (encoding === 'text') return encodeUtf8(text);
  if (encoding === 'hex') return guarded(where, () => fromHex(text));
  const octets = decodeBase64(text.replace(/\s/g, ''));
  if (octets === undefined) throw failure(where, 'the secret is not base64');
  return octets;
}

function fileOf(source: string | undefined, where: string, files: DescriptionFiles): Uint8Array {
  const octets = source === undefined ? undefined : files[source.replace(/^@/, '')];
  if (octets === undefined) throw failure(where, 'a file that the description names is not there');
  return octets;
}

function objectAt(value: JsonValue, where: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw failure(where, 'entries are required here');
}

function guarded<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    throw failure(where, `the secret cannot be read: ${error.message}`);
  }
}

function failure(where: string, message: string): DataError {
  const text = where === '' ? message : `${where}: ${message}`;
  return new DataError('DATA_DESCRIPTION', text, { details: { where } });
}
