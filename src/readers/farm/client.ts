/** The readers of a farm, as any other readers; and what only a farm has: moves, faults, a look at every card. */
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import type { Protocol } from '../../apdu/index.js';
import { fromHex } from '../../bytes/index.js';
import { READER_ERRORS, ReaderError, type ReaderErrorCode } from '../../errors/index.js';
import {
  type ConnectOptions,
  GuardedChannel,
  type ReaderChannel,
  type ReaderEvent,
  type ReaderService,
  type ReaderStatus,
  readerEvents,
  type ShareMode,
} from '../../transport/index.js';
import { type FarmAddress, parseFarmAddress } from './address.js';
import {
  encodeFrame,
  encodeJsonFrame,
  FarmFrames,
  FRAME,
  FRAME_LIMIT,
  type Frame,
  jsonOf,
} from './frames.js';
import { type FarmRequest, readError, STATUS } from './messages.js';
import type { FarmCardDump, FarmCardView, FarmLogEntry, FarmMove, FarmStatus } from './types.js';

const CONNECTED = z.object({ session: z.number(), atr: z.string(), protocol: z.enum(['T=0', 'T=1']) });
const DUMP_PAGE = 100;
const PAGE = 5_000;

interface Waiting {
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A farm that runs in another process (`simboot sim farm`). All of it goes over one connection; when that ends, what
 * was held loses power.
 */
export class FarmReaderService implements ReaderService {
  readonly #address: FarmAddress;
  readonly #waiting = new Map<number, Waiting>();
  readonly #watchers = new Set<{ told(slots: readonly ReaderStatus[]): void; ended(error: Error): void }>();
  #socket: Promise<Socket> | undefined;
  #slots: readonly ReaderStatus[] = [];
  #last = 0;

  /**
   * @param address `farm:PATH` or `farm:HOST:PORT`, perhaps with `?slots=FIRST-LAST`
   * @throws UsageError `USAGE_ARGUMENT`
   */
  constructor(private readonly address: string) {
    this.#address = parseFarmAddress(address);
  }

  async list(): Promise<ReaderStatus[]> {
    return this.#own(await this.#ask({ op: 'list' }));
  }

  async connect(name: string, options: ConnectOptions = {}): Promise<ReaderChannel> {
    const { protocol, signal } = options;
    signal?.throwIfAborted();
    const request = { op: 'connect', slot: name, ...(protocol === undefined ? {} : { protocol }) } as const;
    const { session, atr, protocol: spoken } = CONNECTED.parse(await this.#ask(request));
    const channel = new FarmChannel(this, session, name, spoken, fromHex(atr));
    if (signal?.aborted === true) {
      await channel.close();
      signal.throwIfAborted();
    }
    return channel;
  }

  async watch(listener: (event: ReaderEvent) => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    let before: ReadonlyMap<string, ReaderStatus> = new Map();
    let watcher: { told(slots: readonly ReaderStatus[]): void; ended(error: Error): void } | undefined;
    const over = new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      watcher = {
        told: (slots) => {
          const after = new Map(slots.map((slot) => [slot.name, slot]));
          const events = readerEvents(before, after);
          before = after;
          for (const event of events) listener(event);
        },
        ended: reject,
      };
      this.#watchers.add(watcher);
    });
    over.catch(() => undefined);
    try {
      await this.#ask({ op: 'watch' });
      await over;
    } finally {
      this.#watchers.delete(watcher!);
      this.#rest();
    }
  }

  /** Puts a card, by its number, back from its bin into an empty slot; `false` where it is in no bin. */
  async fetch(slot: string, card: number): Promise<boolean> {
    const answer = await this.#ask({ op: 'fetch', slot, card });
    return z.object({ moved: z.boolean() }).parse(answer).moved;
  }

  /** Has the farm's handler move the card of a slot; `false` where there was nothing to move. */
  async move(slot: string, move: FarmMove): Promise<boolean> {
    const answer = await this.#ask({ op: 'move', slot, move });
    return z.object({ moved: z.boolean() }).parse(answer).moved;
  }

  /** Puts a certain card of the stack into an empty slot, as somebody does who found it; `false` where that cannot be. */
  async put(slot: string, card: number): Promise<boolean> {
    const answer = await this.#ask({ op: 'put', slot, card });
    return z.object({ moved: z.boolean() }).parse(answer).moved;
  }

  /** Arms a fault, `CARD=KIND[@EXCHANGE][:DETAIL]`; exchanges count from now. @throws ReaderError with the farm's words */
  async fault(fault: string): Promise<void> {
    await this.#ask({ op: 'fault', fault });
  }

