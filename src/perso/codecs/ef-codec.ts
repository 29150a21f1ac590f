/** Contents of EFs: what a job gives for them, and the octets. */
import type { z } from 'zod';
import type { Codec } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';

/** A codec whose values a job can give. */
export interface EfCodec<T> extends Codec<T> {
  /** Clause of the file. */
  readonly clause: string;
  /** What a job gives, fields filled in. */
  readonly input: z.ZodType;
  /** From what a job gives to the value. @throws DataError `DATA_FILE_VALUE` */
  fromInput(input: never): T;
  /** What follows the content up to the end of the file; FF unless told. */
  pad?(octets: Uint8Array, size: number): Uint8Array;
  /** Octets in exactly this size, where the content depends on it. */
  encodeSized?(value: T, size: number): Uint8Array;
}

/** Never with the value in it: it may be a key in the wrong place. */
export function refuse(clause: string, message: string): never {
  throw new DataError('DATA_FILE_VALUE', `${message} (${clause})`, { details: { clause } });
}
