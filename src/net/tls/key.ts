/** Private keys for TLS: PEM or DER octets in memory, never a key that a module keeps. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import { DataError, SecurityError } from '../../errors/index.js';

/** A key that stays where it is, such as one in a PKCS#11 token. TLS cannot use it. */
export interface KeyElsewhere {
  readonly custody: string;
}

/** What a key may be given as: PEM text, PEM or DER octets (a file's content), or a `TlsKey`. */
export type TlsKeyInput = string | Uint8Array | TlsKey | KeyElsewhere;

/** A private key that TLS can use. Printing and JSON show its kind only. */
export class TlsKey {
  readonly custody = 'memory';
  readonly #key: KeyObject;

  private constructor(key: KeyObject) {
    this.#key = key;
  }

  /**
   * Reads a key.
   *
   * @param input PEM or DER (PKCS#8, PKCS#1 or SEC 1), unencrypted
   * @param where for messages: the file or option
   * @throws DataError `DATA_PRIVATE_KEY` for anything else
   * @throws SecurityError `SECURITY_KEY_CUSTODY` for a key that does not leave a module
   */
  static of(input: TlsKeyInput, where: string): TlsKey {
    if (input instanceof TlsKey) return input;
    if (typeof input === 'string') return new TlsKey(readKey(Buffer.from(input), where));
    if (input instanceof Uint8Array) return new TlsKey(readKey(Buffer.from(input), where));
    throw new SecurityError(
      'SECURITY_KEY_CUSTODY',
      `${where}: the key stays in custody "${input.custody}", and node:tls needs the octets of its key`,
      { next: 'Use a key in a PEM or DER file for TLS; keys in a PKCS#11 token serve cards only.' },
    );
  }

  /** RSA or EC and the size in bits. */
  get kind(): { type: string; bits: number } {
    return keyStrength(this.#key);
  }

  /** The key for node:crypto and node:tls. */
  get keyObject(): KeyObject {
    return this.#key;
  }

  /** PKCS#8 PEM, for `node:tls`. */
  toPem(): string {
    return this.#key.export({ type: 'pkcs8', format: 'pem' }) as string;
  }

  /** Kind and size. */
  toString(): string {
    return `${this.kind.type} private key of ${this.kind.bits} bits`;
  }

  /** Kind and size. */
  toJSON(): { type: string; bits: number } {
    return this.kind;
  }

  /** For `console.log`: the same as `toString`. */
  [inspect.custom](): string {
    return this.toString();
  }
}

/** Bits of the named curves that TLS uses. */
const CURVE_BITS: Readonly<Record<string, number>> = {
  prime256v1: 256,
  secp256k1: 256,
  secp384r1: 384,
  secp521r1: 521,
  secp224r1: 224,
  prime192v1: 192,
};

/** The kind of a key and its size in bits (0: a curve that TLS does not use). */
export function keyStrength(key: KeyObject): { type: string; bits: number } {
  const details = key.asymmetricKeyDetails;
  const bits = details?.modulusLength ?? CURVE_BITS[details?.namedCurve ?? ''] ?? 0;
  return { type: key.asymmetricKeyType ?? 'unknown', bits };
}

function readKey(octets: Buffer, where: string): KeyObject {
  try {
    if (octets.includes('-----BEGIN')) return createPrivateKey({ key: octets, format: 'pem' });
  } catch {
    throw unreadable(where);
  }
  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const) {
    try {
      return createPrivateKey({ key: octets, format: 'der', type });
    } catch {
      // the next form
    }
  }
  throw unreadable(where);
}

/** Without the cause: OpenSSL's words could quote the file. */
function unreadable(where: string): DataError {
  return new DataError('DATA_PRIVATE_KEY', `${where}: no unencrypted private key in PEM or DER`);
}
