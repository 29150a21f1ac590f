/** A network between campaign and devices: it loses, doubles, reorders and damages datagrams by a seeded generator. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** How likely each misfortune is, 0 to 1. */
export interface Misfortunes {
  readonly lost: number;
  readonly doubled: number;
  /** Held back for up to 150 ms, so that others overtake it. */
  readonly late: number;
  /** One bit is another one. */
  readonly damaged: number;
}

const NONE: Misfortunes = { lost: 0, doubled: 0, late: 0, damaged: 0 };
const LATEST_MS = 150;

/** What was done to datagrams, and every one as it was sent. */
export class Relay {
  readonly done = { passed: 0, lost: 0, doubled: 0, late: 0, damaged: 0 };
  readonly datagrams: Uint8Array[] = [];
  readonly #sockets: Socket[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(
    private readonly seed: number,
    private readonly misfortunes: Misfortunes = NONE,
  ) {}

  /** @returns the port that leads to `port` */
  async to(port: number): Promise<number> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    // Each way has numbers of its own: what happens to it does not depend on the others.
    const random = numbers(this.seed + this.#sockets.length);
    this.#sockets.push(socket);
    socket.on('message', (datagram) => {
      this.datagrams.push(Uint8Array.from(datagram));
      for (const [octets, wait] of this.fate(datagram, random)) {
        const send = () => socket.send(octets, port, '127.0.0.1');
        if (wait === 0) {
          send();
          continue;
        }
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          send();
        }, wait);
        this.#timers.add(timer);
      }
    });
    return (socket.address() as AddressInfo).port;
  }

  private fate(datagram: Buffer, random: () => number): (readonly [octets: Buffer, wait: number])[] {
    const { lost, doubled, late, damaged } = this.misfortunes;
    // Always as many numbers, whatever the likelihoods.
    const [a, b, c, d, bit, e, f] = Array.from({ length: 7 }, random) as [number, ...number[]];
    if (a < lost) {
      this.done.lost++;
      return [];
    }
    const octets = Buffer.from(datagram);
    if (d! < damaged) {
      const at = Math.floor(bit! * octets.length * 8);
      octets[at >> 3]! ^= 1 << (at & 7);
      this.done.damaged++;
    }
    const wait = c! < late ? 1 + Math.floor(e! * LATEST_MS) : 0;
    if (wait > 0) this.done.late++;
    if (b! >= doubled) {
      if (wait === 0 && d! >= damaged) this.done.passed++;
      return [[octets, wait]];
    }
    this.done.doubled++;
    return [
      [octets, wait],
      [octets, 1 + Math.floor(f! * LATEST_MS)],
    ];
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.close();
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
