/** PINs and administrative keys with their counters (TS 102 221 §9.4, §9.5; TS 51.011 §8.9 to §8.13). */
import { equal } from '../../bytes/index.js';
import { isAdministrative } from './rules.js';

/** One PIN as it is kept in the card. The values are eight octets, padded with FF. */
export interface Pin {
  readonly name: string;
  /** Key reference of 3G commands. */
  readonly reference: number;
  /** P2 of 2G commands. */
  readonly reference2g: number;
  value: Uint8Array;
  enabled: boolean;
  readonly canDisable: boolean;
  tries: number;
  readonly maxTries: number;
  /** No unblock value: the PIN cannot be unblocked. */
  unblockValue: Uint8Array | undefined;
  /** Name of the key whose value is the unblock value; absent where it cannot be changed. */
  readonly unblockBy?: string | undefined;
  unblockTries: number;
  readonly maxUnblockTries: number;
  /** The PIN was disabled in favour of the universal PIN (TS 102 221 §9.5.3). */
  replaced: boolean;
  /** Volatile: presented since the last reset. */
  verified: boolean;
}

export const KEY_UNIVERSAL_PIN = 0x11;
export const KEY_PIN1 = 0x01;

export class PinStore {
  constructor(readonly pins: readonly Pin[]) {}

  find(reference: number): Pin | undefined {
    return this.pins.find((pin) => pin.reference === reference);
  }

  /** By P2 of a 2G command. */
  find2g(p2: number): Pin | undefined {
    return this.pins.find((pin) => pin.reference2g === p2);
  }

  /** Gives a PIN another value, and those that it unblocks another unblock value. */
  change(pin: Pin, value: Uint8Array): void {
    pin.value = value.slice();
    for (const other of this.pins) if (other.unblockBy === pin.name) other.unblockValue = value.slice();
  }

  /** Whether an access rule that names this key is satisfied now (TS 102 221 §9.4.1, §9.5.3). */
  satisfied(reference: number): boolean {
    const pin = this.find(reference);
    if (pin === undefined) return false;
    if (pin.verified && pin.tries > 0) return true;
    if (isAdministrative(reference)) return false;
    if (reference === KEY_UNIVERSAL_PIN) return this.universalNotNeeded();
    if (pin.enabled) return false;
    return pin.replaced ? this.satisfied(KEY_UNIVERSAL_PIN) : true;
  }

  /** The universal PIN protects nothing unless an application PIN is disabled in its favour. */
  private universalNotNeeded(): boolean {
    const universal = this.find(KEY_UNIVERSAL_PIN);
    const application = this.find(KEY_PIN1);
    if (application?.enabled !== false) return false;
    return universal?.enabled !== true || !application.replaced;
  }

  /** Security environment (TS 102 221 §9.2.2): 1 with the application PIN enabled, 0 with it disabled. */
  get securityEnvironment(): 0 | 1 {
    return this.find(KEY_PIN1)?.enabled === false ? 0 : 1;
  }

  /** Whether the universal PIN stands in for a disabled application PIN: usage qualifier 08, otherwise 00. */
  get universalReplaces(): boolean {
    return this.pins.some((pin) => !pin.enabled && pin.replaced);
  }

  /** Reset of the card: nothing is verified. */
  forget(): void {
    for (const pin of this.pins) pin.verified = false;
  }

  /** End of an application session: its local PINs (81 to 88) have to be presented again. */
  forgetLocal(): void {
    for (const pin of this.pins) {
      if ((pin.reference & 0x80) !== 0 && !isAdministrative(pin.reference)) pin.verified = false;
    }
  }
}

/** Compares and counts; the caller says what success does. */
export function present(pin: Pin, value: Uint8Array): boolean {
  if (equal(pin.value, value)) {
    pin.tries = pin.maxTries;
    return true;
  }
  pin.tries = Math.max(0, pin.tries - 1);
  pin.verified = false;
  return false;
}

/** Compares and counts an unblock value; success sets a new value and both counters. */
export function unblock(pin: Pin, value: Uint8Array, replacement: Uint8Array): boolean {
  if (pin.unblockValue === undefined || !equal(pin.unblockValue, value)) {
    pin.unblockTries = Math.max(0, pin.unblockTries - 1);
    return false;
  }
  pin.unblockTries = pin.maxUnblockTries;
  pin.tries = pin.maxTries;
  pin.value = replacement.slice();
  pin.verified = true;
  return true;
}

/** The octet that a 2G SELECT response shows for a PIN: b8 initialised, b4 to b1 tries left. */
export function chvStatus(tries: number | undefined): number {
  return tries === undefined ? 0x00 : 0x80 | (tries & 0x0f);
}
