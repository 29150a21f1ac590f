/** A farm behind a socket: cards live here and outlive the clients. */
import { chmodSync, existsSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { toHex } from '../../bytes/index.js';
import { DataError, UsageError } from '../../errors/index.js';
import type { ReaderStatus } from '../../transport/index.js';
import { type FarmEndpoint, parseFarmEndpoint } from './address.js';
import { Farm } from './farm.js';
import { parseFarmFault } from './faults.js';
import {
  encodeFrame,
  encodeJsonFrame,
  FarmFrames,
  FRAME,
  FRAME_LIMIT,
  type Frame,
  jsonOf,
} from './frames.js';
import { errorOf, type FarmRequest, REQUEST } from './messages.js';
import { readFarmState, writeFarmState } from './state.js';
import type { FarmStatus } from './types.js';

/** What a farm is made of. */
export interface ServeFarmOptions {
  /** Path of a Unix socket, or HOST:PORT; port 0 takes a free one. */
  readonly socket: string;
  readonly slots: number;
  /** Blanks in the stack. */
  readonly cards: number;
  /** `uicc-line` unless told. */
  readonly profile?: string;
  /** What lies in the stack in place of a `wrong` card; `sim-line` unless told. */
  readonly wrongProfile?: string;
  /** Card time is divided by this; 0 waits for nothing, 1 (the default) is real time. */
  readonly speed?: number;
  /** Milliseconds of real time that a change of card takes, divided by `speed`; 0 unless told. */
  readonly handling?: number;
  /** Makes identities and faults; 1 unless told. */
  readonly seed?: number;
  /** In the notation of `parseFarmFault`. */
  readonly faults?: readonly string[];
  /** Printed ICCIDs in the order of the stack, or the first of consecutive ones without its check digit. */
  readonly iccids?: readonly string[] | { readonly first: string };
  /** Keeps the cards in this file when the farm ends, and takes them from there. */
  readonly state?: string;
}

/** A farm that runs. */
export interface RunningFarm {
  /** What `--reader` and `--readers` take. */
  readonly address: string;
  /** Cards, slots and presses of buttons until now. */
  status(): FarmStatus;
  /** Keeps the state, if there is a file for it, and ends. */
  close(): Promise<void>;
}

/**
 * Starts a farm of simulated readers in this process.
 *
 * @throws UsageError for numbers, profiles and faults that make no farm, a socket that is taken, or a state of another farm
 */
export async function serveFarm(options: ServeFarmOptions): Promise<RunningFarm> {
  const { speed = 1, handling = 0, seed = 1, profile = 'uicc-line', wrongProfile = 'sim-line' } = options;
  if (!(speed >= 0 && Number.isFinite(speed))) {
    throw new UsageError('USAGE_ARGUMENT', `the speed of a farm is 0 or more, not ${speed}`);
  }
  const clients = new Set<Client>();
  const farm: Farm = new Farm({
    slots: options.slots,
    stock: {
      ...{ cards: options.cards, profile, wrongProfile, seed },
      faults: (options.faults ?? []).map(parseFarmFault),
      ...(options.iccids === undefined ? {} : { iccids: options.iccids }),
    },
    ...{ speed, handling },
    now: () => performance.now(),
    sleep: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
    onChange: () => clients.forEach((client) => void client.tell()),
  });
  const plan = { profile, seed, cards: options.cards };
  if (options.state !== undefined) {
    const kept = readFarmState(options.state, plan);
    if (kept !== undefined) farm.restore(kept);
  }
  const server = createServer({ noDelay: true }, (socket) => {
    const client = new Client(socket, farm, () => clients.size);
    clients.add(client);
    socket.once('close', () => clients.delete(client));
  });
  const address = await listen(server, parseFarmEndpoint(options.socket));
  return {
    address: `farm:${address}`,
    status: () => farm.status(clients.size),
    close: async () => {
      for (const client of clients) client.end();
      await new Promise((done) => server.close(done));
      if (options.state !== undefined) writeFarmState(options.state, plan, farm.kept());
    },
  };
}

/** One connection. Its requests are answered as they are done; the commands of one card follow one another. */
class Client {
  readonly #frames = new FarmFrames(FRAME_LIMIT.toFarm);
  readonly #turns = new Map<number, Promise<unknown>>();
  #isWatching = false;
  #told = '';

  constructor(
    private readonly socket: Socket,
    private readonly farm: Farm,
    private readonly clients: () => number,
  ) {
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => undefined);
    socket.once('close', () => void farm.abandon(this));
  }

  end(): void {
    this.socket.destroy();
  }

  /** To a client that watches: the slots, where they changed. */
  tell(): void {
    if (!this.#isWatching) return;
    const slots = this.farm.list().map(status);
    const text = JSON.stringify(slots);
    if (text === this.#told) return;
    this.#told = text;
    this.socket.write(encodeJsonFrame(FRAME.EVENT, 0, slots));
  }

  #take(chunk: Uint8Array): void {
    try {
      for (const frame of this.#frames.push(chunk)) this.#answer(frame);
    } catch (error) {
      this.socket.end(encodeJsonFrame(FRAME.ERROR, 0, errorOf(error)));
    }
  }

  #answer(frame: Frame): void {
    const failed = (error: unknown) => this.#write(encodeJsonFrame(FRAME.ERROR, frame.id, errorOf(error)));
    if (frame.kind === FRAME.COMMAND) {
      const { session, command } = commandOf(frame);
      this.#inTurn(session, () => this.farm.transmit(this, session, command)).then(
        (response) => this.#write(encodeFrame(FRAME.RESPONSE, frame.id, response)),
        failed,
      );
      return;
    }
    if (frame.kind !== FRAME.REQUEST) throw new DataError('DATA_FARM_FRAME', `a frame of kind ${frame.kind}`);
    this.#request(frame).then(
      (answer) => this.#write(encodeJsonFrame(FRAME.ANSWER, frame.id, answer ?? null)),
      failed,
    );
  }

  async #request(frame: Frame): Promise<unknown> {
    const parsed = REQUEST.safeParse(jsonOf(frame));
    if (!parsed.success) {
      throw new DataError('DATA_FARM_FRAME', `not a request of a farm: ${parsed.error.issues[0]?.message}`);
    }
    return this.#do(parsed.data);
  }

  async #do(request: FarmRequest): Promise<unknown> {
    const { farm } = this;
    switch (request.op) {
      case 'list':
        return farm.list().map(status);
      case 'watch':
        this.#isWatching = true;
        this.#told = '';
        this.tell();
        return undefined;
      case 'connect': {
        const { atr, ...rest } = await farm.connect(this, request.slot, request.protocol);
        return { ...rest, atr: toHex(atr) };
      }
      case 'reset':
        return { atr: toHex(await this.#inTurn(request.session, () => farm.reset(this, request.session))) };
      case 'close':
        await this.#inTurn(request.session, () => farm.close(this, request.session));
        this.#turns.delete(request.session);
        return undefined;
      case 'move':
        return { moved: await farm.move(request.slot, request.move) };
      case 'fetch':
        return { moved: await farm.fetch(request.slot, request.card) };
      case 'put':
        return { moved: await farm.put(request.slot, request.card) };
      case 'fault':
        return strike(farm, request.fault);
      case 'status':
        return farm.status(this.clients());
      case 'cards':
        return farm.cards(request.after, request.limit);
      case 'dump':
        return farm.dump(request.after, Math.min(request.limit, 100));
      case 'log':
        return farm.log(request.after, request.limit);
    }
  }

  #inTurn<T>(session: number, work: () => Promise<T>): Promise<T> {
    const result = (this.#turns.get(session) ?? Promise.resolve()).then(work);
    this.#turns.set(
      session,
      result.catch(() => undefined),
    );
    return result;
  }

  #write(frame: Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(frame);
  }
}

