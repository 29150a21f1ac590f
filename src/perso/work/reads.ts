/** What was read of a card, once for each place: the evidence of a verification, and what writing need not read again. */
import { createHash } from 'node:crypto';
import { hex16, toHex, uint16 } from '../../bytes/index.js';
import type { FileLocation } from '../../card/index.js';

/** One text for each file, the same in every session with a card of that kind. */
export function placeOf(location: FileLocation): string {
  if ('path' in location) return location.path.map(hex16).join('/');
  const { aid } = location.application;
  return [toHex(aid).toUpperCase(), ...location.relative.map(hex16)].join('/');
}

export class Reads {
  readonly #octets = new Map<string, Uint8Array>();

  add(place: string, octets: Uint8Array): void {
    this.#octets.set(place, octets.slice());
  }

  get(place: string): Uint8Array | undefined {
    return this.#octets.get(place);
  }

  /** Octets read of a transparent file by the first octet of each piece. */
  pieces(file: string): { readonly offset: number; readonly octets: Uint8Array }[] {
    const start = `${file} @`;
    return [...this.#octets]
      .filter(([place]) => place.startsWith(start))
      .map(([place, octets]) => ({ offset: Number(place.slice(start.length)), octets }));
  }

  /** SHA-256 over every place and its octets, in the order of the places. */
  evidence(): string {
    const hash = createHash('sha256');
    const places = [...this.#octets.keys()].sort();
    for (const place of places) {
      const octets = this.#octets.get(place)!;
      const name = Buffer.from(place, 'utf8');
      hash.update(uint16(name.length)).update(name).update(uint16(octets.length)).update(octets);
    }
    return hash.digest('hex');
  }

  wipe(): void {
    for (const octets of this.#octets.values()) octets.fill(0);
    this.#octets.clear();
  }
}

/** Place of what was found of a PIN or ADM. */
export function placeOfKey(reference: number): string {
  return `key ${reference.toString(16).padStart(2, '0')}`;
}