  async status(): Promise<FarmStatus> {
    return (await this.#ask({ op: 'status' })) as FarmStatus;
  }

  /** Every card, in the order of the stack. */
  cards(): AsyncGenerator<FarmCardView> {
    return this.#pages<FarmCardView>('cards', PAGE);
  }

  /** Every card with its image: the truth for judges. Secrets are in it. */
  dump(): AsyncGenerator<FarmCardDump> {
    return this.#pages<FarmCardDump>('dump', DUMP_PAGE);
  }

  /** Everything that happened to any card, oldest first. */
  log(): AsyncGenerator<FarmLogEntry> {
    return this.#pages<FarmLogEntry>('log', PAGE);
  }

  /** Ends the connection: what is held loses power. */
  async close(): Promise<void> {
    const socket = await this.#socket?.catch(() => undefined);
    socket?.destroy();
  }

  /** For channels. */
  async exchange(session: number, command: Uint8Array): Promise<Uint8Array> {
    const number = new Uint8Array(4);
    new DataView(number.buffer).setUint32(0, session);
    return (await this.#send((id) => encodeFrame(FRAME.COMMAND, id, number, command))).body;
  }

  /** For channels. */
  async reset(session: number): Promise<Uint8Array> {
    return fromHex(z.object({ atr: z.string() }).parse(await this.#ask({ op: 'reset', session })).atr);
  }

  /** For channels. */
  async release(session: number): Promise<void> {
    await this.#ask({ op: 'close', session });
  }

  async *#pages<T extends { readonly number?: number; readonly seq?: number }>(
    op: 'cards' | 'dump' | 'log',
    limit: number,
  ): AsyncGenerator<T> {
    for (let after = 0; ; ) {
      const page = (await this.#ask({ op, after, limit })) as T[];
      if (page.length === 0) return;
      yield* page;
      after += page.length;
    }
  }

  async #ask(request: FarmRequest): Promise<unknown> {
    return jsonOf(await this.#send((id) => encodeJsonFrame(FRAME.REQUEST, id, request)));
  }

  async #send(frame: (id: number) => Uint8Array): Promise<Frame> {
    this.#socket ??= this.#open();
    const socket = await this.#socket;
    this.#last = (this.#last + 1) >>> 0 || 1;
    const id = this.#last;
    return new Promise<Frame>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      if (this.#waiting.size === 1) socket.ref();
      socket.write(frame(id));
    });
  }

  #open(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const { endpoint } = this.#address;
      const socket = connect('path' in endpoint ? endpoint : { ...endpoint, noDelay: true });
      const frames = new FarmFrames(FRAME_LIMIT.fromFarm);
      socket.once('connect', () => resolve(socket));
      socket.once('error', (cause: NodeJS.ErrnoException) => reject(this.#gone(cause)));
      socket.once('close', () => this.#ended());
      socket.on('data', (chunk: Buffer) => {
        try {
          for (const frame of frames.push(chunk)) this.#take(frame);
        } catch (error) {
          socket.destroy(error as Error);
        }
      });
    });
  }

  #take(frame: Frame): void {
    if (frame.kind === FRAME.EVENT) {
      this.#slots = this.#own(jsonOf(frame));
      for (const watcher of this.#watchers) watcher.told(this.#slots);
      return;
    }
    const waiting = this.#waiting.get(frame.id);
    this.#waiting.delete(frame.id);
    this.#rest();
    if (frame.kind === FRAME.ERROR) waiting?.reject(asReaderError(jsonOf(frame)));
    else waiting?.resolve(frame);
  }

  /** An idle connection keeps no program running. */
  #rest(): void {
    if (this.#waiting.size > 0 || this.#watchers.size > 0) return;
    void this.#socket?.then(
      (socket) => socket.unref(),
      () => undefined,
    );
  }

  #ended(): void {
    this.#socket = undefined;
    const error = this.#gone();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    for (const watcher of this.#watchers) watcher.ended(error);
  }

  #gone(cause?: NodeJS.ErrnoException): ReaderError {
    const why =
      cause === undefined ? 'ended the connection' : `cannot be reached (${cause.code ?? cause.message})`;
    return new ReaderError('READER_FARM_UNREACHABLE', `${this.address} ${why}`, {
      ...(cause === undefined ? {} : { cause }),
      details: { address: this.address },
    });
  }

  #own(value: unknown): ReaderStatus[] {
    const all = z
      .array(STATUS)
      .parse(value)
      .map(({ atr, ...rest }) => ({
        ...rest,
        ...(atr === undefined ? {} : { atr: fromHex(atr) }),
      }));
    const { slots } = this.#address;
    return slots === undefined ? all : all.slice(slots.from - 1, slots.to);
  }
}

/** A channel to a card of a farm; `FarmReaderService.connect` makes it. */
class FarmChannel extends GuardedChannel {
  /** A slot of a farm has one holder. */
  readonly share: ShareMode = 'exclusive';
  #atr: Uint8Array;

  constructor(
    private readonly farm: FarmReaderService,
    private readonly session: number,
    readonly reader: string,
    readonly protocol: Protocol,
    atr: Uint8Array,
  ) {
    super();
    this.#atr = atr;
  }

  get atr(): Uint8Array {
    return this.#atr.slice();
  }

  protected exchange(command: Uint8Array): Promise<Uint8Array> {
    return this.farm.exchange(this.session, command);
  }

  protected async warmReset(): Promise<void> {
    this.#atr = await this.farm.reset(this.session);
  }

  /** A farm that is gone has let go of the card already. */
  protected async release(): Promise<void> {
    await this.farm.release(this.session).catch(() => undefined);
  }

  protected exclusively<T>(action: () => Promise<T>): Promise<T> {
    return action();
  }
}

function asReaderError(value: unknown): ReaderError {
  const { code, message, details } = readError(value);
  const known = Object.hasOwn(READER_ERRORS, code) ? (code as ReaderErrorCode) : 'READER_FAILED';
  return new ReaderError(known, message, { details: details as ReaderError['details'] });
}
