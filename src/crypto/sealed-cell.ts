/** Secrets of a file under a transport key: a cell opens in its own row and column only. */
import { decodeBase64, encodeBase64, encodeUtf8 } from '../bytes/index.js';
import type { SealingKey } from './aead.js';

/**
 * Seals the octets of a cell with AES-256-GCM. Associated data are the row's key, one octet 00, the column's name, in
 * UTF-8; the key of a row is its `account`, else its `iccid`, else its `devid`.
 *
 * @param random of cryptographic quality
 * @returns base64 of nonce (12) ‖ ciphertext ‖ tag (16)
 */
export function sealCell(
  key: SealingKey,
  rowKey: string,
  column: string,
  octets: Uint8Array,
  random: (octets: number) => Uint8Array,
): string {
  return encodeBase64(key.seal(octets, place(rowKey, column), random));
}

/**
 * The octets of a sealed cell.
 *
 * @returns undefined for what is not base64
 * @throws SecurityError `SECURITY_SEALED` for another key, row or column
 */
export function openCell(
  key: SealingKey,
  rowKey: string,
  column: string,
  cell: string,
): Uint8Array | undefined {
  const sealed = decodeBase64(cell);
  return sealed === undefined ? undefined : key.open(sealed, place(rowKey, column));
}

function place(rowKey: string, column: string): Uint8Array {
  return encodeUtf8(`${rowKey}\0${column}`);
}
