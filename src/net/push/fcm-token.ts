/** Access tokens of Google for a service account: a signed assertion is exchanged for a token (RFC 7523 §2.1, RFC 7515). */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { encodeUtf8 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import type { ClientRequest, ClientResponse } from '../http/index.js';

/** Sends a request and gives its whole answer: `HttpClient.send`, or a stand-in. */
export type HttpSender = (request: ClientRequest) => Promise<ClientResponse>;

/** The members of a service account's JSON file that are used. `private_key` is secret. */
export interface ServiceAccount {
  readonly client_email: string;
  /** PEM of an RSA key. */
  readonly private_key: string;
  readonly private_key_id?: string;
  /** Where assertions are exchanged; that of Google unless told. */
  readonly token_uri?: string;
}

const TOKEN_URI = 'https://oauth2.googleapis.com/token';
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const LIFETIME_SECONDS = 3600;
/** A token is renewed so long before its end. */
const MARGIN_SECONDS = 60;

/** Why there is no token. Never with the token or the key. */
export interface TokenRefused {
  readonly outcome: 'refused';
  readonly status: number;
  /** `error` of the answer (RFC 6749 §5.2), where it has one. */
  readonly reason: string;
}

/** Gives the current access token; requests that come together wait for the same one. */
export class TokenSource {
  readonly #account: ServiceAccount;
  readonly #key: KeyObject;
  readonly #http: HttpSender;
  readonly #clock: () => Date;
  #token: { readonly value: string; readonly until: number } | undefined;
  #waiting: Promise<string | TokenRefused> | undefined;

  /** @throws DataError `DATA_SERVICE_ACCOUNT` */
  constructor(account: ServiceAccount, http: HttpSender, clock: () => Date) {
    this.#account = account;
    this.#key = rsaKey(account);
    this.#http = http;
    this.#clock = clock;
  }

  /** @param signal of the request that a new token is fetched for */
  async token(signal?: AbortSignal): Promise<string | TokenRefused> {
    if (this.#token !== undefined && this.#seconds() < this.#token.until) return this.#token.value;
    this.#waiting ??= this.#fetch(signal).finally(() => {
      this.#waiting = undefined;
    });
    return this.#waiting;
  }

  /** Forgets a token that the service did not take. */
  drop(token: string): void {
    if (this.#token?.value === token) this.#token = undefined;
  }

  async #fetch(signal: AbortSignal | undefined): Promise<string | TokenRefused> {
    const url = this.#account.token_uri ?? TOKEN_URI;
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: this.#assertion(url),
    });
    const answer = await this.#http({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: encodeUtf8(form.toString()),
      ...(signal === undefined ? {} : { signal }),
    });
    const { access_token: value, expires_in: life, error } = jsonMembers(answer.body);
    if (answer.status !== 200 || typeof value !== 'string') {
      return {
        outcome: 'refused',
        status: answer.status,
        reason: typeof error === 'string' ? error : 'no token',
      };
    }
    const seconds = typeof life === 'number' ? life : LIFETIME_SECONDS;
    this.#token = { value, until: this.#seconds() + seconds - MARGIN_SECONDS };
    return value;
  }

  #assertion(audience: string): string {
    const issued = this.#seconds();
    const { client_email, private_key_id: kid } = this.#account;
    const header = { alg: 'RS256', typ: 'JWT', ...(kid === undefined ? {} : { kid }) };
    const claims = {
      iss: client_email,
      scope: SCOPE,
      aud: audience,
      iat: issued,
      exp: issued + LIFETIME_SECONDS,
    };
    const signed = `${base64url(header)}.${base64url(claims)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), this.#key).toString('base64url')}`;
  }

  #seconds(): number {
    return Math.floor(this.#clock().getTime() / 1000);
  }
}

function rsaKey(account: ServiceAccount): KeyObject {
  if (typeof account.client_email !== 'string' || typeof account.private_key !== 'string') {
    throw new DataError('DATA_SERVICE_ACCOUNT', 'client_email or private_key is missing');
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(account.private_key);
  } catch {
    // The cause is left out: OpenSSL may quote the input.
    throw new DataError('DATA_SERVICE_ACCOUNT', 'private_key is not a private key in PEM');
  }
  if (key.asymmetricKeyType !== 'rsa') {
    throw new DataError('DATA_SERVICE_ACCOUNT', 'private_key is not an RSA key');
  }
  return key;
}

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The members of a JSON object; none where the text is something else. */
export function jsonMembers(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
