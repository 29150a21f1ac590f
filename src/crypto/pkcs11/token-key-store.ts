/**
 * Key sets in a PKCS#11 token: secret keys labelled `NAME.enc`, `NAME.mac` and `NAME.dek`, and a data object labelled
 * `NAME` of the application `simboot` with what else is known of the set.
 */
import type { Template } from 'pkcs11js';
import { z } from 'zod';
import { decodeUtf8, encodeUtf8 } from '../../bytes/index.js';
import { SecurityError, UsageError } from '../../errors/index.js';
import { aesKeyLength } from '../aes-key.js';
import { DIVERSIFICATION_METHODS, type KeyPurpose, wipeStaticKeys } from '../diversify.js';
import type { KeyHandle } from '../key-handle.js';
import {
  type KeySetFacts,
  type KeySetSummary,
  type KeyStore,
  type RawKeys,
  requireKeySet,
  type StoredKeySet,
  summaryOf,
} from '../store/key-store.js';
import { Token, type TokenOptions } from './token.js';
import { TokenKey } from './token-key.js';

const APPLICATION = 'simboot';
const PURPOSES = ['enc', 'mac', 'dek'] as const;
const factsSchema = z.object({
  version: z.int().min(0).max(0xff),
  mode: z.enum(['S8', 'S16']),
  diversification: z.enum(DIVERSIFICATION_METHODS).optional(),
});

/** A token as a key store. Static keys never leave it; `docs/scp03.md` says exactly what does. */
export class TokenKeyStore implements KeyStore {
  readonly #token: Token;
  readonly #handedOut: StoredKeySet[] = [];
  readonly #singleKeys: KeyHandle[] = [];

  private constructor(token: Token) {
    this.#token = token;
  }

  /** @throws SecurityError `SECURITY_PKCS11`, `SECURITY_PKCS11_PIN` */
  static async open(options: TokenOptions): Promise<TokenKeyStore> {
    return new TokenKeyStore(await Token.open(options));
  }

  async list(): Promise<KeySetSummary[]> {
    const { CKA_LABEL } = this.#token.constants;
    const names = this.#token
      .find(this.#factsTemplate())
      .map((handle) => this.#token.attribute(handle, CKA_LABEL).toString('utf8'));
    return Promise.all(names.sort().map(async (name) => summaryOf(await this.keySet(name))));
  }

  async keySet(name: string): Promise<StoredKeySet> {
    const [handle] = this.#token.find(this.#factsTemplate(name));
    if (handle === undefined) {
      throw new UsageError('USAGE_KEY_SET', `the token has no key set "${name}"`);
    }
    const parsed = factsSchema.safeParse(
      parseJson(this.#token.attribute(handle, this.#token.constants.CKA_VALUE)),
    );
    if (!parsed.success) {
      throw new SecurityError(
        'SECURITY_PKCS11',
        `the data object of key set "${name}" is not as the format has it`,
      );
    }
    const { version, mode, diversification } = parsed.data;
    const set: StoredKeySet = {
      name,
      version,
      mode,
      ...(diversification === undefined ? {} : { diversification }),
      keys: { enc: this.#key(name, 'enc'), mac: this.#key(name, 'mac'), dek: this.#key(name, 'dek') },
    };
    this.#handedOut.push(set);
    return set;
  }

  /**
   * Puts a key set into the token, as keys that it does not give away.
   *
   * @throws UsageError `USAGE_KEY_SET` if the name is taken, `USAGE_ARGUMENT` for a wrong name or key length
   */
  async import(facts: KeySetFacts, keys: RawKeys): Promise<KeySetSummary> {
    requireKeySet(facts, keys);
    const c = this.#token.constants;
    if (this.#token.find(this.#factsTemplate(facts.name)).length > 0) {
      throw new UsageError('USAGE_KEY_SET', `the token has a key set "${facts.name}" already`);
    }
    for (const purpose of PURPOSES) {
      this.#create(this.#labelled(`${facts.name}.${purpose}`), keys[purpose], [
        { type: c.CKA_SIGN, value: true },
        { type: c.CKA_ENCRYPT, value: true },
      ]);
    }
    // last, so that a set whose import was interrupted is not there
    const { version, mode, diversification } = facts;
    const value = Buffer.from(encodeUtf8(JSON.stringify({ version, mode, diversification })));
    this.#token.call('storing a key set', (library, session) =>
      library.C_CreateObject(session, [
        ...this.#factsTemplate(facts.name),
        { type: c.CKA_TOKEN, value: true },
        { type: c.CKA_PRIVATE, value: true },
        { type: c.CKA_VALUE, value },
      ]),
    );
    return summaryOf(await this.keySet(facts.name));
  }

  async singleKey(label: string): Promise<KeyHandle> {
    const key = this.#keyLabelled(label);
    this.#singleKeys.push(key);
    return key;
  }

  /**
   * Puts one AES key into the token, one that decrypts and that the token does not give away: a transport key.
   *
   * @param octets 16, 24 or 32
   * @throws UsageError `USAGE_KEY_SET` if the label is taken, `USAGE_ARGUMENT` for a wrong length
   */
  async importSingleKey(label: string, octets: Uint8Array): Promise<KeyHandle> {
    aesKeyLength(octets.length);
    if (this.#token.find(this.#labelled(label)).length > 0) {
      throw new UsageError('USAGE_KEY_SET', `the token has a key "${label}" already`);
    }
    const c = this.#token.constants;
    this.#create(this.#labelled(label), octets, [
      { type: c.CKA_ENCRYPT, value: true },
      { type: c.CKA_DECRYPT, value: true },
    ]);
    return this.singleKey(label);
  }

  async close(): Promise<void> {
    for (const key of this.#singleKeys) key.wipe();
    for (const { keys } of this.#handedOut) wipeStaticKeys(keys);
    this.#token.close();
  }

  #create(template: Template, octets: Uint8Array, uses: Template): void {
    const c = this.#token.constants;
    const value = Buffer.from(octets);
    this.#token.call('storing a key', (library, session) =>
      library.C_CreateObject(session, [
        ...template,
        { type: c.CKA_TOKEN, value: true },
        { type: c.CKA_PRIVATE, value: true },
        { type: c.CKA_SENSITIVE, value: true },
        { type: c.CKA_EXTRACTABLE, value: false },
        ...uses,
        { type: c.CKA_VALUE, value },
      ]),
    );
    value.fill(0);
  }

  #key(name: string, purpose: KeyPurpose): TokenKey {
    return this.#keyLabelled(`${name}.${purpose}`);
  }

  #keyLabelled(label: string): TokenKey {
    const [handle, second] = this.#token.find(this.#labelled(label));
    if (handle !== undefined && second === undefined) return new TokenKey(this.#token, handle);
    throw new SecurityError(
      'SECURITY_PKCS11',
      `the token has ${handle === undefined ? 'no' : 'more than one'} AES key "${label}"`,
    );
  }

  #labelled(label: string): Template {
    const c = this.#token.constants;
    return [
      { type: c.CKA_CLASS, value: c.CKO_SECRET_KEY },
      { type: c.CKA_KEY_TYPE, value: c.CKK_AES },
      { type: c.CKA_LABEL, value: label },
    ];
  }

  #factsTemplate(name?: string) {
    const c = this.#token.constants;
    return [
      { type: c.CKA_CLASS, value: c.CKO_DATA },
      { type: c.CKA_APPLICATION, value: APPLICATION },
      ...(name === undefined ? [] : [{ type: c.CKA_LABEL, value: name }]),
    ];
  }
}

function parseJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(value));
  } catch {
    return undefined;
  }
}
