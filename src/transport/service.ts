/** The port to the readers of a machine: what is there, open one, watch the coming and going. */
import type { CardChannel, Protocol } from '../apdu/index.js';

/** `exclusive` (the default) keeps every other program out; `shared` lets them talk between our transactions. */
export type ShareMode = 'exclusive' | 'shared';

/** One reader as it is now. `mute` is a card that gives no answer to reset. */
export interface ReaderStatus {
  readonly name: string;
  readonly card: 'absent' | 'present' | 'mute';
  /** Who holds the card, this program included. */
  readonly use: 'free' | 'shared' | 'exclusive';
  /** Answer to reset, where the card has been powered. */
  readonly atr?: Uint8Array;
}

export interface ConnectOptions {
  readonly share?: ShareMode;
  /** Only this protocol; otherwise what card and reader agree on. */
  readonly protocol?: Protocol;
  readonly signal?: AbortSignal;
}

/** What a watch tells. At its start it reports every reader and card that is there already. */
export type ReaderEvent =
  | { readonly kind: 'reader-added' | 'reader-removed' | 'card-removed'; readonly reader: string }
  /** `atr` is absent for a mute card. */
  | { readonly kind: 'card-inserted'; readonly reader: string; readonly atr?: Uint8Array };

/** A channel to a card in a reader. */
export interface ReaderChannel extends CardChannel {
  readonly share: ShareMode;
  /**
   * Nobody else reaches the card while `action` runs. Exchanges of `action` go through this channel as usual.
   *
   * @throws ReaderError `READER_IN_USE` if another program does not let go of the card in time
   */
  transaction<T>(action: () => Promise<T>): Promise<T>;
}

/** Readers of one kind: PC/SC, or simulated ones in this process. */
export interface ReaderService {
  /** @throws ReaderError if the service cannot be asked; no readers is an empty list */
  list(): Promise<ReaderStatus[]>;
  /**
   * Powers the card and opens a channel to it.
   *
   * @throws ReaderError `READER_NOT_FOUND`, `READER_EMPTY`, `READER_IN_USE`, `READER_CARD_MUTE`,
   *   `READER_PROTOCOL_MISMATCH`, or that of the service
   */
  connect(name: string, options?: ConnectOptions): Promise<ReaderChannel>;
  /**
   * Reports until `signal` aborts, then resolves.
   *
   * @throws ReaderError if the service ends
   */
  watch(listener: (event: ReaderEvent) => void, signal: AbortSignal): Promise<void>;
}

/** The readers after a change, told as events. Both services report through this, so they report alike. */
export function readerEvents(
  before: ReadonlyMap<string, ReaderStatus>,
  after: ReadonlyMap<string, ReaderStatus>,
): ReaderEvent[] {
  const events: ReaderEvent[] = [];
  for (const [reader, old] of before) {
    if (after.has(reader)) continue;
    if (old.card !== 'absent') events.push({ kind: 'card-removed', reader });
    events.push({ kind: 'reader-removed', reader });
  }
  for (const [reader, now] of after) {
    const old = before.get(reader);
    if (old === undefined) events.push({ kind: 'reader-added', reader });
    const had = old !== undefined && old.card !== 'absent';
    const has = now.card !== 'absent';
    if (had && !has) events.push({ kind: 'card-removed', reader });
    if (!had && has) {
      events.push({ kind: 'card-inserted', reader, ...(now.atr === undefined ? {} : { atr: now.atr }) });
    }
  }
  return events;
}
