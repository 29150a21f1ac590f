/** The two ports between host and card. Both carry whole command and response APDUs as octets. */
import type { Protocol } from './command.js';

/**
 * Host side: an open connection to one card. Implemented over PC/SC, over a simulated card in the process, and by
 * the recorder that wraps either.
 */
export interface CardChannel {
  /** Name of the reader, as listed. */
  readonly reader: string;
  /** Answer to reset of the latest reset. */
  readonly atr: Uint8Array;
  readonly protocol: Protocol;
  /**
   * One exchange. For T=0 the caller passes the T=0 form and fetches announced answers itself.
   *
   * @throws ReaderError if the card or the reader is gone, mute or taken; the channel then refuses for ever
   */
  transmit(command: Uint8Array): Promise<Uint8Array>;
  /** Warm reset: ends every logical channel, PIN and secure channel state. */
  reset(): Promise<void>;
  /** Gives the card back. Safe to call twice. */
  close(): Promise<void>;
}

/** What a card does with a command: answer, stay silent, or be gone from the reader. */
export type EmulatorAnswer =
  | { readonly kind: 'response'; readonly response: Uint8Array }
  | { readonly kind: 'mute' }
  | { readonly kind: 'removed' };

/** Card side: something that behaves like a card in a slot. */
export interface CardEmulator {
  readonly protocol: Protocol;
  /** Cold reset. The ATR, or nothing for a card that does not answer. */
  powerOn(): Promise<Uint8Array | undefined>;
  /** Warm reset. */
  reset(): Promise<Uint8Array | undefined>;
  /** Everything that does not outlive power is gone: channels, PINs, secure channels. */
  powerOff(): Promise<void>;
  /** One exchange, in the form of `protocol`. Never rejects: what goes wrong is in the answer. */
  transmit(command: Uint8Array): Promise<EmulatorAnswer>;
}
