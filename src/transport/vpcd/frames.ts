/**
 * The wire between vpcd and a virtual card: every message is a length of two octets, most significant first, and
 * that many octets. A message of one octet to the card is a control.
 */
import { concat, uint16 } from '../../bytes/index.js';
import { UsageError } from '../../errors/index.js';

export const VPCD_CONTROL = { OFF: 0x00, ON: 0x01, RESET: 0x02, ATR: 0x04 } as const;

/**
 * One message. Length and payload belong into one write: two small writes wait for a delayed acknowledgement.
 *
 * @throws UsageError `USAGE_ARGUMENT` above 65535 octets
 */
export function encodeFrame(payload: Uint8Array): Uint8Array {
  if (payload.length > 0xffff) {
    throw new UsageError('USAGE_ARGUMENT', `${payload.length} octets do not fit in one vpcd message`);
  }
  return concat(uint16(payload.length), payload);
}

/** Cuts a TCP stream into messages, however it arrives. */
export class FrameReader {
  #rest: Uint8Array = new Uint8Array(0);

  /** @returns the messages that are complete now */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#rest = this.#rest.length === 0 ? chunk : concat(this.#rest, chunk);
    const frames: Uint8Array[] = [];
    for (;;) {
      const [high, low] = this.#rest;
      if (high === undefined || low === undefined) return frames;
      const end = 2 + ((high << 8) | low);
      if (this.#rest.length < end) return frames;
      frames.push(this.#rest.slice(2, end));
      this.#rest = this.#rest.subarray(end);
    }
  }
}
