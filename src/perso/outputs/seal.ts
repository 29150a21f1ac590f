/** Sealed cells that come out the same each time: a file that is written again is the same file. */
import { concat, encodeBase64, encodeUtf8 } from '../../bytes/index.js';
import type { KeyHandle } from '../../crypto/index.js';

/** Seals the octets of one cell, base64; `rowKey` and `column` are the only place where it opens. */
export type CellSealer = (rowKey: string, column: string, octets: Uint8Array) => Promise<string>;

/** Two blocks whose encryption is the key of the nonces. */
const NONCE_KEY = encodeUtf8('simboot: nonces of output cells.');
const NONCE_OCTETS = 12;

/**
 * A sealer under a transport key. The nonce is made from the key, the place and the octets, so that equal cells at one
 * place are equal, and nothing else is told (docs/decisions/output-files.md).
 */
export async function cellSealer(key: KeyHandle): Promise<CellSealer> {
  const nonces = await key.derive({ kind: 'encrypt', data: NONCE_KEY });
  return async (rowKey, column, octets) => {
    const named = encodeUtf8(`${rowKey.length}:${rowKey}${column.length}:${column}`);
    const nonce = (await nonces.cmac(concat(named, octets))).slice(0, NONCE_OCTETS);
    return encodeBase64(await key.seal(octets, encodeUtf8(`${rowKey}\0${column}`), nonce));
  };
}
