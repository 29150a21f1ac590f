/** Damage, the same in every run. */
export class Damage {
  constructor(private state = 1) {}

  /** 0 to `below` - 1. */
  next(below: number): number {
    this.state = (this.state * 48271) % 2147483647;
    return this.state % below;
  }

  /** A copy with one to three octets changed, removed, doubled or swapped for one of `likely`; sometimes cut off. */
  of(bytes: Uint8Array, likely: Uint8Array = new Uint8Array([0x00, 0xff])): Uint8Array {
    const out = [...bytes];
    for (let hits = 1 + this.next(3); hits > 0; hits--) {
      const at = this.next(out.length);
      const kind = this.next(8);
      if (kind === 0) out.splice(at, 1 + this.next(8));
      else if (kind === 1) out.splice(at, 0, ...out.slice(at, at + 1 + this.next(40)));
      else if (kind === 2) out.length = at;
      else if (kind < 6) out[at] = likely[this.next(likely.length)]!;
      else out[at] = this.next(256);
      if (out.length === 0) break;
    }
    return Uint8Array.from(out);
  }
}
