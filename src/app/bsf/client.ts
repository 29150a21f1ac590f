/** Asks a BSF, ours or another, for push information (TS 29.309). */
import { encodeUtf8 } from '../../bytes/index.js';
import { DataError, NetworkError } from '../../errors/index.js';
import {
  type PushInfoAnswer,
  type PushInfoRequest,
  pushInfoAnswerFromJson,
  pushInfoRequestToJson,
  ZPN_PATH,
} from '../../gba/index.js';
import { isJsonObject, parseJson } from '../../mo/index.js';
import type { ClientResponse, HttpClient, SendOptions } from '../../net/index.js';

export interface BsfClientOptions {
  /** Root of the interface, such as `https://bsf.example`. */
  readonly apiRoot: string;
  readonly http: HttpClient;
  /** Credentials, trust and limits of the connection. */
  readonly send: SendOptions;
}

/** Gives the push information of one device. */
export type PushInfoSource = (request: PushInfoRequest, signal?: AbortSignal) => Promise<PushInfoAnswer>;

/**
 * A source that asks over HTTP.
 *
 * It throws NetworkError `NETWORK_BSF` with the cause in `details` where the BSF refuses, DataError `DATA_ZPN` for an
 * answer of no standard, and the other NetworkErrors of the connection.
 */
export function bsfClient({ apiRoot, http, send }: BsfClientOptions): PushInfoSource {
  const url = apiRoot.replace(/\/+$/, '') + ZPN_PATH;
  return async (request, signal) => {
    const response = await http.send(
      {
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json', accept: 'application/json, application/problem+json' },
        body: encodeUtf8(JSON.stringify(pushInfoRequestToJson(request))),
        ...(signal === undefined ? {} : { signal }),
      },
      send,
    );
    if (response.status !== 200) throw refusal(response);
    return pushInfoAnswerFromJson(parseJson(response.body));
  };
}

function refusal({ status, body }: ClientResponse): NetworkError {
  const cause = causeOf(body) ?? `HTTP ${status}`;
  return new NetworkError('NETWORK_BSF', `the BSF gives no push information: ${cause} (HTTP ${status})`, {
    details: { status, cause },
  });
}

/** `cause` of problem details (RFC 9457, TS 29.500). */
function causeOf(body: Uint8Array): string | undefined {
  try {
    const problem = parseJson(body);
    const cause = isJsonObject(problem) && Object.hasOwn(problem, 'cause') ? problem.cause : undefined;
    return typeof cause === 'string' && /^[A-Z0-9_]{1,64}$/.test(cause) ? cause : undefined;
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}
