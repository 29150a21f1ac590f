/** Server-sent events (HTML Living Standard §9.2): resumed where they broke off, with heartbeats, never for a client that does not read. */
import { encodeUtf8 } from '../../../bytes/index.js';
import { UsageError } from '../../../errors/index.js';
import type { HttpRequest, HttpResponse, HttpStream } from '../../../net/index.js';
import type { LineControl } from '../../../perso/index.js';
import type { EventLog, LoggedEvent } from './event-log.js';
import { Refusal } from './problem.js';

export interface StreamLimits {
  /** Streams at once. */
  readonly streams: number;
  /** Octets that wait for one client; beyond them it is cut off, and comes back with its last id. */
  readonly waitingOctets: number;
  /** Milliseconds between heartbeats. */
  readonly heartbeatMs: number;
}

/** How long a client waits before it comes back, in milliseconds. */
const RETRY = 2_000;

/** All open streams of one line. */
export class EventStreams {
  readonly #control: Pick<LineControl, 'view'>;
  readonly #log: EventLog;
  readonly #limits: StreamLimits;
  readonly #open = new Set<() => void>();

  constructor(control: Pick<LineControl, 'view'>, log: EventLog, limits: StreamLimits) {
    this.#control = control;
    this.#log = log;
    this.#limits = limits;
  }

  /** Begins with what the client missed, or where that is not known with the whole view. */
  answer(request: HttpRequest): HttpResponse {
    if (this.#open.size >= this.#limits.streams) {
      const error = new UsageError('USAGE_LINE_REQUEST', `${this.#limits.streams} streams are open already`);
      throw new Refusal(503, error, { 'retry-after': '5' });
    }
    return {
      status: 200,
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      },
      stream: (out) => this.#run(out, request),
    };
  }

  /** Ends every stream; clients know by the last event of the line that there is no more. */
  close(): void {
    for (const end of [...this.#open]) end();
  }

  #run(out: HttpStream, { headers, signal }: HttpRequest): void {
    const send = (text: string): void => {
      if (out.write(encodeUtf8(text)) <= this.#limits.waitingOctets) return;
      stop();
      out.destroy();
    };
    const unlisten = this.#log.listen((event) => send(textOf(event)));
    const heartbeat = setInterval(() => send(':\n\n'), this.#limits.heartbeatMs);
    const stop = (): void => {
      unlisten();
      clearInterval(heartbeat);
      this.#open.delete(end);
      signal.removeEventListener('abort', stop);
    };
    const end = (): void => {
      stop();
      out.end();
    };
    this.#open.add(end);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    else send(`retry: ${RETRY}\n\n${this.#beginning(headers['last-event-id'])}`);
  }

  #beginning(lastId: string | undefined): string {
    const missed = lastId === undefined ? undefined : this.#log.since(lastId);
    if (missed !== undefined) return missed.map(textOf).join('');
    return textOf({ id: this.#log.lastId, name: 'view', data: JSON.stringify(this.#control.view()) });
  }
}

/** JSON has no line ends outside its strings, and those are escaped there. */
function textOf({ id, name, data }: LoggedEvent): string {
  return `id: ${id}\nevent: ${name}\ndata: ${data}\n\n`;
}
