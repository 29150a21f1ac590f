/** Who a request is from: what TLS proved, else Basic or Digest (DM 2.0 §9.2.1). */
import type { AccountRecord, AuthenticatedIdentity, ServerStore } from '../../dm/index.js';
import {
  authenticate,
  basicAuthenticator,
  digestAuthenticator,
  type HttpAuthenticator,
  type HttpRequest,
  type HttpResponse,
} from '../../net/index.js';

const REALM = 'simboot';

/** The peer, or the answer that asks for credentials. */
export type Identified =
  | { readonly identity: AuthenticatedIdentity; readonly account?: AccountRecord }
  | { readonly challenge: HttpResponse; readonly reason: string };

export type Purpose = 'trsp' | 'bootstrap';

/** Identifies peers against the accounts of a store. */
export class Identifier {
  readonly #store: ServerStore;
  readonly #anonymous: boolean;
  readonly #authenticators: Readonly<Record<Purpose, readonly HttpAuthenticator[]>>;

  constructor(
    store: ServerStore,
    options: { readonly anonymous: boolean; readonly basicWithoutTls: boolean; readonly clock: () => Date },
  ) {
    this.#store = store;
    this.#anonymous = options.anonymous;
    const authenticators = (purpose: Purpose) => {
      const lookup = (user: string) => this.#password(user, purpose);
      return [
        digestAuthenticator({ realm: REALM, lookup, clock: options.clock }),
        basicAuthenticator({ realm: REALM, lookup, withoutTls: options.basicWithoutTls }),
      ];
    };
    this.#authenticators = { trsp: authenticators('trsp'), bootstrap: authenticators('bootstrap') };
  }

  /** @param purpose which credentials of an account count */
  async identify(request: HttpRequest, purpose: Purpose): Promise<Identified> {
    const proved = ofPeer(request);
    if (proved.kind !== 'none') return this.#withAccount(proved, purpose);
    if (request.headers.authorization === undefined && this.#anonymous) return { identity: proved };
    const outcome = await authenticate(request, this.#authenticators[purpose]);
    if (outcome.ok) return this.#withAccount({ kind: 'user', user: outcome.user }, purpose);
    const headers = { 'www-authenticate': outcome.challenges };
    return { challenge: { status: 401, headers }, reason: outcome.reason };
  }

  async #withAccount(identity: AuthenticatedIdentity, purpose: Purpose): Promise<Identified> {
    const account = await this.#store.accountOf(identity, purpose);
    return account === undefined ? { identity } : { identity, account };
  }

  async #password(user: string, purpose: Purpose): Promise<{ password: Uint8Array } | undefined> {
    const account = await this.#store.accountOf({ kind: 'user', user }, purpose);
    const credential = account?.credentials.find(
      (one) => one.kind === 'identity-secret' && one.purpose === purpose && one.identity === user,
    );
    return credential?.kind === 'identity-secret' ? { password: credential.secret } : undefined;
  }
}

function ofPeer({ peer: { identity } }: HttpRequest): AuthenticatedIdentity {
  if (identity.kind === 'x509') return { kind: 'x509', fingerprint256: identity.fingerprint256 };
  return identity;
}
