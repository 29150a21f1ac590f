/** How the codecs of this room are put together. */
import type { Codec, CodecExample } from '../bytes/index.js';
import { requireReadable } from './context.js';
import type { Decoded } from './types.js';

/** A codec whose reader adds places and octets to what the writer takes. */
export interface FileCodec<New, Read extends New> extends Codec<New> {
  /** @throws DataError `DATA_PKCS15` where an entry or the framing cannot be read */
  decode(bytes: Uint8Array): Read;
}

export function fileCodec<New, Read extends New>(
  name: string,
  decodeLenient: (bytes: Uint8Array) => Decoded<Read | undefined>,
  encode: (value: New) => Uint8Array,
  examples: readonly CodecExample<New>[],
): FileCodec<New, Read> {
  return { name, examples, encode, decode: (bytes) => requireReadable(decodeLenient(bytes), name) };
}
