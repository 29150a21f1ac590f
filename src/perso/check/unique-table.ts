/** Which values came already, a million of them in bounded memory: 20 octets each instead of a text. */
import { createHash } from 'node:crypto';

const WORDS = 5;
/** Digits that are kept as they are; anything else as 127 bits of its SHA-256. */
const EXACT = /^[0-9]{1,35}$/;
const HASHED = 0x8000_0000;

/** Values with the row in which each came first. */
export class UniqueTable {
  #capacity = 1 << 12;
  /** Four words of value and one of the row; a free place has row 0. */
  #slots = new Uint32Array(this.#capacity * WORDS);
  #size = 0;
  readonly #value = new Uint32Array(4);

  /** How many values there are. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds a value.
   *
   * @param row from 1
   * @returns the row in which it came already; 0 if it is new
   */
  add(value: string, row: number): number {
    this.#pack(value);
    const at = find(this.#slots, this.#capacity, this.#value);
    const known = this.#slots[at + 4]!;
    if (known !== 0) return known;
    this.#slots.set(this.#value, at);
    this.#slots[at + 4] = row;
    if (++this.#size * 4 > this.#capacity * 3) this.#grow();
    return 0;
  }

  #pack(value: string): void {
    if (EXACT.test(value)) {
      // a one in front keeps leading zeros; nine digits fill 30 bits, so no digits look like a hash
      const digits = `1${value}`.padStart(36, '0');
      for (let word = 0; word < 4; word++) this.#value[word] = Number(digits.slice(word * 9, word * 9 + 9));
      return;
    }
    const hash = createHash('sha256').update(value).digest();
    for (let word = 0; word < 4; word++) this.#value[word] = hash.readUInt32LE(word * 4);
    this.#value[0] = (this.#value[0]! | HASHED) >>> 0;
  }

  #grow(): void {
    const capacity = this.#capacity * 2;
    const slots = new Uint32Array(capacity * WORDS);
    for (let at = 0; at < this.#slots.length; at += WORDS) {
      if (this.#slots[at + 4] === 0) continue;
      const slot = this.#slots.subarray(at, at + WORDS);
      slots.set(slot, find(slots, capacity, slot));
    }
    this.#slots = slots;
    this.#capacity = capacity;
  }
}

/** Place of a value, or the free place where it belongs. */
function find(slots: Uint32Array, capacity: number, value: Uint32Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = value;
  let hash =
    Math.imul(a, 0x9e37_79b1) ^
    Math.imul(b, 0x85eb_ca77) ^
    Math.imul(c, 0xc2b2_ae3d) ^
    Math.imul(d, 0x27d4_eb2f);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d);
  let slot = (hash ^ (hash >>> 13)) & (capacity - 1);
  for (;;) {
    const at = slot * WORDS;
    if (slots[at + 4] === 0) return at;
    if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c && slots[at + 3] === d) return at;
    slot = (slot + 1) & (capacity - 1);
  }
}
