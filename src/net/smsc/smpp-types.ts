/** What this product uses of the package `smpp`, which brings no types. */
import type { EventEmitter } from 'node:events';

/** A PDU: its command, and its parameters by name. */
export interface SmppPdu {
  readonly command: string;
  readonly command_status: number;
  readonly message_id?: string;
  readonly receipted_message_id?: string;
  readonly message_state?: number;
  readonly esm_class?: number;
  response(parameters?: object): SmppPdu;
}

type Command = (parameters: object, answered?: (pdu: SmppPdu) => void) => boolean;

export interface SmppSession extends EventEmitter {
  readonly bind_transceiver: Command;
  readonly submit_sm: Command;
  readonly unbind: Command;
  send(pdu: SmppPdu): boolean;
  close(done?: () => void): void;
  destroy(): void;
}

export interface SmppPackage {
  connect(options: { url: string; auto_enquire_link_period?: number }): SmppSession;
}
