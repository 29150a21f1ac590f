/** CHV commands of 2G mode (TS 51.011 §8.9 to §8.13, §9.2.9 to §9.2.13). */
import { SW, SW_2G } from '../../apdu/index.js';
import type { Answer, Command, Machine } from '../machine/machine.js';
import { KEY_PIN1, type Pin, present, unblock } from '../security/pins.js';

const CHV_LENGTH = 8;
const CHV1 = 0x01;
/** UNBLOCK CHV names CHV1 as 00 (§9.2.13). */
const UNBLOCK_CHV1 = 0x00;

export function verifyChv(machine: Machine, { p1, p2, data }: Command): Answer {
  const pin = usable(machine, p1, p2, data, CHV_LENGTH);
  if (typeof pin === 'number') return { sw: pin };
  if (!pin.enabled) return { sw: SW_2G.CONTRADICTION_CHV };
  if (!present(pin, data)) return { sw: wrong(pin) };
  pin.verified = true;
  return { sw: SW.OK };
}

export function changeChv(machine: Machine, { p1, p2, data }: Command): Answer {
  const pin = usable(machine, p1, p2, data, 2 * CHV_LENGTH);
  if (typeof pin === 'number') return { sw: pin };
  if (!pin.enabled) return { sw: SW_2G.CONTRADICTION_CHV };
  if (!present(pin, data.subarray(0, CHV_LENGTH))) return { sw: wrong(pin) };
  pin.value = data.slice(CHV_LENGTH);
  pin.verified = true;
  return { sw: SW.OK };
}

/** DISABLE and ENABLE CHV exist for CHV1 alone. */
export function switchChv(machine: Machine, { p1, p2, data }: Command, enable: boolean): Answer {
  if (p2 !== CHV1) return { sw: SW.WRONG_P1P2 };
  const pin = usable(machine, p1, p2, data, CHV_LENGTH);
  if (typeof pin === 'number') return { sw: pin };
  if (pin.enabled === enable) return { sw: SW_2G.CONTRADICTION_CHV };
  if (!pin.canDisable) return { sw: SW_2G.CONTRADICTION_CHV };
  if (!present(pin, data)) return { sw: wrong(pin) };
  pin.enabled = enable;
  pin.replaced = false;
  pin.verified = enable;
  return { sw: SW.OK };
}

/** A CHV1 that was disabled is enabled again (§8.13). */
export function unblockChv(machine: Machine, { p1, p2, data }: Command): Answer {
  if (p1 !== 0) return { sw: SW.WRONG_P1P2 };
  const pin =
    p2 === UNBLOCK_CHV1 ? machine.pins.find(KEY_PIN1) : p2 === CHV1 ? undefined : machine.pins.find2g(p2);
  if (pin?.unblockValue === undefined) return { sw: SW_2G.NO_CHV_INITIALISED };
  if (data.length !== 2 * CHV_LENGTH) return { sw: SW.WRONG_LENGTH | (2 * CHV_LENGTH) };
  if (pin.unblockTries === 0) return { sw: SW_2G.BLOCKED };
  if (!unblock(pin, data.subarray(0, CHV_LENGTH), data.subarray(CHV_LENGTH))) {
    return { sw: pin.unblockTries === 0 ? SW_2G.BLOCKED : SW_2G.ACCESS_DENIED };
  }
  pin.enabled = true;
  pin.replaced = false;
  return { sw: SW.OK };
}

function usable(machine: Machine, p1: number, p2: number, data: Uint8Array, length: number): Pin | number {
  if (p1 !== 0) return SW.WRONG_P1P2;
  const pin = machine.pins.find2g(p2);
  if (pin === undefined) return SW_2G.NO_CHV_INITIALISED;
  if (data.length !== length) return SW.WRONG_LENGTH | length;
  return pin.tries === 0 ? SW_2G.BLOCKED : pin;
}

function wrong(pin: Pin): number {
  return pin.tries === 0 ? SW_2G.BLOCKED : SW_2G.ACCESS_DENIED;
}
