/** Sealed cells that come out the same each time: a file that is written again is the same file. */
import { createHmac } from 'node:crypto';
import { encodeUtf8 } from '../../bytes/index.js';
import { SealingKey, sealCell } from '../../crypto/index.js';

/** Seals the octets of one cell, base64. */
export type CellSealer = (rowKey: string, column: string, octets: Uint8Array) => string;

/**
 * A sealer under a transport key. The nonce is made from the key, the place and the octets, so that equal cells at one
 * place are equal, and nothing else is told (docs/decisions/output-files.md).
 *
 * @param key 32 octets
 */
export function cellSealer(key: Uint8Array): CellSealer {
  const sealing = new SealingKey(key);
  const nonces = createHmac('sha256', key).update('simboot output nonce').digest();
  return (rowKey, column, octets) => {
    const nonce = createHmac('sha256', nonces)
      .update(encodeUtf8(`${rowKey.length}:${rowKey}${column.length}:${column}`))
      .update(octets)
      .digest();
    return sealCell(sealing, rowKey, column, octets, (length) => Uint8Array.from(nonce.subarray(0, length)));
  };
}
