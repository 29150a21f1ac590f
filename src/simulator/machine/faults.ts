/** Faults on demand: what a tired contact, a torn-out card or a failing chip does. */
import type { ChannelDefect } from '../security-domain/session.js';
import type { Command } from './machine.js';

/** When power is lost: before the command runs, after it ran but before its answer, or inside its write. */
export type TearMoment = 'before' | 'after' | { readonly octets: number };

export type Fault =
  | { readonly kind: 'mute' }
  | { readonly kind: 'tear'; readonly moment: TearMoment }
  | { readonly kind: 'status'; readonly sw: number }
  | { readonly kind: 'response'; readonly response: Uint8Array }
  | { readonly kind: 'flip'; readonly bit: number }
  | { readonly kind: 'channel'; readonly defect: ChannelDefect };

/** A fault strikes at one exchange (1 = the next one) or at every command with an instruction. */
type Trigger = { readonly exchange: number } | { readonly ins: number };

interface Armed {
  readonly fault: Fault;
  readonly trigger: Trigger;
}

/**
 * Arms faults. Exchanges are counted from the moment of arming: 1 is the next command. A fault at an exchange strikes
 * once; one for an instruction stays until `clear`.
 */
export class Faults {
  private armed: Armed[] = [];
  private now = 0;
  /** Added to every exchange, in milliseconds of real time. */
  delay = 0;
  /** How many resets the card leaves unanswered. */
  silentResets = 0;

  /** No answer at all. */
  muteAt(exchange: number): this {
    return this.at(exchange, { kind: 'mute' });
  }

  /** The card is pulled out; what is written stays, and the next power-on finds it in the reader again. */
  tearAt(exchange: number, moment: TearMoment = 'before'): this {
    return this.at(exchange, { kind: 'tear', moment });
  }

  /** The command is not carried out and a status word answers it. */
  statusAt(exchange: number, sw = 0x6f00): this {
    return this.at(exchange, { kind: 'status', sw });
  }

  /** A status word answers every command with that instruction, until `clear`. */
  statusFor(ins: Command['ins'], sw = 0x6f00): this {
    this.armed.push({ fault: { kind: 'status', sw }, trigger: { ins } });
    return this;
  }

  /** The command is carried out, and something else comes back. */
  respondAt(exchange: number, response: Uint8Array): this {
    return this.at(exchange, { kind: 'response', response });
  }

  /** One bit of the response is wrong; bit 0 is the highest of the first octet, negative counts from the end. */
  flipBitAt(exchange: number, bit = 0): this {
    return this.at(exchange, { kind: 'flip', bit });
  }

  /**
   * The card does something wrong inside its secure channel: the next protected response from that exchange on is
   * spoiled, before T=0 or a long answer cuts it into pieces.
   */
  channelDefectAt(exchange: number, defect: ChannelDefect): this {
    return this.at(exchange, { kind: 'channel', defect });
  }

  /** Every exchange takes this much longer, in milliseconds. */
  slow(milliseconds: number): this {
    this.delay = milliseconds;
    return this;
  }

  /** The next resets get no answer. */
  noAnswerToReset(times = Number.POSITIVE_INFINITY): this {
    this.silentResets = times;
    return this;
  }

  /** Takes every armed fault and delay away. */
  clear(): this {
    this.armed = [];
    this.delay = 0;
    this.silentResets = 0;
    return this;
  }

  /** Counts the exchange and gives the fault that strikes it. */
  next(ins: number | undefined): Fault | undefined {
    this.now++;
    const index = this.armed.findIndex(({ trigger }) =>
      'ins' in trigger ? trigger.ins === ins : trigger.exchange === this.now,
    );
    const armed = this.armed[index];
    if (armed !== undefined && 'exchange' in armed.trigger) this.armed.splice(index, 1);
    return armed?.fault;
  }

  /** Whether the reset now is one of those without an answer. */
  swallowsReset(): boolean {
    if (this.silentResets <= 0) return false;
    this.silentResets--;
    return true;
  }

  private at(exchange: number, fault: Fault): this {
    this.armed.push({ fault, trigger: { exchange: this.now + exchange } });
    return this;
  }
}

export function flipBit(response: Uint8Array, bit: number): Uint8Array {
  const out = response.slice();
  const bits = out.length * 8;
  const at = ((bit % bits) + bits) % bits;
  out[at >> 3]! ^= 0x80 >> (at & 7);
  return out;
}
