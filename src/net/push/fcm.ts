/**
 * Firebase Cloud Messaging, HTTP v1: the successor of the service that DM 2.0 E.2 describes (docs/decisions/fcm.md).
 * One request sends one notification to one device; its data has the key SMS (E.2.4).
 */
import { encodeUtf8 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import type { ClientResponse } from '../http/index.js';
import {
  type HttpSender,
  jsonMembers,
  type ServiceAccount,
  type TokenRefused,
  TokenSource,
} from './fcm-token.js';

const ENDPOINT = 'https://fcm.googleapis.com';
/** FCM takes data of 4096 octets. */
const MAX_NOTIFICATION = 3000;

export interface FcmOptions {
  readonly projectId: string;
  /** Base address of the service; that of Google unless told. */
  readonly endpoint?: string;
  /** A service account, or what gives an access token that somebody else renews. */
  readonly authorization: { readonly account: ServiceAccount } | { readonly token: () => Promise<string> };
  readonly http: HttpSender;
  readonly clock: () => Date;
}

/** What became of one notification. */
export type FcmResult =
  /** FCM took it; `name` identifies the message there. */
  | { readonly outcome: 'sent'; readonly name: string }
  /** The RegId is gone for good: forget it. */
  | { readonly outcome: 'unregistered' }
  /** Try again, not before `retryAfterSeconds` where the service names them. */
  | { readonly outcome: 'quota' | 'unavailable'; readonly retryAfterSeconds?: number }
  /** The access token or the service account is not accepted. */
  | { readonly outcome: 'unauthorized'; readonly reason: string }
  /** Trying again will not help. */
  | { readonly outcome: 'refused'; readonly status: number; readonly reason: string };

/** Sends DM notifications through Firebase Cloud Messaging. */
export class FcmSender {
  readonly #options: FcmOptions;
  readonly #source: TokenSource | undefined;

  /** @throws DataError `DATA_SERVICE_ACCOUNT` */
  constructor(options: FcmOptions) {
    const { authorization, http, clock } = options;
    this.#options = options;
    this.#source =
      'account' in authorization ? new TokenSource(authorization.account, http, clock) : undefined;
  }

  /**
   * Sends one notification. A token that the service does not take is renewed once.
   *
   * @param regId the identifier that the device registered (E.2.3)
   * @throws NetworkError what the HTTP sender throws
   * @throws DataError `DATA_PUSH` for a notification of more than 3000 octets
   */
  async send(regId: string, notification: Uint8Array, signal?: AbortSignal): Promise<FcmResult> {
    if (notification.length > MAX_NOTIFICATION) {
      throw new DataError('DATA_PUSH', `${notification.length} octets are more than ${MAX_NOTIFICATION}`);
    }
    for (let attempt = 1; ; attempt++) {
      const token = await this.#token(signal);
      if (typeof token !== 'string') return unauthorized(token);
      const answer = await this.#post(regId, notification, token, signal);
      if (answer.status !== 401) return resultOf(answer);
      this.#source?.drop(token);
      if (attempt === 2 || this.#source === undefined)
        return { outcome: 'unauthorized', reason: errorOf(answer) };
    }
  }

  async #token(signal: AbortSignal | undefined): Promise<string | TokenRefused> {
    const { authorization } = this.#options;
    return 'token' in authorization ? authorization.token() : this.#source!.token(signal);
  }

  #post(
    regId: string,
    notification: Uint8Array,
    token: string,
    signal?: AbortSignal,
  ): Promise<ClientResponse> {
    const { endpoint = ENDPOINT, projectId, http } = this.#options;
    return http({
      method: 'POST',
      url: `${endpoint.replace(/\/$/, '')}/v1/projects/${encodeURIComponent(projectId)}/messages:send`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=UTF-8' },
      body: encodeFcmMessage(regId, notification),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

/**
 * The body of the request: the RegId as token, the notification in base64 under the key SMS (E.2.4).
 *
 * @example decodeUtf8(encodeFcmMessage('r1', fromHex('20806000'))) // → '{"message":{"token":"r1","data":{"SMS":"IIBgAA=="}}}'
 */
export function encodeFcmMessage(regId: string, notification: Uint8Array): Uint8Array {
  const data = { SMS: Buffer.from(notification).toString('base64') };
  return encodeUtf8(JSON.stringify({ message: { token: regId, data } }));
}

/**
 * The notification in the data of a push message, as the device gets it.
 *
 * @throws DataError `DATA_PUSH` without the key SMS, or with something else than base64 in it
 * @example toHex(notificationOfFcm({ SMS: 'IIBgAA==' })) // → '20806000'
 */
export function notificationOfFcm(data: Readonly<Record<string, unknown>>): Uint8Array {
  const text = Object.hasOwn(data, 'SMS') ? data.SMS : undefined;
  if (typeof text !== 'string')
    throw new DataError('DATA_PUSH', 'the push message has no text under the key SMS');
  if (text.length > MAX_NOTIFICATION * 2) throw new DataError('DATA_PUSH', 'the push message is too long');
  const octets = Uint8Array.from(Buffer.from(text, 'base64'));
  if (Buffer.from(octets).toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
    throw new DataError('DATA_PUSH', 'the value of SMS is not base64');
  }
  return octets;
}

function resultOf(answer: ClientResponse): FcmResult {
  const { status } = answer;
  if (status === 200) return { outcome: 'sent', name: String(jsonMembers(answer.body).name ?? '') };
  const reason = errorOf(answer);
  if (reason === 'UNREGISTERED') return { outcome: 'unregistered' };
  const seconds = Number.parseInt(answer.headers['retry-after'] ?? '', 10);
  const retry = Number.isNaN(seconds) ? {} : { retryAfterSeconds: seconds };
  if (status === 429) return { outcome: 'quota', ...retry };
  if (status >= 500) return { outcome: 'unavailable', ...retry };
  return { outcome: 'refused', status, reason };
}

function unauthorized({ status, reason }: TokenRefused): FcmResult {
  if (status === 429) return { outcome: 'quota' };
  if (status >= 500) return { outcome: 'unavailable' };
  return { outcome: 'unauthorized', reason };
}

/** The most precise code that an answer of FCM has: `errorCode` of its details, else `status`. */
function errorOf(answer: ClientResponse): string {
  const { error } = jsonMembers(answer.body) as { error?: { status?: unknown; details?: unknown } };
  const details = Array.isArray(error?.details) ? (error.details as unknown[]) : [];
  for (const detail of details) {
    const code = (detail as { errorCode?: unknown } | null)?.errorCode;
    if (typeof code === 'string') return code;
  }
  return typeof error?.status === 'string' ? error.status : `HTTP ${answer.status}`;
}
