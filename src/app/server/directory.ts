/**
 * Credentials in memory, because TLS asks for a key synchronously. The store stays the master: what changed there is
 * fetched before each handshake, so that an identity added a moment ago is known (docs/decisions/psk-directory.md).
 */
import type { AccountCredential, AccountRecord, ServerStore } from '../../dm/index.js';
import { SimbootError } from '../../errors/index.js';
import { type PskDirectory, PskTable } from '../../net/index.js';

const PAGE = 500;

export class CredentialDirectory {
  readonly #store: ServerStore;
  readonly #keys = new PskTable();
  readonly #fingerprints = new Set<string>();
  /** What each account brought in, to forget what it has no more. */
  readonly #accounts = new Map<string, readonly AccountCredential[]>();
  #mark: string | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** For the listener. */
  readonly psk: PskDirectory = this.#keys;
  readonly pinned = { has: (fingerprint256: string) => this.#fingerprints.has(fingerprint256) };

  constructor(store: ServerStore) {
    this.#store = store;
  }

  /** How many pre-shared keys are known. */
  get size(): number {
    return this.#keys.size;
  }

  /**
   * Resolves when everything is known that was in the store when it was called. Callers that come while a look is
   * under way share the next one.
   */
  refresh(): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#fetch().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.refresh();
      });
    return this.#next;
  }

  async #fetch(): Promise<void> {
    for (;;) {
      const { accounts, mark, more } = await this.#store.accountChanges(this.#mark, PAGE);
      for (const account of accounts) this.#take(account);
      this.#mark = mark;
      if (!more) return;
    }
  }

  #take(account: AccountRecord): void {
    for (const credential of this.#accounts.get(account.accountId) ?? []) this.#forget(credential);
    this.#accounts.set(account.accountId, account.credentials);
    for (const credential of account.credentials) {
      if (credential.kind === 'x509') this.#fingerprints.add(credential.fingerprint256);
      else this.#learn(credential.identity, credential.secret);
    }
  }

  /** What TLS cannot carry may still be a user and a password. */
  #learn(identity: string, secret: Uint8Array): void {
    try {
      this.#keys.set(identity, secret);
    } catch (error) {
      if (!(error instanceof SimbootError)) throw error;
    }
  }

  #forget(credential: AccountCredential): void {
    if (credential.kind === 'x509') this.#fingerprints.delete(credential.fingerprint256);
    else this.#keys.delete(credential.identity);
  }
}
