/** The PINs and ADMs that an operation has, and what an access rule means for the flags of an object (DM 2.0 G.4.2). */
import {
  type AccessCondition,
  type KeyReference,
  keysNeeded,
  type NeededKey,
  type PresentPolicy,
} from '../../card/index.js';
import type { SecureChannelOptions } from './secure-channel.js';

/** The secrets that the caller has. Each value has 8 octets; a PIN is ASCII digits filled up with FF. */
export interface CardKeys {
  /** For every user PIN that a rule names: CHV1, application PINs, the Universal PIN. */
  readonly pin?: Uint8Array;
  /** For every ADM that a rule names. */
  readonly adm?: Uint8Array;
  /** The ADM's key reference for rules that do not tell it (2G, unreadable EF.ARR). Default 0A. */
  readonly admKey?: KeyReference;
  readonly policy?: PresentPolicy;
  /**
   * Everything after EF(DIR) goes through a secure channel to the PKCS#15 application (DM 2.0 Appendix H), 3G only.
   * Without it the operation ends: nothing is read, written or presented in clear in its place.
   */
  readonly secureChannel?: SecureChannelOptions;
}

/** ADM1 (TS 102 221 table 9.3). */
const DEFAULT_ADM: KeyReference = 0x0a;

export function isUserPin(key: KeyReference): boolean {
  return (key >= 0x01 && key <= 0x08) || key === 0x11 || (key >= 0x81 && key <= 0x88);
}

/** The key reference to present for a need; 2G rules name only a level. */
export function referenceOf(need: NeededKey, keys: CardKeys): KeyReference {
  return need.kind === 'key' ? need.key : (keys.admKey ?? DEFAULT_ADM);
}

/** The value that the caller gave for a key. */
export function keyValue(key: KeyReference, keys: CardKeys): Uint8Array | undefined {
  return isUserPin(key) ? keys.pin : keys.adm;
}

/** Ways to satisfy a condition, were every PIN enabled. */
function ways(condition: AccessCondition): (readonly NeededKey[])[] {
  return [...keysNeeded(condition, []).ways];
}

/** The same for a device: in clear, or inside a secure channel where nothing else does. */
function deviceWays(condition: AccessCondition): (readonly NeededKey[])[] {
  const inClear = ways(condition);
  return inClear.length > 0 ? inClear : [...keysNeeded(condition, [], { secureChannel: true }).ways];
}

const isPin = (need: NeededKey): boolean => need.kind === 'key' && isUserPin(need.key);

/** Whether a device must ask its user for a PIN: no way to satisfy the condition goes without one. */
export function needsPin(condition: AccessCondition): boolean {
  const all = deviceWays(condition);
  return all.length > 0 && all.every((way) => way.some(isPin));
}

/** Whether some way to satisfy the condition takes nothing but what a user has. */
export function isForUsers(condition: AccessCondition): boolean {
  return ways(condition).some((way) => way.every(isPin));
}

/** Whether a device can satisfy the condition: with what a user has, and a secure channel where one is asked for. */
export function isForDevices(condition: AccessCondition): boolean {
  return deviceWays(condition).some((way) => way.every(isPin));
}

/** The user PIN of a condition, for EF(AODF); the first where several would do. */
export function userPinOf(condition: AccessCondition): KeyReference | undefined {
  const need = deviceWays(condition).flat().find(isPin);
  return need?.kind === 'key' ? need.key : undefined;
}
