/** What every format in simboot looks like: two directions, and examples that the tests walk. */
export interface Codec<T> {
  readonly name: string;
  /** @throws DataError on any input that is not of the format */
  decode(bytes: Uint8Array): T;
  /** The one form a strict writer produces. @throws DataError on a value that has none */
  encode(value: T): Uint8Array;
  /** Pairs with their source. `decodeOnly` marks accepted input that a strict writer does not produce. */
  readonly examples: readonly CodecExample<T>[];
}

export interface CodecExample<T> {
  readonly hex: string;
  readonly value: T;
  readonly source: string;
  readonly decodeOnly?: boolean;
}
