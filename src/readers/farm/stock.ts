/** Blanks of a farm: chips with identities from a seed, and what is wrong with some of them. */
import { fromHex, luhnCheckDigit, toHex } from '../../bytes/index.js';
import { UsageError } from '../../errors/index.js';
import { chanceOf } from './chance.js';
import { type FarmFault, type FarmFaultOrder, faultFor } from './faults.js';

/** A blank as it lies in the stack. */
export interface Blank {
  /** From 1, in the order of the stack. */
  readonly number: number;
  readonly profile: string;
  /** Hex of the 42 octets (GPC 2.3.1 §H.6). */
  readonly cplc: string;
  /** Printed ICCID; a blank EF_ICCID without one. */
  readonly iccid?: string;
  readonly fault?: FarmFault;
}

export interface StockOptions {
  readonly cards: number;
  readonly profile: string;
  /** What lies in the stack in place of a `wrong` card. */
  readonly wrongProfile: string;
  readonly seed: number;
  readonly faults: readonly FarmFaultOrder[];
  /** Printed ICCIDs in the order of the stack, or the first of consecutive ones without its check digit. */
  readonly iccids?: readonly string[] | { readonly first: string };
}

const HIGHEST_SERIAL = 0xffffffff;

/** @throws UsageError `USAGE_ARGUMENT` for numbers that make no stack */
export function stack(options: StockOptions): Blank[] {
  const { cards, iccids } = options;
  if (!Number.isSafeInteger(cards) || cards < 0 || cards > 10_000_000) {
    throw new UsageError('USAGE_ARGUMENT', `a stack has 0 to 10,000,000 cards, not ${cards}`);
  }
  if (iccids !== undefined && 'first' in iccids && !/^\d{17,18}$/.test(iccids.first)) {
    throw new UsageError('USAGE_ARGUMENT', 'the first ICCID has 17 or 18 digits, without its check digit');
  }
  return Array.from({ length: cards }, (_, index) => blank(index + 1, options));
}

function blank(number: number, options: StockOptions): Blank {
  const fault = faultFor(number, options.faults, chanceOf(options.seed, number));
  const chip = fault?.kind === 'same-identity' ? fault.as : number;
  const printed = printedOn(fault?.kind === 'same-iccid' ? fault.as : number, options.iccids);
  return {
    number,
    profile: fault?.kind === 'wrong' ? options.wrongProfile : options.profile,
    cplc: cplcOf(options.seed, chip),
    ...(printed === undefined ? {} : { iccid: printed }),
    ...(fault === undefined ? {} : { fault }),
  };
}

function printedOn(number: number, iccids: StockOptions['iccids']): string | undefined {
  if (iccids === undefined) return undefined;
  if (!('first' in iccids)) return iccids[number - 1];
  const digits = (BigInt(iccids.first) + BigInt(number - 1)).toString().padStart(iccids.first.length, '0');
  return digits + luhnCheckDigit(digits);
}

/**
 * Fabricator, type, operating system and its dates are those of all; the serial number is the card's, the batch the
 * seed's.
 */
function cplcOf(seed: number, number: number): string {
  const cplc = new Uint8Array(42);
  cplc.set(fromHex('53494D424F4F54202640'));
  const view = new DataView(cplc.buffer);
  view.setUint16(10, 0x6320);
  view.setUint32(12, number % HIGHEST_SERIAL);
  view.setUint16(16, seed & 0xffff);
  return toHex(cplc);
}

/** Serial number and batch, as chips give them for the diversification of keys: ten octets. */
export function diversificationOf(cplc: string): Uint8Array {
  const octets = new Uint8Array(10);
  octets.set(fromHex(cplc).subarray(12, 18), 2);
  return octets;
}
