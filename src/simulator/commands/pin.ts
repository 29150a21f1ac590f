/** VERIFY, CHANGE, DISABLE, ENABLE and UNBLOCK PIN in 3G mode (TS 102 221 §11.1.9 to §11.1.13). */
import { SW } from '../../apdu/index.js';
import type { Answer, Command, Machine } from '../machine/machine.js';
import { KEY_UNIVERSAL_PIN, type Pin, present, unblock } from '../security/pins.js';
import { isAdministrative } from '../security/rules.js';

const PIN_LENGTH = 8;
/** 63Cx: not successful, x tries left. */
const SW_TRIES = 0x63c0;
const REPLACE_BY_UNIVERSAL = 0x80;

export function verifyPin(machine: Machine, { p1, p2, data }: Command): Answer {
  if (p1 !== 0) return { sw: SW.INCORRECT_P1P2 };
  const pin = machine.pins.find(p2);
  if (pin === undefined) return { sw: SW.REFERENCED_DATA_NOT_FOUND };
  if (data.length === 0) return { sw: askTries(machine, pin) };
  if (data.length !== PIN_LENGTH) return { sw: SW.WRONG_LENGTH };
  const refused = refusal(pin);
  if (refused !== undefined) return { sw: refused };
  if (!present(pin, data)) return { sw: SW_TRIES | pin.tries };
  pin.verified = true;
  return { sw: SW.OK };
}

/** VERIFY without data asks, and spends nothing. Some cards do not answer it for administrative keys. */
function askTries(machine: Machine, pin: Pin): number {
  if (isAdministrative(pin.reference) && !machine.behaviour.answersAdmTries) return SW.WRONG_LENGTH;
  return refusal(pin) ?? (pin.verified ? SW.OK : SW_TRIES | pin.tries);
}

function refusal(pin: Pin): number | undefined {
  if (pin.tries === 0) return SW.AUTHENTICATION_BLOCKED;
  return pin.enabled ? undefined : SW.REFERENCE_DATA_UNUSABLE;
}

export function changePin(machine: Machine, { p1, p2, data }: Command): Answer {
  if (p1 !== 0) return { sw: SW.INCORRECT_P1P2 };
  const pin = machine.pins.find(p2);
  if (pin === undefined) return { sw: SW.REFERENCED_DATA_NOT_FOUND };
  if (data.length !== 2 * PIN_LENGTH) return { sw: SW.WRONG_LENGTH };
  const refused = refusal(pin);
  if (refused !== undefined) return { sw: refused };
  if (!present(pin, data.subarray(0, PIN_LENGTH))) return { sw: SW_TRIES | pin.tries };
  machine.pins.change(pin, data.subarray(PIN_LENGTH));
  pin.verified = true;
  return { sw: SW.OK };
}

export function disablePin(machine: Machine, { p1, p2, data }: Command): Answer {
  if (p1 !== 0 && p1 !== REPLACE_BY_UNIVERSAL) return { sw: SW.INCORRECT_P1P2 };
  const pin = switchable(machine, p2, data);
  if (typeof pin === 'number') return { sw: pin };
  const replaced = p1 === REPLACE_BY_UNIVERSAL;
  if (replaced && (pin.reference === KEY_UNIVERSAL_PIN || !machine.pins.find(KEY_UNIVERSAL_PIN))) {
    return { sw: SW.INCORRECT_P1P2 };
  }
  const refused = refusal(pin);
  if (refused !== undefined) return { sw: refused };
  if (!present(pin, data)) return { sw: SW_TRIES | pin.tries };
  pin.enabled = false;
  pin.replaced = replaced;
  return { sw: SW.OK };
}

export function enablePin(machine: Machine, { p1, p2, data }: Command): Answer {
  if (p1 !== 0) return { sw: SW.INCORRECT_P1P2 };
  const pin = switchable(machine, p2, data);
  if (typeof pin === 'number') return { sw: pin };
  if (pin.tries === 0) return { sw: SW.AUTHENTICATION_BLOCKED };
  if (pin.enabled) return { sw: SW.REFERENCE_DATA_UNUSABLE };
  if (!present(pin, data)) return { sw: SW_TRIES | pin.tries };
  Object.assign(pin, { enabled: true, replaced: false, verified: true });
  return { sw: SW.OK };
}

function switchable(machine: Machine, p2: number, data: Uint8Array): Pin | number {
  const pin = machine.pins.find(p2);
  if (pin === undefined) return SW.REFERENCED_DATA_NOT_FOUND;
  if (!pin.canDisable) return SW.FUNCTION_NOT_SUPPORTED;
  return data.length === PIN_LENGTH ? pin : SW.WRONG_LENGTH;
}

export function unblockPin(machine: Machine, { p1, p2, data }: Command): Answer {
  if (p1 !== 0) return { sw: SW.INCORRECT_P1P2 };
  const pin = machine.pins.find(p2);
  if (pin?.unblockValue === undefined) return { sw: SW.REFERENCED_DATA_NOT_FOUND };
  if (pin.unblockTries === 0) return { sw: SW.AUTHENTICATION_BLOCKED };
  if (data.length === 0) return { sw: SW_TRIES | pin.unblockTries };
  if (data.length !== 2 * PIN_LENGTH) return { sw: SW.WRONG_LENGTH };
  const done = unblock(pin, data.subarray(0, PIN_LENGTH), data.subarray(PIN_LENGTH));
  return { sw: done ? SW.OK : SW_TRIES | pin.unblockTries };
}
