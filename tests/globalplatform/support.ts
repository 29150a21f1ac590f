/** Keys and shortcuts for the tests of the secure channel. */
import { ApduProcessor, type CardChannel } from '../../src/apdu/index.js';
import { MemoryKey } from '../../src/crypto/index.js';
import {
  type HandshakeOptions,
  type KeySet,
  Scp03Handshake,
  type Scp03Mode,
  type Scp03Session,
} from '../../src/globalplatform/index.js';

export const SIZES = [16, 24, 32] as const;

const filled = (length: number, from: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (from + 7 * i) & 0xff));

export function rawKeys(length: number): { enc: Buffer; mac: Buffer; dek: Buffer } {
  return { enc: filled(length, 0x10), mac: filled(length, 0x31), dek: filled(length, 0x52) };
}

export function keySet(length: number, mode: Scp03Mode = 'S8', version = 1): KeySet {
  const raw = rawKeys(length);
  return {
    keys: { enc: new MemoryKey(raw.enc), mac: new MemoryKey(raw.mac), dek: new MemoryKey(raw.dek) },
    version,
    mode,
  };
}

export function open(card: CardChannel, options: HandshakeOptions): Promise<Scp03Session> {
  return new Scp03Handshake(new ApduProcessor(card), options).complete();
}
