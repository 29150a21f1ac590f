/** EXEC on a device: programs that run, and what of them takes too long for an answer (DM 2.0 §5.3.5, §5.4.1). */
import type { ClientAction, ClientEvent } from '../../dm/index.js';
import { type ExecHandlers, type ExecResult, handlerOf } from './exec.js';
import type { DeviceEvent } from './types.js';

type ExecAction = Extract<ClientAction, { type: 'exec' }>;

const PATIENCE_MS = 30_000;

interface ExecsOptions {
  readonly handlers: ExecHandlers;
  readonly limitMs?: number | undefined;
  readonly post: (event: ClientEvent) => void;
  readonly tell: (event: DeviceEvent) => void;
  /** Called whenever one program less is under way. */
  readonly settled: () => void;
  readonly signal: AbortSignal;
}

export class Execs {
  #running = 0;

  constructor(private readonly options: ExecsOptions) {}

  /** How many run. */
  get count(): number {
    return this.#running;
  }

  /** Runs the handler of the node; 501 where the device has none. */
  start(action: ExecAction): void {
    this.#running++;
    void this.run(action);
  }

  private async run(action: ExecAction): Promise<void> {
    const { id, ref, clientUri, serverId, asynchronous } = action;
    const { handlers, signal, post, tell } = this.options;
    const handler = handlerOf(handlers, ref);
    const result = handler
      ? Promise.resolve({ ref, clientUri, serverId })
          .then((request) => handler(request, signal))
          .catch((): ExecResult => ({ status: 500 }))
      : Promise.resolve<ExecResult>({ status: 501 });
    const patience = setTimeout(() => {
      if (!asynchronous) post({ type: 'exec-result', id, status: 202, completed: false });
    }, this.options.limitMs ?? PATIENCE_MS);
    const { status, data } = await result;
    clearTimeout(patience);
    this.#running--;
    tell({ type: 'exec', clientUri, status });
    const alert = data === undefined ? {} : { alert: { data } };
    post({ type: 'exec-result', id, status, completed: true, ...alert });
    this.options.settled();
  }
}
