/** Ways of a notification to its device (DM 2.0 Appendix E): push over UDP, short message, Firebase Cloud Messaging. */
import { NetworkError } from '../../errors/index.js';
import { encodeSmsSubmit, encodeWspPush, type FcmSender, sendUdpPush } from '../../net/index.js';
import type { NotificationSender } from './options.js';

export interface SenderOptions {
  /** For devices that registered with FCM (E.2). */
  readonly fcm?: FcmSender;
  /** Hands short messages to whoever sends them: SMS-SUBMIT TPDUs in their order (E.1). */
  readonly sms?: (number: string, tpdus: readonly Uint8Array[], signal: AbortSignal) => Promise<void>;
}

/**
 * Sends notifications by the transport that each address names; WAP push over UDP always works.
 *
 * @throws NetworkError from the returned function: `NETWORK_UNREACHABLE` for a transport that is not set up, or
 *   where the push service refuses
 */
export function notificationSender(options: SenderOptions = {}): NotificationSender {
  let reference = 0;
  return async (address, notification, signal) => {
    switch (address.transport) {
      case 'wap-push-udp':
        return sendUdpPush(encodeWspPush(notification), { host: address.host, port: address.port, signal });
      case 'sms': {
        if (options.sms === undefined) throw notSetUp('short messages');
        reference = (reference + 1) % 256;
        const push = encodeWspPush(notification);
        const tpdus = encodeSmsSubmit(push, { destination: address.number, reference });
        return options.sms(address.number, tpdus, signal);
      }
      case 'gcm': {
        if (options.fcm === undefined) throw notSetUp('Firebase Cloud Messaging');
        const result = await options.fcm.send(address.regId, notification, signal);
        if (result.outcome === 'sent') return;
        const reason = 'reason' in result ? ` (${result.reason})` : '';
        throw new NetworkError(
          'NETWORK_UNREACHABLE',
          `Firebase Cloud Messaging: ${result.outcome}${reason}`,
          {
            details: { outcome: result.outcome },
          },
        );
      }
    }
  };
}

function notSetUp(what: string): NetworkError {
  return new NetworkError('NETWORK_UNREACHABLE', `this server sends no ${what}`, {
    next: 'Start the server with what that transport needs, or remove the address of the device.',
  });
}
