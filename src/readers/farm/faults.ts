/** Faults of the cards of a farm: on one card by its number, or on a share of them by chance. */
import { UsageError } from '../../errors/index.js';
import type { Faults, TearMoment } from '../../simulator/index.js';
import { between, type Chance } from './chance.js';

/** What may be wrong with a card of a farm. Exchanges are counted from its first insertion. */
export type FarmFault =
  /** Pulled out at an exchange. It can be put in again. */
  | { readonly kind: 'tear'; readonly exchange: number; readonly moment: TearMoment }
  /** Pulled out, and found again only at the end of the stack. */
  | { readonly kind: 'lost'; readonly exchange: number; readonly moment: TearMoment }
  /** No answer at one exchange. */
  | { readonly kind: 'mute'; readonly exchange: number }
  /** A status word in place of the command at one exchange. */
  | { readonly kind: 'status'; readonly exchange: number; readonly sw: number }
  /** Never an answer to reset. */
  | { readonly kind: 'dead' }
  /** Every update fails with 6581, from an exchange on. */
  | { readonly kind: 'worn'; readonly exchange: number }
  /** A card of another kind, with another ATR, lies in the stack. */
  | { readonly kind: 'wrong' }
  /** The same ICCID, or the same chip identity, as an earlier card. */
  | { readonly kind: 'same-iccid' | 'same-identity'; readonly as: number }
  /** After it was written, the next blank is in its place; it comes back at the end of the stack. */
  | { readonly kind: 'swap' };

export type FarmFaultKind = FarmFault['kind'];

/** One `--fault`: a card's own, or a share of all cards. */
export type FarmFaultOrder =
  | { readonly card: number; readonly fault: FarmFault }
  | { readonly probability: number; readonly kind: FarmFaultKind };

const KINDS: readonly FarmFaultKind[] = [
  'tear',
  'lost',
  'mute',
  'status',
  'dead',
  'worn',
  'wrong',
  'same-iccid',
  'same-identity',
  'swap',
];
/** Exchanges among which chance chooses. */
const EXCHANGES = 160;
const TORN_OCTETS = 64;
const UPDATES = [0xd6, 0xdc, 0x24, 0xd8];
const SW_MEMORY = 0x6581;
const SW_UNKNOWN = 0x6f00;

/**
 * `KIND:SHARE` (`tear:0.01`), or `CARD=KIND`, with `@EXCHANGE` and `:DETAIL` where the kind has them: `17=tear@40:after`,
 * `17=status@12:6F00`, `9=same-iccid:3`.
 *
 * @throws UsageError `USAGE_SIMULATOR_OPTION`
 * Such as `parseFarmFault('swap:0.5')`: `{ probability: 0.5, kind: 'swap' }`.
 */
export function parseFarmFault(text: string): FarmFaultOrder {
  const [, shared, share] = /^([a-z-]+):(0(?:\.\d+)?|1(?:\.0+)?)$/.exec(text) ?? [];
  if (shared !== undefined) return { probability: Number(share), kind: kindOf(text, shared) };
  const [, card, kind, at, detail] =
    /^([1-9]\d{0,8})=([a-z-]+)(?:@([1-9]\d{0,8}))?(?::(\w+))?$/.exec(text) ?? [];
  if (card === undefined) throw wrong(text);
  return { card: Number(card), fault: faultOf(text, kindOf(text, kind ?? ''), Number(at ?? 1), detail) };
}

function faultOf(text: string, kind: FarmFaultKind, exchange: number, detail: string | undefined): FarmFault {
  switch (kind) {
    case 'tear':
    case 'lost':
      return { kind, exchange, moment: momentOf(text, detail) };
    case 'status': {
      if (detail !== undefined && !/^[0-9A-Fa-f]{4}$/.test(detail)) throw wrong(text);
      return { kind, exchange, sw: detail === undefined ? SW_UNKNOWN : Number.parseInt(detail, 16) };
    }
    case 'mute':
    case 'worn':
      return { kind, exchange };
    case 'same-iccid':
    case 'same-identity':
      if (detail === undefined || !/^[1-9]\d*$/.test(detail)) throw wrong(text);
      return { kind, as: Number(detail) };
    default:
      return { kind };
  }
}

function momentOf(text: string, detail: string | undefined): TearMoment {
  if (detail === undefined || detail === 'before') return 'before';
  if (detail === 'after') return 'after';
  if (!/^\d{1,5}$/.test(detail)) throw wrong(text);
  return { octets: Number(detail) };
}

function kindOf(text: string, kind: string): FarmFaultKind {
  const found = KINDS.find((known) => known === kind);
  if (found === undefined) throw wrong(text);
  return found;
}

function wrong(text: string): UsageError {
  return new UsageError(
    'USAGE_SIMULATOR_OPTION',
    `"${text}" is no fault of a farm: KIND:SHARE or CARD=KIND[@EXCHANGE][:DETAIL], KIND one of ${KINDS.join(', ')}`,
  );
}

/** The fault of one card, if it has one: its own, or the first that chance gives it. */
export function faultFor(
  card: number,
  orders: readonly FarmFaultOrder[],
  chance: Chance,
): FarmFault | undefined {
  let found: FarmFault | undefined;
  for (const order of orders) {
    if ('card' in order) {
      if (order.card === card) return order.fault;
      continue;
    }
    // every share draws, so that one more share leaves the others as they are
    const strikes = chance() < order.probability;
    const fault = drawn(order.kind, card, chance);
    if (strikes) found ??= fault;
  }
  return found;
}

function drawn(kind: FarmFaultKind, card: number, chance: Chance): FarmFault | undefined {
  const exchange = between(chance, 1, EXCHANGES);
  const octets = between(chance, 0, TORN_OCTETS);
  const earlier = between(chance, 1, card - 1);
  const moment = octets % 3 === 0 ? 'before' : octets % 3 === 1 ? 'after' : { octets };
  switch (kind) {
    case 'tear':
    case 'lost':
      return { kind, exchange, moment };
    case 'status':
      return { kind, exchange, sw: SW_UNKNOWN };
    case 'mute':
    case 'worn':
      return { kind, exchange };
    case 'same-iccid':
    case 'same-identity':
      return card === 1 ? undefined : { kind, as: earlier };
    default:
      return { kind };
  }
}

/** Arms what the card itself does; `before` exchanges were made in earlier insertions. */
export function arm(faults: Faults, fault: FarmFault | undefined, before: number): void {
  switch (fault?.kind) {
    case 'tear':
    case 'lost':
      if (fault.exchange > before) faults.tearAt(fault.exchange - before, fault.moment);
      return;
    case 'mute':
      if (fault.exchange > before) faults.muteAt(fault.exchange - before);
      return;
    case 'status':
      if (fault.exchange > before) faults.statusAt(fault.exchange - before, fault.sw);
      return;
    case 'dead':
      faults.noAnswerToReset();
      return;
    default:
      return;
  }
}

/** From now on every update of the card fails. */
export function wearOut(faults: Faults): void {
  for (const instruction of UPDATES) faults.statusFor(instruction, SW_MEMORY);
}
