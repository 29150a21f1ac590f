/** One TCP connection to vpcd: the card is in the virtual reader as long as it lasts. */
import type { Socket } from 'node:net';
import type { CardEmulator } from '../../apdu/index.js';
import { encodeFrame, FrameReader, VPCD_CONTROL } from './frames.js';

/** Why the card left the virtual reader. */
export type VpcdEnd = 'service-gone' | 'card-removed' | 'card-mute';

/**
 * A card without an answer to reset still has to tell vpcd that it is there; this is no ATR that ISO/IEC 7816-3
 * §8 allows, so pcscd reports a card that does not answer.
 */
const NO_ATR = Uint8Array.of(0x00);

export class VpcdSession {
  /** Resolves once the connection is over. */
  readonly ended: Promise<VpcdEnd>;
  #end: VpcdEnd = 'service-gone';
  #fault: Error | undefined;
  #work: Promise<void> = Promise.resolve();
  #atr: Uint8Array | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly card: CardEmulator,
  ) {
    const reader = new FrameReader();
    socket.setNoDelay(true);
    socket.on('data', (chunk: Uint8Array) => {
      for (const frame of reader.push(Uint8Array.from(chunk))) this.enqueue(frame);
    });
    this.ended = new Promise((resolve, reject) => {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        // Without waiting for a command under way: a torn-out card loses its power in the middle of it, too.
        card
          .powerOff()
          .then(() => (this.#fault === undefined ? resolve(this.#end) : reject(this.#fault)))
          .catch(reject);
      });
    });
  }

  /** Pulls the card out of the virtual reader. */
  leave(end: VpcdEnd): void {
    this.#end = end;
    this.socket.destroy();
  }

  /** Messages are answered one after the other, as a card would. */
  private enqueue(frame: Uint8Array): void {
    this.#work = this.#work
      .then(() => this.handle(frame))
      .catch((error: Error) => {
        this.#fault ??= error;
        this.socket.destroy();
      });
  }

  private async handle(frame: Uint8Array): Promise<void> {
    if (this.socket.destroyed) return;
    if (frame.length !== 1) return this.exchange(frame);
    switch (frame[0]) {
      case VPCD_CONTROL.OFF:
        return this.card.powerOff();
      case VPCD_CONTROL.ON:
        this.#atr = (await this.card.powerOn()) ?? NO_ATR;
        return;
      case VPCD_CONTROL.RESET:
        this.#atr = (await this.card.reset()) ?? NO_ATR;
        return;
      case VPCD_CONTROL.ATR:
        // vpcd asks for the ATR again and again to see whether the card is there, even before the first power-on.
        this.#atr ??= (await this.card.powerOn()) ?? NO_ATR;
        this.send(this.#atr);
        return;
      default:
        return;
    }
  }

  private async exchange(command: Uint8Array): Promise<void> {
    const answer = await this.card.transmit(command);
    if (this.socket.destroyed) return;
    if (answer.kind === 'response') this.send(answer.response);
    // vpcd waits for an answer without end, and knows no other way to say "nothing came" than to hang up.
    else this.leave(answer.kind === 'removed' ? 'card-removed' : 'card-mute');
  }

  private send(payload: Uint8Array): void {
    this.socket.write(encodeFrame(payload));
  }
}
