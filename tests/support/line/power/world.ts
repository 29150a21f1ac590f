/**
 * A small line with the real work on simulated cards, whose every change is told at once: one process runs it until the
 * power fails, the next one finds the cards as they were told last.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EmulatorAnswer } from '../../../../src/apdu/index.js';
import {
  type CardHandler,
  cardWorker,
  drawValues,
  type HandlerCard,
  type Job,
  type LineResult,
  type LineStore,
  parseJob,
  type Reason,
  startLine,
} from '../../../../src/perso/index.js';
import type { FarmCardDump, FarmPlace } from '../../../../src/readers/farm/types.js';
import {
  type CardImage,
  createSimulatedCard,
  type SimulatedCard,
  type TearMoment,
} from '../../../../src/simulator/index.js';
import { EmulatorReaderService } from '../../../../src/transport/index.js';

export const BATCH = 'b1';
export const STATION = 's1';
const LEASE_MS = 60_000;
const SLOTS = ['slot 1', 'slot 2'];
const CHANGE_PIN = 0x24;
const UNUSED: ReadonlySet<string> = new Set(['NO_RECORD', 'ALREADY_DONE']);

/** What happens to cards, in the order in which it happens; plain, to be told as a line of text. */
export type Told =
  | { readonly kind: 'image'; readonly card: number; readonly image: number }
  | { readonly kind: 'place'; readonly card: number; readonly place: FarmPlace; readonly slot?: string }
  | { readonly kind: 'pin'; readonly card: number; readonly reference: string; readonly digest: string }
  | { readonly kind: 'drawn'; readonly record: number; readonly values: Readonly<Record<string, string>> };

/** Images are long: they are kept apart, and told by their place in the list. */
export interface Witness {
  tell(told: Told): void;
  keep(image: string): number;
}

/** Pulled out at an exchange, `moment` as the simulator takes it. */
export interface Tear {
  readonly card: number;
  readonly exchange: number;
  readonly moment: TearMoment;
}

class WorldCard {
  place: FarmPlace = 'stack';
  slot: string | undefined;
  updates = 0;
  readonly cplc: string;
  readonly pins = new Map<string, Set<string>>();
  readonly card: SimulatedCard;
  #last: string;

  constructor(
    readonly number: number,
    private readonly witness: Witness,
  ) {
    const cplc = Uint8Array.from({ length: 42 }, (_, index) => (index === 41 ? number : index + 1));
    this.cplc = Buffer.from(cplc).toString('hex');
    this.card = createSimulatedCard({ profile: 'uicc-line', chip: { cplc }, keptExchanges: 0 });
    const transmit = this.card.transmit.bind(this.card);
    this.card.transmit = async (command) => {
      const outcome = await transmit(command);
      this.#seen(command, outcome);
      return outcome;
    };
    this.#last = JSON.stringify(this.card.snapshot());
  }

  #seen(command: Uint8Array, outcome: EmulatorAnswer): void {
    const image = JSON.stringify(this.card.snapshot());
    if (image === this.#last) return;
    this.#last = image;
    this.updates++;
    this.witness.tell({ kind: 'image', card: this.number, image: this.witness.keep(image) });
    if (command[1] !== CHANGE_PIN || outcome.kind !== 'response') return;
    const reference = Buffer.from(command.subarray(3, 4)).toString('hex');
    const digest = createHash('sha256').update(command.subarray(13, 21)).digest('hex');
    this.newPin(reference, digest);
    this.witness.tell({ kind: 'pin', card: this.number, reference, digest });
  }

  newPin(reference: string, digest: string): void {
    this.pins.set(reference, (this.pins.get(reference) ?? new Set()).add(digest));
  }

  restore(image: string): void {
    this.card.restore(JSON.parse(image) as CardImage);
    this.#last = image;
    this.updates++;
  }

  get image(): string {
    return this.#last;
  }
}

/** The cards, and who moves them. Nothing of it is lost when the power fails. */
export class World implements CardHandler {
  readonly cards: readonly WorldCard[];
  readonly drawn: { readonly record: number; readonly values: Readonly<Record<string, string>> }[] = [];
  readonly #readers = new EmulatorReaderService();
  readonly #stack: WorldCard[] = [];

  constructor(
    count: number,
    private readonly witness: Witness,
    tear?: Tear,
  ) {
    this.cards = Array.from({ length: count }, (_, index) => new WorldCard(index + 1, witness));
    if (tear !== undefined) this.cards[tear.card - 1]!.card.faults.tearAt(tear.exchange, tear.moment);
  }

