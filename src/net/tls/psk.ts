/** Pre-shared keys (RFC 4279, RFC 8446 §4.2.11): looked up in memory, because TLS asks synchronously. */
import { createHmac, randomBytes } from 'node:crypto';
import { UsageError } from '../../errors/index.js';

/** Where a listener finds keys. */
export interface PskDirectory {
  /** The key of an identity (1 to 256 octets), now: nothing may be awaited within a handshake. */
  lookup(identity: string): Uint8Array | undefined;
}

/** Octets of an identity that OpenSSL takes in TLS 1.2 and 1.3; RFC 4279 §5.3 asks for 128. */
export const PSK_IDENTITY_OCTETS = 255;
const PSK_OCTETS = 256;

/**
 * A directory in memory. The store fills it at start and keeps it up to date: an identity is known to the next
 * handshake as soon as `set` returns.
 */
export class PskTable implements PskDirectory {
  readonly #keys = new Map<string, Uint8Array>();

  /** How many identities it holds. */
  get size(): number {
    return this.#keys.size;
  }

  /**
   * Adds or replaces an identity.
   *
   * @throws UsageError `USAGE_ARGUMENT` for an identity of 0 or more than 255 octets or a key of 0 or more than 256
   */
  set(identity: string, key: Uint8Array): void {
    checkPsk(identity, key);
    this.#keys.set(identity, Uint8Array.from(key));
  }

  /** Forgets an identity and overwrites its key. */
  delete(identity: string): void {
    this.#keys.get(identity)?.fill(0);
    this.#keys.delete(identity);
  }

  lookup(identity: string): Uint8Array | undefined {
    return this.#keys.get(identity);
  }
}

/**
 * Whether TLS can carry an identity and its key.
 *
 * @throws UsageError `USAGE_ARGUMENT`
 */
export function checkPsk(identity: string, key: Uint8Array): void {
  const octets = Buffer.byteLength(identity);
  if (
    octets === 0 ||
    octets > PSK_IDENTITY_OCTETS ||
    identity.includes('\0') ||
    identity.includes('\ufffd')
  ) {
    throw new UsageError(
      'USAGE_ARGUMENT',
      `a PSK identity is UTF-8 text of 1 to ${PSK_IDENTITY_OCTETS} octets without NUL, and this has ${octets}`,
    );
  }
  if (key.length === 0 || key.length > PSK_OCTETS) {
    throw new UsageError('USAGE_ARGUMENT', `a PSK has 1 to ${PSK_OCTETS} octets, and this has ${key.length}`);
  }
}

/**
 * A look-up that answers for every identity: an unknown one gets a key that nobody has, so that its handshake fails as
 * with a wrong key, and nobody learns which identities exist (RFC 4279 §2).
 */
export function withoutOracle(
  directory: PskDirectory,
): (identity: string) => { key: Uint8Array; known: boolean } {
  const secret = randomBytes(32);
  return (identity) => {
    const decoy = createHmac('sha256', secret).update(identity).digest();
    const key = identity.includes('\ufffd') ? undefined : directory.lookup(identity);
    const usable = key !== undefined && key.length > 0 && key.length <= PSK_OCTETS;
    return usable ? { key, known: true } : { key: decoy, known: false };
  };
}
