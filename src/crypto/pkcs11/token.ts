/** One session with a PKCS#11 token (PKCS#11 v2.40 §5). The binding is optional and loaded when it is needed. */
import type { Handle, Mechanism, PKCS11, Template } from 'pkcs11js';
import { SecurityError } from '../../errors/index.js';

export interface TokenOptions {
  /** Path of the module, for example `/usr/lib/softhsm/libsofthsm2.so`. */
  readonly module: string;
  /** Label of the token; the only token with a label where it is left out. */
  readonly token?: string;
  /** User PIN. */
  readonly pin: string;
}

type Binding = typeof import('pkcs11js');

/** Return codes that say more than "it failed". */
const PIN_CODES = new Set([0xa0, 0xa1, 0xa2, 0xa3, 0xa4]);
const PIN_INCORRECT = 0xa0;
const ALREADY_INITIALIZED = 0x191;

/** Calls are synchronous in the module, so no two of them mix. */
export class Token {
  readonly #session: Handle;
  readonly #owner: boolean;
  #open = true;

  private constructor(
    readonly constants: Binding,
    private readonly library: PKCS11,
    session: Handle,
    owner: boolean,
  ) {
    this.#session = session;
    this.#owner = owner;
  }

  /**
   * Loads the module and logs in.
   *
   * @throws SecurityError `SECURITY_PKCS11` without binding, module or token; `SECURITY_PKCS11_PIN`; before the PIN is
   *   presented `SECURITY_BLOCKED`, or `SECURITY_LAST_TRY` where the token says that one try is left
   */
  static async open(options: TokenOptions): Promise<Token> {
    const binding = await loadBinding();
    const library = new binding.PKCS11();
    try {
      library.load(options.module);
    } catch (cause) {
      throw new SecurityError('SECURITY_PKCS11', `the PKCS#11 module ${options.module} cannot be loaded`, {
        cause,
        next: 'Check the path of the module, and that it is built for this system.',
        details: { module: options.module },
      });
    }
    const owner = initialize(library);
    try {
      const slot = findSlot(library, options.token);
      requireTries(library.C_GetTokenInfo(slot).flags, binding);
      const flags = binding.CKF_SERIAL_SESSION | binding.CKF_RW_SESSION;
      const session = library.C_OpenSession(slot, flags);
      library.C_Login(session, binding.CKU_USER, options.pin);
      return new Token(binding, library, session, owner);
    } catch (error) {
      if (owner) library.C_Finalize();
      throw tokenError('opening a session', error);
    }
  }

