/** PINs and ADMs of one record on one card: which value a reference has now, presented as seldom as possible. */
import { hex8 } from '../../bytes/index.js';
import { type Card, encodePin, type KeyReference, keyName, parseKeyValue } from '../../card/index.js';
import { DataError, SecurityError, SimbootError } from '../../errors/index.js';

/**
 * Tries are never unknown to this job: one value is presented, once. Cards whose ADM tells no tries (2G) would be closed
 * to a line otherwise; the last try is never spent.
 */
const POLICY = { consentUnknownTries: true } as const;
/** Tries that have to be left before a value is presented that may be the wrong one of two. */
const TRIES_FOR_TWO = 3;

/** Which of its two values a reference has; `either` after an interruption. */
export type KeyState = 'current' | 'next' | 'either';

export interface KeyValues {
  readonly current: Uint8Array;
  /** Of the step that changes it. */
  readonly next?: Uint8Array;
}

/**
 * The 8 octets of a PIN or ADM: 16 hex digits, 8 characters, or 4 to 8 digits filled up with FF.
 *
 * @throws DataError `DATA_FILE_VALUE`; the message never shows the value
 */
export function keyOctets(text: string, where: string): Uint8Array {
  try {
    if (/^[0-9a-fA-F]{16}$/.test(text)) return parseKeyValue({ hex: text });
    if (/^\d{4,7}$/.test(text)) return encodePin(text);
    return parseKeyValue({ ascii: text });
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    throw new DataError(
      'DATA_FILE_VALUE',
      `${where}: a PIN or ADM is 16 hexadecimal digits, 8 characters or 4 to 8 digits (${text.length} characters given)`,
    );
  }
}

export class KeyRing {
  readonly #values: ReadonlyMap<KeyReference, KeyValues>;
  readonly #states = new Map<KeyReference, KeyState>();

  constructor(values: ReadonlyMap<KeyReference, KeyValues>) {
    this.#values = values;
  }

  has(key: KeyReference): boolean {
    return this.#values.has(key);
  }

  values(key: KeyReference): KeyValues | undefined {
    return this.#values.get(key);
  }

  state(key: KeyReference): KeyState {
    return this.#states.get(key) ?? 'current';
  }

  setState(key: KeyReference, state: KeyState): void {
    this.#states.set(key, state);
  }

  /**
   * Presents a key once. Where an interruption left two possible values, the new one goes first, and nothing goes unless
   * the card tells that three tries are left.
   *
   * @throws SecurityError as `Card.present`
   */
  async present(card: Card, key: KeyReference): Promise<void> {
    const values = this.#values.get(key);
    if (values === undefined) {
      throw new SecurityError(
        'SECURITY_ACCESS_DENIED',
        `${keyName(key)} is asked for; the job does not give it`,
      );
    }
    const { current, next } = values;
    if (next === undefined || this.state(key) !== 'either') {
      return card.present(key, this.state(key) === 'next' && next ? next : current, POLICY);
    }
    await requireTries(card, key);
    await this.resolve(key, [next, current], (value) => card.present(key, value));
  }

  /**
   * Finds out which of two values the card takes.
   *
   * @throws SecurityError of the second one
   */
  async resolve(
    key: KeyReference,
    [next, current]: readonly [Uint8Array, Uint8Array],
    act: (value: Uint8Array) => Promise<void>,
  ): Promise<void> {
    try {
      await act(next);
      this.setState(key, 'next');
    } catch (error) {
      if (!(error instanceof SecurityError) || error.code !== 'SECURITY_PIN_WRONG') throw error;
      const { tries } = error.details;
      if (typeof tries !== 'number' || tries < 2) throw error;
      await act(current);
      this.setState(key, 'current');
    }
  }

  wipe(): void {
    for (const { current, next } of this.#values.values()) {
      current.fill(0);
      next?.fill(0);
    }
  }
}

/** @throws SecurityError `SECURITY_LAST_TRY`, `SECURITY_TRIES_UNKNOWN`, `SECURITY_BLOCKED` before anything is presented */
async function requireTries(card: Card, key: KeyReference): Promise<void> {
  const { tries, state } = await card.pinStatus(key);
  const name = keyName(key);
  const details = { key: hex8(key), ...(tries === undefined ? {} : { tries }) };
  if (state === 'blocked') throw new SecurityError('SECURITY_BLOCKED', `${name} is blocked`, { details });
  if (tries !== undefined && tries >= TRIES_FOR_TWO) return;
  const why =
    'its change was interrupted, so that one of two values has to be found out; nothing was presented';
  if (tries === undefined) {
    const message = `the card does not tell how many tries ${name} has left, and ${why}`;
    throw new SecurityError('SECURITY_TRIES_UNKNOWN', message, { details });
  }
  throw new SecurityError('SECURITY_LAST_TRY', `${name} has ${tries} tries left, and ${why}`, { details });
}
