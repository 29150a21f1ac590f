/** The values of WSP headers (WAP-230 §8.4): short and long integers, lengths, text. */
import { DataError } from '../../errors/index.js';

/** A value that is a number or text; anything longer is passed over by its length. */
export type WspValue =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'octets'; readonly value: Uint8Array };

export class WspReader {
  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
    private readonly end = bytes.length,
  ) {}

  get done(): boolean {
    return this.at >= this.end;
  }

  octet(what: string): number {
    if (this.done) this.fail(`${what} is missing`);
    return this.bytes[this.at++]!;
  }

  /** At most five octets of seven bits (WAP-230 §8.1.2). */
  uintvar(what: string): number {
    let value = 0;
    for (let count = 0; count < 5; count++) {
      const octet = this.octet(what);
      value = value * 128 + (octet & 0x7f);
      if (octet < 0x80) return value;
    }
    return this.fail(`${what} has more than five octets`);
  }

  /** A reader of the next `length` octets, which this one passes over. */
  part(length: number, what: string): WspReader {
    if (length > this.end - this.at) this.fail(`${what} is longer than what is left`);
    const part = new WspReader(this.bytes, this.at, this.at + length);
    this.at += length;
    return part;
  }

  /** Text up to its 00; a quote before octets above 7F is removed. */
  text(what: string): string {
    if (this.bytes[this.at] === 0x7f) this.at++;
    const start = this.at;
    while (this.octet(what) !== 0);
    return Buffer.from(this.bytes.subarray(start, this.at - 1)).toString('latin1');
  }

  /** The value of a field (WAP-230 §8.4.1.2): the first octet tells what follows. */
  value(what: string): WspValue {
    const first = this.octet(what);
    if (first >= 0x80) return { kind: 'number', value: first & 0x7f };
    if (first >= 0x20) {
      this.at--;
      return { kind: 'text', value: this.text(what) };
    }
    const length = first === 0x1f ? this.uintvar(what) : first;
    return { kind: 'octets', value: this.part(length, what).rest() };
  }

  rest(): Uint8Array {
    const rest = this.bytes.slice(this.at, this.end);
    this.at = this.end;
    return rest;
  }

  fail(message: string): never {
    throw new DataError('DATA_PUSH', `${message} (octet ${this.at})`, { details: { offset: this.at } });
  }
}