  /** The state of the cards after all that was told. */
  replay(told: readonly Told[], images: readonly string[]): void {
    const latest = new Map<number, number>();
    for (const each of told) {
      if (each.kind === 'drawn') this.drawn.push(each);
      else if (each.kind === 'image') latest.set(each.card, each.image);
      else if (each.kind === 'pin') this.cards[each.card - 1]!.newPin(each.reference, each.digest);
      else Object.assign(this.cards[each.card - 1]!, { place: each.place, slot: each.slot });
    }
    for (const [card, image] of latest) this.cards[card - 1]!.restore(images[image]!);
    // Unused blanks are put in again: a record may have become free meanwhile.
    for (const card of this.cards) if (card.place === 'returned') card.place = 'stack';
  }

  /** Runs the real line to its end. */
  async run(store: LineStore, jobFile: string): Promise<LineResult> {
    const job = await jobOf(jobFile);
    this.#stack.push(...this.cards.filter(({ place }) => place === 'stack'));
    for (const slot of SLOTS) this.#readers.addReader(slot, this.#in(slot)?.card);
    const watching = new AbortController();
    void this.#readers.watch((event) => {
      if (event.kind === 'card-removed') this.#jumped(event.reader);
    }, watching.signal);
    const random = (octets: number) => new Uint8Array(randomBytes(octets));
    const line = startLine({
      job,
      batchId: BATCH,
      station: await store.openStation(STATION, { leaseMs: LEASE_MS }),
      leaseMs: LEASE_MS,
      store,
      worker: cardWorker(job, { keySets: new Map(), random, clock: { now: () => new Date() } }),
      readers: this.#readers,
      slots: SLOTS,
      seekQuarantined: true,
      handler: this,
      openRecord: ({ fields }) => fields,
      draw: ({ number }) => {
        const values = drawValues(job, random);
        this.drawn.push({ record: number, values });
        this.witness.tell({ kind: 'drawn', record: number, values });
        return values;
      },
      clock: Date.now,
      monotonic: () => performance.now(),
    });
    try {
      return await line.done;
    } finally {
      watching.abort();
    }
  }

  #in(slot: string): WorldCard | undefined {
    return this.cards.find((card) => card.place === 'slot' && card.slot === slot);
  }

  #move(card: WorldCard, place: FarmPlace, slot?: string): void {
    card.place = place;
    card.slot = slot;
    this.witness.tell({ kind: 'place', card: card.number, place, ...(slot === undefined ? {} : { slot }) });
  }

  /** A card that was pulled out goes under the stack. */
  #jumped(slot: string): void {
    const card = this.#in(slot);
    if (card === undefined) return;
    this.#move(card, 'stack');
    this.#stack.push(card);
  }

  async get(slot: string): Promise<boolean> {
    const card = this.#stack.shift();
    if (card === undefined) return false;
    this.#move(card, 'slot', slot);
    this.#readers.insert(slot, card.card);
    return true;
  }

  #out(slot: string, place: FarmPlace): void {
    const card = this.#in(slot);
    if (card === undefined) return;
    this.#move(card, place);
    this.#readers.remove(slot);
  }

  async good({ slot }: HandlerCard): Promise<void> {
    this.#out(slot, 'good');
  }

  async bad({ slot, reason }: HandlerCard & { readonly reason: Reason }): Promise<void> {
    this.#out(slot, UNUSED.has(reason.code) ? 'returned' : 'bad');
  }

  async reseat(slot: string): Promise<boolean> {
    const card = this.#in(slot);
    if (card === undefined) return false;
    this.#out(slot, 'out');
    this.#move(card, 'slot', slot);
    this.#readers.insert(slot, card.card);
    return true;
  }

  /** As a farm would tell it, for the judge. */
  dump(): FarmCardDump[] {
    return this.cards.map(({ number, cplc, place, updates, pins, image }) => ({
      number,
      profile: 'uicc-line',
      cplc,
      place,
      insertions: 0,
      exchanges: 0,
      updates,
      cardTime: 0,
      newPins: Object.fromEntries([...pins].map(([reference, values]) => [reference, values.size])),
      image: JSON.parse(image) as CardImage,
    }));
  }
}

export function jobOf(file: string): Promise<Job> {
  const readFile = async (name: string) => new Uint8Array(readFileSync(join(dirname(file), name)));
  return parseJob(new Uint8Array(readFileSync(file)), { fileName: file, readFile });
}