  /** @throws SecurityError `SECURITY_PKCS11` with the return code */
  call<T>(action: string, use: (library: PKCS11, session: Handle) => T): T {
    if (!this.#open) {
      throw new SecurityError('SECURITY_PKCS11', `${action}: the session with the token is closed`);
    }
    try {
      return use(this.library, this.#session);
    } catch (error) {
      throw tokenError(action, error);
    }
  }

  find(template: Template): Handle[] {
    return this.call('looking for keys', (library, session) => {
      library.C_FindObjectsInit(session, template);
      const found: Handle[] = [];
      for (let next = library.C_FindObjects(session); next !== null; next = library.C_FindObjects(session)) {
        found.push(next);
      }
      library.C_FindObjectsFinal(session);
      return found;
    });
  }

  attribute(handle: Handle, type: number): Buffer {
    return this.call('reading an attribute', (library, session) => {
      const [attribute] = library.C_GetAttributeValue(session, handle, [{ type }]);
      return Buffer.from(attribute!.value as Buffer);
    });
  }

  mac(mechanism: Mechanism, key: Handle, data: Uint8Array): Uint8Array {
    return this.call('computing a CMAC', (library, session) => {
      library.C_SignInit(session, mechanism, key);
      return new Uint8Array(library.C_Sign(session, Buffer.from(data), Buffer.alloc(16)));
    });
  }

  /** @param more octets that the mechanism adds */
  encrypt(mechanism: Mechanism, key: Handle, data: Uint8Array, more = 0): Uint8Array {
    return this.call('encrypting', (library, session) => {
      library.C_EncryptInit(session, mechanism, key);
      return new Uint8Array(library.C_Encrypt(session, Buffer.from(data), Buffer.alloc(data.length + more)));
    });
  }

  decrypt(mechanism: Mechanism, key: Handle, data: Uint8Array): Uint8Array {
    return this.call('decrypting', (library, session) => {
      library.C_DecryptInit(session, mechanism, key);
      return new Uint8Array(library.C_Decrypt(session, Buffer.from(data), Buffer.alloc(data.length)));
    });
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.library.C_CloseSession(this.#session);
      if (this.#owner) this.library.C_Finalize();
      this.library.close();
    } catch {
      // the token may be gone already; there is nothing left to give back then
    }
  }
}

async function loadBinding(): Promise<Binding> {
  try {
    const loaded = (await import('pkcs11js')) as Binding & { default?: Binding };
    return loaded.default ?? loaded;
  } catch (cause) {
    throw new SecurityError('SECURITY_PKCS11', 'the optional package pkcs11js is not installed', {
      cause,
      next: 'Install the package pkcs11js (it is compiled), or use an encrypted key store file.',
    });
  }
}

/** Whether this call initialized the module, and so has to finalize it. */
function initialize(library: PKCS11): boolean {
  try {
    library.C_Initialize();
    return true;
  } catch (error) {
    if (codeOf(error) === ALREADY_INITIALIZED) return false;
    throw tokenError('initializing the module', error);
  }
}

/** A wrong PIN would lock the token for good, so the last try belongs to the tool of its maker. */
function requireTries(flags: number, binding: Binding): void {
  if ((flags & binding.CKF_USER_PIN_LOCKED) !== 0) {
    throw new SecurityError('SECURITY_BLOCKED', 'the token has locked its PIN, so it was not presented', {
      next: 'The security officer of the token sets a new PIN.',
    });
  }
  if ((flags & binding.CKF_USER_PIN_FINAL_TRY) !== 0) {
    throw new SecurityError(
      'SECURITY_LAST_TRY',
      'the token has one try of its PIN left, so it was not presented',
      {
        next: 'Be sure of the PIN, and log in once with the tool of the token: that gives the tries back.',
      },
    );
  }
}

function findSlot(library: PKCS11, label: string | undefined): Handle {
  const slots = library.C_GetSlotList(true).map((slot) => ({
    slot,
    label: library.C_GetTokenInfo(slot).label.trimEnd(),
  }));
  const found = slots.filter((one) => (label === undefined ? one.label !== '' : one.label === label));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only.slot;
  const present = slots.map((one) => `"${one.label}"`).join(', ') || 'none';
  throw new SecurityError(
    'SECURITY_PKCS11',
    label === undefined
      ? `the module has ${found.length} tokens, so one must be named (present: ${present})`
      : `the module has ${found.length} tokens "${label}" (present: ${present})`,
  );
}

function codeOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'number' ? code : undefined;
}

function tokenError(action: string, error: unknown): SecurityError {
  if (error instanceof SecurityError) return error;
  const code = codeOf(error);
  const name = error instanceof Error ? error.message.split(/[\s:]/)[0] : undefined;
  const returned =
    code === undefined ? '' : ` (${name ?? 'return code'}, ${code.toString(16).toUpperCase()})`;
  const pin = code !== undefined && PIN_CODES.has(code);
  return new SecurityError(
    pin ? 'SECURITY_PKCS11_PIN' : 'SECURITY_PKCS11',
    pin
      ? `the token refused the PIN${returned}${code === PIN_INCORRECT ? '; a try was spent' : ''}`
      : `PKCS#11, ${action}: the token refused${returned}`,
    { cause: error, details: code === undefined ? {} : { returnCode: code } },
  );
}
