/** Cells under a transport key: AES-GCM bound to row and column, and AES-CBC and AES-ECB as customers send them. */
import {
  concat,
  decodeBase64,
  decodeUtf8,
  encodeBase64,
  encodeUtf8,
  fromHex,
  toHex,
} from '../../bytes/index.js';
import { type KeyHandle, pad80, unpad80 } from '../../crypto/index.js';
import { DataError, SecurityError, UsageError } from '../../errors/index.js';
import type { Column, RecordSource } from '../job/types.js';

/** Transport keys by the names that the job has for them. */
export type TransportKeys = ReadonlyMap<string, KeyHandle>;

type Transport = NonNullable<Column['transport']>;

const BLOCK = 16;

/**
 * The text of a cell: hex digits of octets for a column of type `hex`, characters for others.
 *
 * @param cell base64 of nonce, ciphertext and tag for `aes-gcm`, else hex of the blocks
 * @param rowKey value of the column that names the row (docs/decisions/transport-cells.md)
 * @throws SecurityError `SECURITY_SEALED` where the cell does not open under this key, or is not what was encrypted
 */
export async function unwrapCell(
  key: KeyHandle,
  column: Column,
  rowKey: string,
  cell: string,
): Promise<string> {
  const clear = await open(key, column, rowKey, cell);
  try {
    return column.type === 'hex' ? toHex(clear) : decodeUtf8(clear);
  } catch (error) {
    if (error instanceof DataError) throw refused('what the cell opens to is no text');
    throw error;
  } finally {
    clear.fill(0);
  }
}

/**
 * The cell of a text: the reverse of `unwrapCell`.
 *
 * @param random of cryptographic quality
 */
export async function wrapCell(
  key: KeyHandle,
  column: Column,
  rowKey: string,
  text: string,
  random: (octets: number) => Uint8Array,
): Promise<string> {
  const transport = transportOf(column);
  const clear = column.type === 'hex' ? fromHex(text) : encodeUtf8(text);
  if (transport.cipher === 'aes-gcm') {
    return encodeBase64(await key.seal(clear, place(rowKey, column), random(12)));
  }
  const padded = pad(clear, transport);
  if (transport.cipher === 'aes-ecb') {
    const blocks: Uint8Array[] = [];
    for (let at = 0; at < padded.length; at += BLOCK)
      blocks.push(await key.encrypt(padded.slice(at, at + BLOCK)));
    return toHex(concat(...blocks));
  }
  if (transport.iv === 'zero') return toHex(await key.encrypt(padded));
  const iv = random(BLOCK);
  for (let at = 0; at < BLOCK; at++) padded[at]! ^= iv[at]!;
  return toHex(concat(iv, await key.encrypt(padded)));
}

async function open(key: KeyHandle, column: Column, rowKey: string, cell: string): Promise<Uint8Array> {
  const transport = transportOf(column);
  if (transport.cipher === 'aes-gcm') {
    const sealed = decodeBase64(cell);
    if (sealed === undefined) throw refused('the cell is not base64');
    return key.open(sealed, place(rowKey, column));
  }
  if (!/^(?:[0-9a-fA-F]{32})+$/.test(cell))
    throw refused('the cell is not hex digits of whole blocks of 16 octets');
  const octets = fromHex(cell);
  const isInFront = transport.cipher === 'aes-cbc' && transport.iv !== 'zero';
  const blocks = isInFront ? octets.subarray(BLOCK) : octets;
  if (blocks.length === 0) throw refused('the cell has a vector, but nothing after it');
  const iv = isInFront ? octets.subarray(0, BLOCK) : new Uint8Array(BLOCK);
  const padded = await key.decrypt(iv, blocks);
  if (transport.cipher === 'aes-ecb') {
    for (let at = BLOCK; at < padded.length; at++) padded[at]! ^= blocks[at - BLOCK]!;
  }
  return unpad(padded, transport);
}

function transportOf({ name, transport }: Column): Transport {
  if (transport === undefined)
    throw new UsageError('USAGE_ARGUMENT', `column ${name} is under no transport key`);
  return transport;
}

/** The same as of sealed cells of output files and of `server import`. */
function place(rowKey: string, { header }: Column): Uint8Array {
  return encodeUtf8(`${rowKey}\0${header}`);
}

function pad(clear: Uint8Array, { padding = 'none' }: Transport): Uint8Array {
  if (padding === 'iso7816') return pad80(clear);
  if (padding === 'none') {
    if (clear.length === 0 || clear.length % BLOCK !== 0) {
      throw new UsageError(
        'USAGE_ARGUMENT',
        `${clear.length} octets are no whole blocks, and there is no padding`,
      );
    }
    return Uint8Array.from(clear);
  }
  const more = BLOCK - (clear.length % BLOCK);
  return concat(clear, new Uint8Array(more).fill(more));
}

function unpad(padded: Uint8Array, { padding = 'none' }: Transport): Uint8Array {
  if (padding === 'none') return padded;
  const more = padded.at(-1) ?? 0;
  const isPkcs7 = more >= 1 && more <= BLOCK && padded.subarray(-more).every((octet) => octet === more);
  const clear =
    padding === 'iso7816' ? unpad80(padded) : isPkcs7 ? padded.slice(0, padded.length - more) : undefined;
  padded.fill(0);
  if (clear === undefined) throw refused('the cell opens, but its padding is wrong: probably another key');
  return clear;
}

function refused(message: string): SecurityError {
  return new SecurityError('SECURITY_SEALED', message);
}

/** Name of the key of a cell, or nothing where it is in the clear. */
export function transportKeyOf({ transport }: Column, named: string | undefined): string | undefined {
  if (transport === undefined || named === '0') return undefined;
  return named ?? transport.key;
}

/**
 * Compares check values of transport keys with those that the job declares. Either usual one passes: over a block of
 * 01 (GPC 2.3.1 §B.6), or over a block of 00.
 *
 * @throws SecurityError `SECURITY_KEY_CHECK`
 */
export async function checkTransportKeys(
  { transportKeyChecks = {} }: Pick<RecordSource, 'transportKeyChecks'>,
  keys: TransportKeys,
): Promise<void> {
  for (const [name, expected] of Object.entries(transportKeyChecks)) {
    const key = keys.get(name);
    if (key === undefined) continue;
    const zeros = toHex((await key.encrypt(new Uint8Array(BLOCK))).subarray(0, 3));
    if (expected.toLowerCase() === key.kcv || expected.toLowerCase() === zeros) continue;
    throw new SecurityError(
      'SECURITY_KEY_CHECK',
      `transport key "${name}" has check value ${key.kcv} (${zeros} over zeros), not ${expected.toLowerCase()}`,
      { details: { name, expected: expected.toLowerCase(), kcv: key.kcv } },
    );
  }
}
