/** The HTTP requests of a device: sent, told, and their answers given back to the core (DM 2.0 §5.6). */
import type { ClientAction, ClientEvent, ClientState, HttpFailure } from '../../dm/index.js';
import { SimbootError } from '../../errors/index.js';
import type { TransportCredentials } from '../../net/index.js';
import { credentialsOf } from './credentials.js';
import { origin, packageSays } from './summary.js';
import type { DeviceEvent, DeviceNetwork } from './types.js';

type HttpAction = Extract<ClientAction, { type: 'http' }>;

interface RequestsOptions {
  readonly network: DeviceNetwork;
  /** For a bootstrap server that no account has credentials for. */
  readonly bootstrapCredentials?: TransportCredentials | undefined;
  readonly post: (event: ClientEvent) => void;
  readonly tell: (event: DeviceEvent) => void;
  /** Gets what is a defect of this program. */
  readonly fail: (error: unknown) => void;
  /** Called whenever one request less is under way. */
  readonly settled: () => void;
  readonly signal: AbortSignal;
}

export class Requests {
  readonly #running = new Map<string, { abort: AbortController; done: Promise<void> }>();

  constructor(private readonly options: RequestsOptions) {}

  get count(): number {
    return this.#running.size;
  }

  /** Sends a request; the answer, or why there is none, is posted when it comes. */
  start(action: HttpAction, state: ClientState): void {
    const abort = new AbortController();
    const done = this.exchange(action, state, AbortSignal.any([abort.signal, this.options.signal]));
    this.#running.set(action.id, { abort, done });
  }

  /** Gives up what a session waits for. */
  abort(state: ClientState, serverId: string): void {
    for (const [id, { abort }] of this.#running) {
      const request = state.requests.get(id);
      if (request && 'serverId' in request && request.serverId === serverId) abort.abort();
    }
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  private async exchange(action: HttpAction, state: ClientState, signal: AbortSignal): Promise<void> {
    try {
      this.options.post(await this.outcome(action, state, signal));
    } catch (error) {
      this.options.fail(error);
    } finally {
      this.#running.delete(action.id);
      this.options.settled();
    }
  }

  private credentials(
    { purpose, credentials }: HttpAction,
    { tree }: ClientState,
  ): TransportCredentials | undefined {
    if (credentials) return credentialsOf(tree, credentials);
    return purpose === 'bootstrap' ? this.options.bootstrapCredentials : undefined;
  }

  private async outcome(action: HttpAction, state: ClientState, signal: AbortSignal): Promise<ClientEvent> {
    const { id, purpose, request } = action;
    const { network, tell } = this.options;
    try {
      const credentials = this.credentials(action, state);
      tell({
        type: 'request',
        id,
        purpose,
        method: request.method,
        url: origin(request.url),
        octets: request.body?.length ?? 0,
        credentials: credentials?.kind ?? 'none',
        says: packageSays(request.headers['content-type'], request.body),
      });
      const { status, headers, body } = await network.send(request, credentials, signal);
      const says = packageSays(headers['content-type'], body);
      tell({ type: 'response', id, purpose, status, octets: body.length, says });
      return { type: 'http-response', id, status, headers, body };
    } catch (error) {
      const cause = failureOf(error);
      tell({ type: 'no-response', id, purpose, ...cause });
      return { type: 'http-failed', id, cause };
    }
  }
}

function failureOf(error: unknown): HttpFailure {
  if (error instanceof SimbootError) return { code: error.code, message: error.message };
  throw error;
}
