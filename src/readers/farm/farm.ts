/** The farm itself, without sockets: a stack of blanks, slots, bins, and who talks to which card. */
import type { Protocol } from '../../apdu/index.js';
import { ReaderError, type ReaderErrorCode, UsageError } from '../../errors/index.js';
import { loadProfile, type Profile } from '../../simulator/index.js';
import type { ReaderStatus } from '../../transport/index.js';
import { FarmCard, type KeptCard } from './card.js';
import type { FarmFault } from './faults.js';
import { Pace, type PaceOptions } from './pace.js';
import { type StockOptions, stack } from './stock.js';
import type { FarmCardDump, FarmCardView, FarmLogEntry, FarmMove, FarmPlace, FarmStatus } from './types.js';

export interface FarmOptions extends PaceOptions {
  readonly slots: number;
  readonly stock: StockOptions;
  /** Milliseconds of real time, divided by `speed`, that a handler needs to change a card. */
  readonly handling: number;
  readonly onChange?: () => void;
}

/** One client's hold on one card. Dies with the card's removal. */
interface Session {
  readonly id: number;
  readonly client: object;
  readonly slot: Slot;
  readonly card: FarmCard;
  /** The card was taken out. */
  isGone: boolean;
  exchanges: number;
  updates: number;
}

interface Slot {
  readonly name: string;
  readonly pace: Pace;
  card: FarmCard | undefined;
  session: Session | undefined;
  atr: Uint8Array | undefined;
  isMute: boolean;
  /** Moves of one slot follow one another. */
  moving: Promise<unknown>;
  /** The card was written since it came. */
  wasUpdated: boolean;
}

const PLACES: readonly FarmPlace[] = ['stack', 'slot', 'out', 'good', 'bad', 'returned'];

export class Farm {
  readonly #cards: FarmCard[];
  /** Numbers, the next one at `#next`. */
  readonly #stack: number[];
  #next = 0;
  readonly #slots: Map<string, Slot>;
  readonly #sessions = new Map<number, Session>();
  readonly #counts: Record<FarmPlace, number>;
  readonly #log: FarmLogEntry[] = [];
  readonly #profiles = new Map<string, Profile>();
  #lastSession = 0;
  #exchanges = 0;
  #revision = 0;

  /** @throws UsageError for an unknown profile, or numbers that make no farm */
  constructor(private readonly options: FarmOptions) {
    const { slots, stock } = options;
    if (!Number.isSafeInteger(slots) || slots < 1 || slots > 1024) {
      throw new UsageError('USAGE_ARGUMENT', `a farm has 1 to 1024 slots, not ${slots}`);
    }
    for (const name of [stock.profile, stock.wrongProfile]) this.#profileOf(name);
    this.#cards = stack(stock).map((blank) => new FarmCard(blank, (name) => this.#profileOf(name)));
    this.#stack = this.#cards.map(({ number }) => number);
    const digits = Math.max(2, String(slots).length);
    const names = Array.from({ length: slots }, (_, at) => `Farm ${String(at + 1).padStart(digits, '0')}`);
    this.#slots = new Map(names.map((name) => [name, this.#slot(name)]));
    this.#counts = { stack: this.#cards.length, slot: 0, out: 0, good: 0, bad: 0, returned: 0 };
  }

  /** Counts every change of a card or slot. */
  get revision(): number {
    return this.#revision;
  }