function commandOf({ body }: Frame): { session: number; command: Uint8Array } {
  if (body.length < 8) throw new DataError('DATA_FARM_FRAME', `a command of ${body.length} octets`);
  const session = new DataView(body.buffer, body.byteOffset).getUint32(0);
  return { session, command: body.subarray(4) };
}

function strike(farm: Farm, text: string): undefined {
  const order = parseFarmFault(text);
  if (!('card' in order)) throw new UsageError('USAGE_SIMULATOR_OPTION', `"${text}" names no card`);
  farm.strike(order.card, order.fault);
  return undefined;
}

function status({ atr, ...rest }: ReaderStatus): object {
  return { ...rest, ...(atr === undefined ? {} : { atr: toHex(atr) }) };
}

/** A socket that a dead farm left is taken away; one of a living farm is refused. */
async function listen(server: Server, endpoint: FarmEndpoint): Promise<string> {
  if ('path' in endpoint && existsSync(endpoint.path)) {
    if (await answers(endpoint)) throw taken(endpoint.path);
    unlinkSync(endpoint.path);
  }
  await new Promise<void>((done, fail) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      fail(cause.code === 'EADDRINUSE' ? taken(JSON.stringify(endpoint)) : unusable(cause)),
    );
    server.listen(endpoint, done);
  });
  if ('path' in endpoint) {
    chmodSync(endpoint.path, 0o600);
    return endpoint.path;
  }
  const bound = server.address();
  return `${endpoint.host}:${typeof bound === 'object' && bound !== null ? bound.port : endpoint.port}`;
}

function answers(endpoint: FarmEndpoint): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(endpoint);
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

function taken(where: string): UsageError {
  return new UsageError('USAGE_ARGUMENT', `another program listens on ${where}`);
}

function unusable(cause: NodeJS.ErrnoException): UsageError {
  return new UsageError('USAGE_ARGUMENT', `the farm cannot listen: ${cause.code ?? cause.message}`, {
    cause,
  });
}
