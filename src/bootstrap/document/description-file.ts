/** From a description file to a description with its secrets and certificates in it. */
import { decodeUtf8, fromHex } from '../../bytes/index.js';
import { DataError, type SimbootError } from '../../errors/index.js';
import { decodeBase64 } from '../../mo/index.js';
import type {
  AccountDescription,
  BootstrapDescription,
  PskDescription,
  SecurityDescription,
  X509Description,
} from './description.js';
import type { DescriptionText, SecretText } from './description-schema.js';
import { parseDescription } from './description-text.js';

/** How a description's references are followed. */
export interface ReferenceReader {
  /** Octets behind `@file`, `env:NAME`, `fd:N` or `-`, as they are there. `where` names the entry. */
  secret(source: string, where: string): Promise<Uint8Array>;
  /** Octets of a file that is no secret. */
  file(name: string, where: string): Promise<Uint8Array>;
}

type AccountText = NonNullable<DescriptionText['accounts']>[number];
type BootstrapText = NonNullable<AccountText['bootstrap']>;

/**
 * The description in a YAML or JSON file.
 *
 * @throws DataError `DATA_UTF8`, `DATA_LIMIT`, `DATA_DESCRIPTION`, `DATA_DESCRIPTION_CONTRADICTION` with entry,
 * line and column; what `reader` throws
 * @example
 * const yaml = 'accounts: [{ srvId: dm.example.com, srvUri: https://dm.example.com/dm, name: Example }]';
 * const reader = { secret: async () => fromHex('00'), file: async () => fromHex('00') };
 * (await readDescription(encodeUtf8(yaml), reader)).accounts?.[0]?.srvId // → 'dm.example.com'
 */
export async function readDescription(
  bytes: Uint8Array,
  reader: ReferenceReader,
): Promise<BootstrapDescription> {
  const { text, place } = parseDescription(bytes);
  const accounts: AccountDescription[] = [];
  // One after another: a secret may have to be typed.
  for (const [index, account] of (text.accounts ?? []).entries()) {
    accounts.push(await resolveAccount(account, new Resolver(reader, ['accounts', index], place)));
  }
  const objects = (text.objects ?? []).map(withoutUndefined);
  return { accounts, objects } as BootstrapDescription;
}

async function resolveAccount(account: AccountText, at: Resolver): Promise<AccountDescription> {
  const { bootstrap, noti, trsp, ...plain } = account;
  return withoutUndefined({
    ...plain,
    bootstrap: bootstrap && {
      serverUri: bootstrap.serverUri,
      ...(await at.below('bootstrap').security(bootstrap)),
    },
    noti: noti && (await at.below('noti').noti(noti)),
    trsp: trsp && (await at.below('trsp').security(trsp)),
  }) as AccountDescription;
}

class Resolver {
  constructor(
    private readonly reader: ReferenceReader,
    private readonly path: readonly PropertyKey[],
    private readonly place: (path: readonly PropertyKey[]) => string,
  ) {}

  below(name: string): Resolver {
    return new Resolver(this.reader, [...this.path, name], this.place);
  }

  async security({ psk, x509 }: Pick<BootstrapText, 'psk' | 'x509'>): Promise<SecurityDescription> {
    return withoutUndefined({
      psk: psk && (await this.below('psk').psk(psk)),
      x509: x509 && (await this.below('x509').x509(x509)),
    }) as SecurityDescription;
  }

  async noti({ secret, data }: NonNullable<AccountText['noti']>): Promise<AccountDescription['noti']> {
    return withoutUndefined({
      secret: await this.below('secret').secret(secret),
      data: data && (await this.below('data').secret(data)),
    }) as AccountDescription['noti'];
  }

  private async psk(psk: NonNullable<BootstrapText['psk']>): Promise<PskDescription> {
    const { identity, serverIdentity } = psk;
    const key = await this.below('key').secret(psk.key);
    return withoutUndefined({ identity, key, serverIdentity }) as PskDescription;
  }

  private async x509(x509: NonNullable<BootstrapText['x509']>): Promise<X509Description> {
    const { serverCertificate } = x509;
    return withoutUndefined({
      certificate: await this.reader.file(x509.certificate, this.below('certificate').where()),
      privateKey: await this.reader.secret(x509.privateKey, this.below('privateKey').where()),
      serverCertificate:
        serverCertificate &&
        (await this.reader.file(serverCertificate, this.below('serverCertificate').where())),
    }) as X509Description;
  }

  private async secret(reference: SecretText): Promise<Uint8Array> {
    if (typeof reference !== 'string' && 'hex' in reference) return this.decoded(reference.hex, 'hex');
    const [source, encoding] =
      typeof reference === 'string' ? [reference, 'hex' as const] : [reference.from, reference.as];
    const octets = await this.reader.secret(source, this.where());
    if (encoding === 'raw') return octets;
    return this.decoded(this.guarded(() => decodeUtf8(octets)).replace(/\r?\n$/, ''), encoding);
  }

  private decoded(text: string, encoding: 'hex' | 'base64' | 'text'): Uint8Array {
    if (encoding === 'text') return new TextEncoder().encode(text);
    if (encoding === 'hex') return this.guarded(() => fromHex(text));
    const octets = decodeBase64(text.replace(/\s/g, ''));
    if (octets === undefined) throw this.failure('the secret is not base64');
    return octets;
  }

  private guarded<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw this.failure(`the secret cannot be read: ${(error as SimbootError).message}`);
    }
  }

  private failure(message: string): DataError {
    return new DataError('DATA_DESCRIPTION', `${this.where()}: ${message}`, {
      details: { where: this.where() },
    });
  }

  private where(): string {
    const names = this.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
    return `${names.join('').slice(1)} (${this.place(this.path)})`;
  }
}

function withoutUndefined(entries: object): object {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}
