/**
 * The wire of a farm: a length of four octets, most significant first, a kind, an identifier of four octets, and the
 * rest. A request and its answer share the identifier; events have none (0).
 */
import { concat, decodeUtf8, encodeUtf8 } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';

export const FRAME = {
  /** JSON of a request. */
  REQUEST: 1,
  /** JSON of its answer. */
  ANSWER: 2,
  /** JSON of an error. */
  ERROR: 3,
  /** Connection (four octets) and a command APDU. */
  COMMAND: 4,
  /** A response APDU. */
  RESPONSE: 5,
  /** JSON of an event. */
  EVENT: 6,
} as const;

export interface Frame {
  readonly kind: number;
  readonly id: number;
  readonly body: Uint8Array;
}

const HEADER = 9;
/** A command of extended length fits, and so does a list of cards. */
const TO_FARM = 0x2_0000;
const FROM_FARM = 0x80_0000;
export const FRAME_LIMIT = { toFarm: TO_FARM, fromFarm: FROM_FARM } as const;

export function encodeFrame(kind: number, id: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, HEADER - 4);
  const header = new Uint8Array(HEADER);
  const view = new DataView(header.buffer);
  view.setUint32(0, length);
  view.setUint8(4, kind);
  view.setUint32(5, id);
  return concat(header, ...parts);
}

export function encodeJsonFrame(kind: number, id: number, value: unknown): Uint8Array {
  return encodeFrame(kind, id, encodeUtf8(JSON.stringify(value)));
}

/** @throws DataError `DATA_FARM_FRAME` */
export function jsonOf({ body }: Frame): unknown {
  try {
    return JSON.parse(decodeUtf8(body));
  } catch (cause) {
    throw new DataError('DATA_FARM_FRAME', 'a frame of a farm without JSON', { cause });
  }
}

/** Cuts a stream into frames, however it arrives. */
export class FarmFrames {
  #chunks: Uint8Array[] = [];
  #length = 0;
  #needed = HEADER;

  constructor(private readonly limit: number) {}

  /**
   * @returns the frames that are complete now
   * @throws DataError `DATA_FARM_FRAME` for a length that no frame has
   */
  push(chunk: Uint8Array): Frame[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return [];
    let rest = this.#chunks.length === 1 ? chunk : concat(...this.#chunks);
    const frames: Frame[] = [];
    for (;;) {
      this.#needed = HEADER;
      if (rest.length < HEADER) break;
      const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
      const length = view.getUint32(0);
      if (length < HEADER - 4 || length > this.limit) {
        throw new DataError(
          'DATA_FARM_FRAME',
          `a frame of ${length} octets; at most ${this.limit} are taken`,
        );
      }
      this.#needed = length + 4;
      if (rest.length < this.#needed) break;
      frames.push({ kind: view.getUint8(4), id: view.getUint32(5), body: rest.slice(HEADER, length + 4) });
      rest = rest.subarray(length + 4);
    }
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
    return frames;
  }
}