  list(): ReaderStatus[] {
    return [...this.#slots.values()].map(({ name, card, atr, isMute, session }) => ({
      name,
      card: card === undefined ? 'absent' : isMute ? 'mute' : 'present',
      use: session === undefined ? 'free' : 'exclusive',
      ...(atr === undefined ? {} : { atr }),
    }));
  }

  /** @throws ReaderError as `ReaderService.connect` */
  async connect(
    client: object,
    name: string,
    protocol?: Protocol,
  ): Promise<{ session: number; atr: Uint8Array; protocol: Protocol }> {
    const slot = this.#named(name);
    if (slot.session !== undefined) throw failure('READER_IN_USE', name);
    this.#swap(slot);
    const { card } = slot;
    if (card === undefined) throw failure('READER_EMPTY', name);
    const live = card.live();
    if (protocol !== undefined && protocol !== live.protocol) throw failure('READER_PROTOCOL_MISMATCH', name);
    const session: Session = {
      id: ++this.#lastSession,
      client,
      slot,
      card,
      isGone: false,
      exchanges: 0,
      updates: 0,
    };
    slot.session = session;
    this.#sessions.set(session.id, session);
    this.#note(card, 'connected');
    try {
      await this.#activate(session, 'powerOn');
      return { session: session.id, atr: slot.atr ?? new Uint8Array(0), protocol: live.protocol };
    } catch (error) {
      await this.#end(session, 'disconnected');
      throw error;
    }
  }

  /** @throws ReaderError if the card is gone or mute */
  async transmit(client: object, id: number, command: Uint8Array): Promise<Uint8Array> {
    const session = this.#held(client, id);
    const { card, slot } = session;
    const live = card.live();
    this.#exchanges++;
    session.exchanges++;
    card.counts();
    const before = live.cardTime;
    const answer = await live.transmit(command);
    if (answer.kind === 'response' && card.hasUpdated(command, answer.response)) {
      session.updates++;
      slot.wasUpdated = true;
      this.#revision++;
      if (session.updates === 1) this.#note(card, 'updated');
    }
    if (answer.kind === 'removed') this.#torn(slot, session);
    await slot.pace.wait(live.cardTime - before);
    if (answer.kind === 'removed') throw failure('READER_CARD_REMOVED', slot.name);
    this.#held(client, id);
    if (answer.kind === 'mute') throw failure('READER_CARD_MUTE', slot.name);
    return answer.response;
  }

  /** Warm reset. @throws ReaderError if the card is gone or mute */
  async reset(client: object, id: number): Promise<Uint8Array> {
    const session = this.#held(client, id);
    await this.#activate(session, 'reset');
    return session.slot.atr ?? new Uint8Array(0);
  }

  async close(client: object, id: number): Promise<void> {
    const session = this.#sessions.get(id);
    if (session?.client === client) await this.#end(session, 'disconnected');
  }

  /** A client is gone: what it held loses power at once. */
  async abandon(client: object): Promise<void> {
    for (const session of [...this.#sessions.values()]) {
      if (session.client === client) await this.#end(session, 'power-lost');
    }
  }

  /**
   * Moves the card of a slot. `false` where there is nothing to move: no blank left, no card in slot or hand.
   *
   * @throws ReaderError `READER_NOT_FOUND`
   */
  move(name: string, move: FarmMove): Promise<boolean> {
    const slot = this.#named(name);
    const result = slot.moving.then(() => this.#move(slot, move));
    slot.moving = result.catch(() => undefined);
    return result;
  }

  /**
   * Puts a card back from its bin into an empty slot, as quality control does. `false` if it is in no bin.
   *
   * @throws ReaderError `READER_NOT_FOUND`, UsageError `USAGE_ARGUMENT`
   */
  fetch(name: string, number: number): Promise<boolean> {
    const slot = this.#named(name);
    const result = slot.moving.then(() => this.#fetch(slot, number));
    slot.moving = result.catch(() => undefined);
    return result;
  }

  /**
   * Puts a certain card of the stack, or of those that were returned, into an empty slot, as somebody does who found it.
   * `false` where it is not there, or the slot is taken.
   *
   * @throws ReaderError `READER_NOT_FOUND`
   */
  put(name: string, number: number): Promise<boolean> {
    const slot = this.#named(name);
    const result = slot.moving.then(async () => {
      const at = this.#stack.indexOf(number, this.#next);
      const card = this.#cards[number - 1];
      if (slot.card !== undefined || card === undefined) return false;
      if (at < 0 && card.place !== 'returned') return false;
      if (at >= 0) this.#stack.splice(at, 1);
      await this.#handle(slot);
      this.#insert(slot, card);
      return true;
    });
    slot.moving = result.catch(() => undefined);
    return result;
  }

  /** Arms a fault on a card now. @throws UsageError `USAGE_ARGUMENT` if there is no such card */
  strike(number: number, fault: FarmFault): void {
    const card = this.#cards[number - 1];
    if (card === undefined) throw new UsageError('USAGE_ARGUMENT', `the farm has no card ${number}`);
    card.strike(fault);
  }

  status(clients: number): FarmStatus {
    const { user, system } = process.cpuUsage();
    return {
      profile: this.options.stock.profile,
      speed: this.options.speed,
      clients,
      cards: { ...this.#counts },
      slots: [...this.#slots.values()].map(({ name, card, session }) => ({
        slot: name,
        ...(card === undefined ? {} : { card: card.number }),
        inUse: session !== undefined,
      })),
      exchanges: this.#exchanges,
      cardTime: Math.round(this.#cards.reduce((sum, card) => sum + card.cardTime, 0)),
      cpu: (user + system) / 1_000_000,
    };
  }

  /** Cards after a number, in its order. */
  cards(after: number, limit: number): FarmCardView[] {
    return this.#cards.slice(after, after + limit).map((card) => card.view());
  }

  /** The same with their images. */
  dump(after: number, limit: number): FarmCardDump[] {
    return this.#cards.slice(after, after + limit).map((card) => card.dump());
  }

  log(after: number, limit: number): FarmLogEntry[] {
    return this.#log.slice(after, after + limit);
  }

  kept(): KeptCard[] {
    return this.#cards.map((card) => card.kept());
  }

  /** Puts every card where it was kept; those in slots and hands are on top of the stack. */
  restore(cards: readonly KeptCard[]): void {
    for (const kept of cards) {
      const card = this.#cards[kept.number - 1];
      if (card === undefined)
        throw new UsageError('USAGE_SIMULATOR_STATE', `the farm has no card ${kept.number}`);
      card.restore(kept);
    }
    const there = this.#cards.filter(({ place }) => place === 'stack');
    const [begun, fresh] = [
      there.filter((card) => card.insertions > 0),
      there.filter((card) => card.insertions === 0),
    ];
    this.#stack.splice(0, this.#stack.length, ...[...begun, ...fresh].map(({ number }) => number));
    this.#next = 0;
    for (const place of PLACES)
      this.#counts[place] = this.#cards.filter((card) => card.place === place).length;
  }

  async #move(slot: Slot, move: FarmMove): Promise<boolean> {
    if (move === 'get') return this.#get(slot);
    const card = slot.card ?? this.#outOf(slot);
    if (card === undefined) return false;
    this.#eject(slot);
    if (move === 'reseat') {
      this.#put(card, 'out', slot);
      this.#changed();
      await this.#handle(slot);
      this.#note(card, 'reseated', slot);
      this.#insert(slot, card);
      return true;
    }
    card.putAway();
    if (move === 'stack') this.#stack.push(card.number);
    this.#put(card, move, slot);
    this.#changed();
    return true;
  }

  async #get(slot: Slot): Promise<boolean> {
    if (slot.card !== undefined) {
      throw new UsageError('USAGE_ARGUMENT', `there is a card in ${slot.name} already`);
    }
    const left = this.#outOf(slot);
    if (left !== undefined) this.#underTheStack(left, slot);
    const card = this.#takeBlank();
    if (card === undefined) return false;
    await this.#handle(slot);
    this.#insert(slot, card);
    return true;
  }

  async #fetch(slot: Slot, number: number): Promise<boolean> {
    if (slot.card !== undefined) {
      throw new UsageError('USAGE_ARGUMENT', `there is a card in ${slot.name} already`);
    }
    const card = this.#cards[number - 1];
    if (card === undefined) throw new UsageError('USAGE_ARGUMENT', `the farm has no card ${number}`);
    if (!['good', 'bad', 'returned'].includes(card.place)) return false;
    await this.#handle(slot);
    this.#insert(slot, card);
    return true;
  }

  #takeBlank(): FarmCard | undefined {
    const number = this.#stack[this.#next];
    if (number === undefined) return undefined;
    this.#next++;
    return this.#cards[number - 1];
  }

  #underTheStack(card: FarmCard, slot: Slot): void {
    card.putAway();
    this.#stack.push(card.number);
    this.#put(card, 'stack', slot);
  }

  #insert(slot: Slot, card: FarmCard): void {
    slot.card = card;
    slot.atr = undefined;
    slot.isMute = false;
    slot.wasUpdated = false;
    card.insertions++;
    this.#put(card, 'slot', slot);
    this.#note(card, 'inserted', slot);
    this.#changed();
  }

  /** The card of a slot leaves it; whoever talked to it is told at the next exchange. */
  #eject(slot: Slot): void {
    if (slot.session !== undefined) slot.session.isGone = true;
    slot.session = undefined;
    slot.card = undefined;
    slot.atr = undefined;
    slot.isMute = false;
  }

  #torn(slot: Slot, session: Session): void {
    const { card } = session;
    this.#note(card, 'torn', slot, session);
    this.#eject(slot);
    const isLost = card.fault?.kind === 'lost';
    if (isLost) this.#underTheStack(card, slot);
    else this.#put(card, 'out', slot);
    this.#changed();
  }

  /** Somebody exchanges the card that was just written for the next blank, and nobody sees it. */
  #swap(slot: Slot): void {
    const { card } = slot;
    if (card?.fault?.kind !== 'swap' || card.swapped || !slot.wasUpdated) return;
    const other = this.#takeBlank();
    if (other === undefined) return;
    card.swapped = true;
    this.#note(card, 'swapped', slot);
    this.#underTheStack(card, slot);
    slot.card = other;
    slot.atr = undefined;
    slot.wasUpdated = false;
    other.insertions++;
    this.#put(other, 'slot', slot);
    this.#note(other, 'inserted', slot);
  }

  async #activate(session: Session, how: 'powerOn' | 'reset'): Promise<void> {
    const { slot, card } = session;
    const live = card.live();
    const before = live.cardTime;
    const atr = await live[how]();
    await slot.pace.wait(live.cardTime - before);
    if (slot.card !== card) throw failure('READER_CARD_REMOVED', slot.name);
    slot.isMute = atr === undefined;
    if (atr === undefined) throw failure('READER_CARD_MUTE', slot.name);
    slot.atr = atr;
  }

  async #end(session: Session, event: 'disconnected' | 'power-lost'): Promise<void> {
    if (!this.#sessions.delete(session.id) || session.isGone) return;
    const { slot, card } = session;
    slot.session = undefined;
    this.#note(card, event, slot, session);
    await card.live().powerOff();
  }

  #handle(slot: Slot): Promise<void> {
    return slot.pace.wait(this.options.handling);
  }

  #held(client: object, id: number): Session {
    const session = this.#sessions.get(id);
    if (session?.client !== client) throw failure('READER_CLOSED', 'farm');
    if (session.isGone) throw failure('READER_CARD_REMOVED', session.slot.name);
    return session;
  }

  #outOf(slot: Slot): FarmCard | undefined {
    if (this.#counts.out === 0) return undefined;
    return this.#cards.find((card) => card.place === 'out' && card.slot === slot.name);
  }

  #put(card: FarmCard, place: FarmPlace, slot: Slot): void {
    this.#counts[card.place]--;
    this.#counts[place]++;
    card.place = place;
    card.slot = slot.name;
    if (place !== 'slot') this.#note(card, place, slot);
  }

  #note(card: FarmCard, event: FarmLogEntry['event'], slot?: Slot, session?: Session): void {
    this.#revision++;
    const name = slot?.name ?? card.slot;
    this.#log.push({
      seq: this.#log.length + 1,
      at: Math.round(this.options.now() * 1000) / 1000,
      card: card.number,
      event,
      ...(name === undefined ? {} : { slot: name }),
      ...(session === undefined ? {} : { exchanges: session.exchanges, updates: session.updates }),
    });
  }

  #named(name: string): Slot {
    const slot = this.#slots.get(name);
    if (slot !== undefined) return slot;
    throw new ReaderError('READER_NOT_FOUND', `the farm has no slot "${name}"`, {
      details: { reader: name },
    });
  }

  #slot(name: string): Slot {
    return {
      name,
      pace: new Pace(this.options),
      card: undefined,
      session: undefined,
      atr: undefined,
      isMute: false,
      moving: Promise.resolve(),
      wasUpdated: false,
    };
  }

  #profileOf(name: string): Profile {
    const profile = this.#profiles.get(name) ?? loadProfile(name);
    this.#profiles.set(name, profile);
    return profile;
  }

  #changed(): void {
    this.options.onChange?.();
  }
}

const WORDS: Partial<Record<ReaderErrorCode, string>> = {
  READER_CLOSED: 'that connection is closed',
  READER_EMPTY: 'there is no card in the slot',
  READER_IN_USE: 'another program uses the slot',
  READER_CARD_REMOVED: 'the card was removed',
  READER_CARD_MUTE: 'the card does not answer',
  READER_PROTOCOL_MISMATCH: 'the card does not speak that protocol',
};

function failure(code: ReaderErrorCode, slot: string): ReaderError {
  return new ReaderError(code, `${slot}: ${WORDS[code] ?? code}`, { details: { reader: slot } });
}
