/** Ways of a push to its device: WAP push over UDP, and in short messages (DM 2.0 Appendix E.1). */
import { protectedContentType } from '../../bootstrap/index.js';
import { NetworkError, UsageError } from '../../errors/index.js';
import { encodeSmsSubmit, encodeWspMessage, PUSH_PORT, sendUdpPush } from '../../net/index.js';

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

/** Hands short messages to a service centre: the TPDUs of one push in their order. */
export type SmsSender = (number: string, tpdus: readonly Uint8Array[], signal: AbortSignal) => Promise<void>;

export interface BearerOptions {
  /** For addresses `sms:NUMBER`. */
  readonly sms?: SmsSender;
  /** Content-Type of the message; `application/octet-stream; SEC=3GPP_GBA` unless told. */
  readonly contentType?: string;
}

export type PushTarget =
  | { readonly bearer: 'udp'; readonly host: string; readonly port: number }
  | { readonly bearer: 'sms'; readonly number: string };

/**
 * Reads `udp:HOST`, `udp:HOST:PORT` or `sms:NUMBER`; the port is 2948 unless told.
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
  throw new UsageError('USAGE_ARGUMENT', `"${text}" is not udp:HOST, udp:HOST:PORT or sms:NUMBER`);
}

/** A bearer for all addresses that `parsePushTarget` knows. */
export function pushBearer({ sms, contentType = protectedContentType() }: BearerOptions = {}): PushBearer {
  let reference = 0;
  return async (text, { pushInfo, message }, signal) => {
    const address = parsePushTarget(text);
    const pushes = [
      encodeWspMessage(PUSH_INFO_MEDIA_TYPE, pushInfo, 1),
      encodeWspMessage(contentType, message, 2),
    ];
    if (address.bearer === 'udp') {
      for (const push of pushes) await sendUdpPush(push, { host: address.host, port: address.port, signal });
      return;
    }
    if (sms === undefined)
      throw new NetworkError('NETWORK_UNREACHABLE', 'no service centre for short messages is set up', {
        next: 'Name one, or give the device an address udp:HOST:PORT.',
      });
    for (const push of pushes) {
      reference = (reference + 1) % 256;
      const tpdus = encodeSmsSubmit(push, { destination: address.number, reference });
      await sms(address.number, tpdus, signal);
    }
  };
}
