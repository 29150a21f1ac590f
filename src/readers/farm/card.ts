/** One card of a farm: alive while it is in a slot or in a hand, an image while it lies in a stack or a bin. */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { decodeUtf8, encodeUtf8, fromHex, toHex } from '../../bytes/index.js';
import {
  type CardImage,
  createSimulatedCard,
  type Profile,
  type SimulatedCard,
} from '../../simulator/index.js';
import { arm, type FarmFault, wearOut } from './faults.js';
import { type Blank, diversificationOf } from './stock.js';
import type { FarmCardDump, FarmCardView, FarmPlace } from './types.js';

/** A card's state that a farm keeps in its file. */
export interface KeptCard {
  readonly number: number;
  readonly place: FarmPlace;
  readonly slot?: string | undefined;
  readonly insertions: number;
  readonly exchanges: number;
  readonly updates: number;
  readonly cardTime: number;
  readonly swapped: boolean;
  /** Base64 of the deflated image; a card that was never in a slot has none. */
  readonly image?: string | undefined;
}

const UPDATES = new Set([0xd6, 0xdc, 0x24, 0xd8, 0xe0, 0xe4, 0xd4, 0xe2, 0x2c, 0x26, 0x28, 0x04, 0x44]);
const CHANGE_PIN = 0x24;
const COMMAND_OK = [0x90, 0x91];

export class FarmCard {
  place: FarmPlace = 'stack';
  slot: string | undefined;
  insertions = 0;
  exchanges = 0;
  updates = 0;
  fault: FarmFault | undefined;
  /** A swap happened already. */
  swapped = false;
  /** Digests of the values that CHANGE PIN brought, by key reference. */
  readonly #newPins = new Map<string, Set<string>>();
  #finishedTime = 0;
  #image: Uint8Array | undefined;
  #live: SimulatedCard | undefined;
  #isWorn = false;

  constructor(
    readonly blank: Blank,
    private readonly profileOf: (name: string) => Profile,
  ) {
    this.fault = blank.fault;
  }

  get number(): number {
    return this.blank.number;
  }

  /** The card itself; made from its image where it was put away. */
  live(): SimulatedCard {
    this.#live ??= this.#wake();
    return this.#live;
  }

  /** It leaves the slot for a place where nobody talks to it. */
  putAway(): void {
    if (this.#live === undefined) return;
    this.#image = packed(this.#live.snapshot());
    this.#finishedTime += this.#live.cardTime;
    this.#live = undefined;
  }

  get cardTime(): number {
    return this.#finishedTime + (this.#live?.cardTime ?? 0);
  }

  /** Arms a fault now; exchanges of it are counted from here. */
  strike(fault: FarmFault): void {
    this.fault = fault;
    this.#isWorn = false;
    arm(this.live().faults, fault, 0);
  }

  /** Before an exchange. */
  counts(): void {
    this.exchanges++;
    if (this.#isWorn || this.fault?.kind !== 'worn' || this.exchanges < this.fault.exchange) return;
    this.#isWorn = true;
    wearOut(this.live().faults);
  }

  /** Whether a command changed the card, as far as its instruction and its answer tell. */
  hasUpdated(command: Uint8Array, response: Uint8Array): boolean {
    const isUpdate = UPDATES.has(command[1] ?? 0) && COMMAND_OK.includes(response.at(-2) ?? 0);
    if (isUpdate) this.updates++;
    if (isUpdate && command[1] === CHANGE_PIN) this.#noteNewPin(command);
    return isUpdate;
  }

  /** In clear alone: what comes through a secure channel cannot be told apart here. */
  #noteNewPin(command: Uint8Array): void {
    const reference = toHex(command.subarray(3, 4));
    const seen = this.#newPins.get(reference) ?? new Set();
    seen.add(createHash('sha256').update(command.subarray(13, 21)).digest('hex'));
    this.#newPins.set(reference, seen);
  }

  view(): FarmCardView {
    const { blank, fault, slot } = this;
    return {
      number: blank.number,
      profile: blank.profile,
      cplc: blank.cplc,
      ...(blank.iccid === undefined ? {} : { iccid: blank.iccid }),
      ...(fault === undefined ? {} : { fault }),
      place: this.place,
      ...(slot === undefined ? {} : { slot }),
      insertions: this.insertions,
      exchanges: this.exchanges,
      updates: this.updates,
      cardTime: Math.round(this.cardTime),
      newPins: Object.fromEntries([...this.#newPins].map(([reference, values]) => [reference, values.size])),
    };
  }

  dump(): FarmCardDump {
    return { ...this.view(), image: this.#imageNow() };
  }

  kept(): KeptCard {
    const { place, slot, insertions, exchanges, updates, cardTime, swapped, number } = this;
    const image = this.#live === undefined ? this.#image : packed(this.#live.snapshot());
    return {
      ...{ number, place, slot, insertions, exchanges, updates, cardTime, swapped },
      image: image && Buffer.from(image).toString('base64'),
    };
  }

  /** As it was kept; a card in a slot or a hand is found on the stack. */
  restore(kept: KeptCard): void {
    const { place, slot, insertions, exchanges, updates, swapped } = kept;
    const found = place === 'slot' || place === 'out' ? 'stack' : place;
    Object.assign(this, { place: found, slot, insertions, exchanges, updates, swapped });
    this.#finishedTime = kept.cardTime;
    this.#image = kept.image === undefined ? undefined : new Uint8Array(Buffer.from(kept.image, 'base64'));
  }

  #imageNow(): CardImage {
    if (this.#live !== undefined) return this.#live.snapshot();
    return this.#image === undefined ? this.#made().snapshot() : unpacked(this.#image);
  }

  #wake(): SimulatedCard {
    const card = this.#made();
    if (this.#image !== undefined) card.restore(unpacked(this.#image));
    arm(card.faults, this.fault, this.exchanges);
    this.#isWorn = false;
    return card;
  }

  #made(): SimulatedCard {
    const { profile, cplc, iccid } = this.blank;
    const data = this.profileOf(profile);
    const chip = {
      ...(data.data.securityDomain === undefined
        ? {}
        : { cplc: fromHex(cplc), diversificationData: diversificationOf(cplc) }),
      ...(iccid === undefined ? {} : { iccid }),
    };
    return createSimulatedCard({ profile: data, chip, keptExchanges: 0 });
  }
}

function packed(image: CardImage): Uint8Array {
  return new Uint8Array(deflateRawSync(encodeUtf8(JSON.stringify(image)), { level: 1 }));
}

function unpacked(image: Uint8Array): CardImage {
  return JSON.parse(decodeUtf8(new Uint8Array(inflateRawSync(image)))) as CardImage;
}
