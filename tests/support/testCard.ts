/** A card of a few instructions, for tests of the transport alone. It knows nothing of file systems. */
import type { CardEmulator, EmulatorAnswer, Protocol } from '../../src/apdu/index.js';

export const ATR_T1 = Uint8Array.of(0x3b, 0x80, 0x81, 0x01, 0x00 ^ 0x80 ^ 0x81 ^ 0x01);
export const ATR_T0 = Uint8Array.of(0x3b, 0x00);

/** INS octets of the test card (class 80). */
export const TEST_INS = { ECHO: 0x10, COUNT: 0x12, BIG: 0x14, LEAVE: 0xed, MUTE: 0xee, HANG: 0xef } as const;

export interface TestCardOptions {
  readonly protocol?: Protocol;
  readonly atr?: Uint8Array | undefined;
  /** Milliseconds that each exchange takes. */
  readonly delay?: number;
}

export class TestCard implements CardEmulator {
  readonly protocol: Protocol;
  readonly atr: Uint8Array | undefined;
  readonly seen: Uint8Array[] = [];
  /** Exchanges since the last reset: shows whether somebody reset the card. */
  count = 0;
  resets = { cold: 0, warm: 0, off: 0 };
  #pending = new Uint8Array(0);

  constructor(private readonly options: TestCardOptions = {}) {
    this.protocol = options.protocol ?? 'T=1';
    this.atr = 'atr' in options ? options.atr : this.protocol === 'T=1' ? ATR_T1 : ATR_T0;
  }

  async powerOn(): Promise<Uint8Array | undefined> {
    this.resets.cold++;
    this.count = 0;
    return this.atr;
  }

  async reset(): Promise<Uint8Array | undefined> {
    this.resets.warm++;
    this.count = 0;
    return this.atr;
  }

  async powerOff(): Promise<void> {
    this.resets.off++;
  }

  async transmit(command: Uint8Array): Promise<EmulatorAnswer> {
    this.seen.push(command.slice());
    if (this.options.delay !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, this.options.delay));
    }
    const [, ins, p1 = 0, p2 = 0, p3 = 0] = command;
    this.count++;
    switch (ins) {
      case TEST_INS.ECHO: {
        const data = command.slice(5, 5 + p3);
        if (this.protocol === 'T=1') return answer(data, 0x9000);
        this.#pending = data;
        return answer([], 0x6100 | data.length);
      }
      case 0xc0:
        return answer(this.#pending.subarray(0, p3), 0x9000);
      case TEST_INS.COUNT:
        return answer([this.count], 0x9000);
      case TEST_INS.BIG:
        return answer(new Uint8Array((p1 << 8) | p2).fill(0x5a), 0x9000);
      case TEST_INS.LEAVE:
        return { kind: 'removed' };
      case TEST_INS.MUTE:
        return { kind: 'mute' };
      case TEST_INS.HANG:
        return new Promise(() => undefined);
      default:
        return answer([], 0x6d00);
    }
  }
}

function answer(data: ArrayLike<number>, sw: number): EmulatorAnswer {
  return { kind: 'response', response: Uint8Array.from([...Array.from(data), sw >> 8, sw & 0xff]) };
}

/** A command of the test card: class 80, data or Le as given. */
export function testCommand(ins: number, data: readonly number[] = []): Uint8Array {
  return Uint8Array.from(data.length === 0 ? [0x80, ins, 0, 0, 0] : [0x80, ins, 0, 0, data.length, ...data]);
}
