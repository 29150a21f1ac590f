/** Ways of a push to its device: WAP push over UDP and in short messages (DM 2.0 Appendix E.1), and over TLS (§8.4). */
import { protectedContentType } from '../../bootstrap/index.js';
import { NetworkError, UsageError } from '../../errors/index.js';
import {
  encodeSmsSubmit,
  encodeWspMessage,
  type HttpClient,
  PUSH_PORT,
  type SendOptions,
  sendUdpPush,
} from '../../net/index.js';

/** Both parts of one push: push information goes first. */
export interface PushParts {
  readonly pushInfo: Uint8Array;
  readonly message: Uint8Array;
}

/**
 * Sends both parts to an address. That it resolves says that they left, not that they arrived.
 *
 * It throws NetworkError where the way is closed, and DataError `DATA_PUSH` with the numbers for parts that the way does
 * not carry.
 */
export type PushBearer = (address: string, parts: PushParts, signal: AbortSignal) => Promise<void>;

/** Media type of the simulators' push information; that of 3GPP is for its own format (docs/decisions/gba-push-info.md). */
export const PUSH_INFO_MEDIA_TYPE = 'application/x-simboot-gpi';

/** Hands short messages to a service centre: the TPDUs of both parts in their order, one push. */
export type SmsSender = (number: string, tpdus: readonly Uint8Array[], signal: AbortSignal) => Promise<void>;

export interface BearerOptions {
  /** For addresses `sms:NUMBER`. */
  readonly sms?: SmsSender;
  /** For addresses `https://…`: connections, and whom to trust or what to prove there. */
  readonly tls?: { readonly http: HttpClient; readonly send?: Omit<SendOptions, 'policy'> };
  /** Content-Type of the message; `application/octet-stream; SEC=3GPP_GBA` unless told. */
  readonly contentType?: string;
}

export type PushTarget =
  | { readonly bearer: 'udp'; readonly host: string; readonly port: number }
  | { readonly bearer: 'sms'; readonly number: string }
  | { readonly bearer: 'tls'; readonly url: string };

const LONGEST_URL = 2048;

/**
 * Reads `udp:HOST`, `udp:HOST:PORT` (2948 unless told), `sms:NUMBER` or an https URL without user and fragment.
 *
 * @throws UsageError `USAGE_ARGUMENT`
 * @example parsePushTarget('udp:192.0.2.1') // → { bearer: 'udp', host: '192.0.2.1', port: 2948 }
 */
export function parsePushTarget(text: string): PushTarget {
  const [, host, port] = /^udp:(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (host !== undefined && Number(port ?? PUSH_PORT) <= 65535)
    return { bearer: 'udp', host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port ?? PUSH_PORT) };
  const [, number] = /^sms:(\+?\d{1,20})$/.exec(text) ?? [];
  if (number !== undefined) return { bearer: 'sms', number };
  if (isPlainHttpsUrl(text)) return { bearer: 'tls', url: text };
  throw new UsageError(
    'USAGE_ARGUMENT',
    `"${text}" is not udp:HOST, udp:HOST:PORT, sms:NUMBER or https://HOST/PATH`,
  );
}

function isPlainHttpsUrl(text: string): boolean {
  if (!/^https:\/\/[\x21-\x7e]+$/.test(text) || text.length > LONGEST_URL || !URL.canParse(text))
    return false;
  const { username, password, hash } = new URL(text);
  return username === '' && password === '' && hash === '';
}

/** A bearer for all addresses that `parsePushTarget` knows. */
export function pushBearer(options: BearerOptions = {}): PushBearer {
  const contentType = options.contentType ?? protectedContentType();
  const reference = counter();
  return async (text, { pushInfo, message }, signal) => {
    const address = parsePushTarget(text);
    const parts = [
      [PUSH_INFO_MEDIA_TYPE, pushInfo],
      [contentType, message],
    ] as const;
    if (address.bearer === 'tls') {
      for (const [type, body] of parts) await post(address.url, type, body, options.tls, signal);
      return;
    }
    const pushes = parts.map(([type, body], index) => encodeWspMessage(type, body, index + 1));
    if (address.bearer === 'udp') {
      for (const push of pushes) await sendUdpPush(push, { host: address.host, port: address.port, signal });
      return;
    }
    const { number } = address;
    if (options.sms === undefined)
      throw notSetUp('no service centre for short messages is set up', 'Name one');
    const tpdus = pushes.flatMap((push) =>
      encodeSmsSubmit(push, { destination: number, reference: reference() }),
    );
    await options.sms(number, tpdus, signal);
  };
}

/** References of segmented messages: one octet that goes round. */
function counter(): () => number {
  let last = 0;
  return () => {
    last = (last + 1) % 256;
    return last;
  };
}

/** One part over TLS: no redirection is followed, and any status but 2xx says that it did not arrive. */
async function post(
  url: string,
  contentType: string,
  body: Uint8Array,
  tls: BearerOptions['tls'],
  signal: AbortSignal,
): Promise<void> {
  if (tls === undefined) throw notSetUp('no client for pushes over TLS is set up', 'Set one up');
  const { status } = await tls.http.send(
    { method: 'POST', url, headers: { 'content-type': contentType }, body, signal },
    { ...tls.send, policy: { schemes: ['https'], redirects: 0, maxBody: MOST_OF_ANSWER } },
  );
  if (status >= 200 && status < 300) return;
  throw new NetworkError('NETWORK_PUSH', `${new URL(url).host} does not take the push (HTTP ${status})`, {
    details: { status },
  });
}

/** What a device answers is not read. */
const MOST_OF_ANSWER = 64 << 10;

function notSetUp(what: string, next: string): NetworkError {
  return new NetworkError('NETWORK_UNREACHABLE', what, {
    next: `${next}, or give the device an address udp:HOST:PORT.`,
  });
}
