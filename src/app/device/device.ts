/**
 * A device: the client core with a folder, a network, a card, a browser and programs around it (DM 2.0 §5, §8).
 * Events go into the core one at a time; its actions are carried out in their order, and nothing leaves before the
 * state behind it is on the disk.
 */
import {
  type BootstrapOrigin,
  type ClientAction,
  type ClientEnvironment,
  type ClientEvent,
  type ClientState,
  type LocalWrite,
  newClientState,
  nextClientStep,
  restoreClientState,
  serializeClientState,
} from '../../dm/index.js';
import { readCard } from './card.js';
import { withDevInfo } from './dev-info.js';
import { environmentOf } from './environment.js';
import { Execs } from './execs.js';
import { LocalQuestions } from './local.js';
import { Requests } from './requests.js';
import { SessionClock } from './session-clock.js';
import { StateFolder } from './state-folder.js';
import type { DeviceEvent, DeviceOptions, LocalAnswer } from './types.js';

/** A device that is switched on. */
export class Device {
  readonly #queue: ClientEvent[] = [];
  readonly #abort = new AbortController();
  readonly #local = new LocalQuestions((event) => this.post(event));
  readonly #waiting: (() => void)[] = [];
  readonly #requests: Requests;
  readonly #execs: Execs;
  readonly #clock: SessionClock;
  #state: ClientState;
  #isWorking = false;
  #work: Promise<void> = Promise.resolve();
  #pending = 0;
  #failure: unknown;
  /** Rejects when the device cannot go on, such as with a folder that cannot be written. */
  readonly failed: Promise<never>;
  #reject: (error: unknown) => void = () => undefined;

  private constructor(
    private readonly options: DeviceOptions,
    private readonly folder: StateFolder,
    private readonly environment: ClientEnvironment,
    state: ClientState,
  ) {
    this.#state = state;
    this.failed = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    this.failed.catch(() => undefined); // whoever waits for it is told all the same
    const { signal } = this.#abort;
    const post = (event: ClientEvent): void => this.post(event);
    const tell = (event: DeviceEvent): void => this.tell(event);
    const fail = (error: unknown): void => this.fail(error);
    const common = { post, tell, fail, settled: () => this.wake(), signal };
    const { network, bootstrapCredentials } = options;
    this.#requests = new Requests({ ...common, network, bootstrapCredentials });
    this.#execs = new Execs({ ...common, handlers: options.exec ?? new Map(), limitMs: options.execMs });
    this.#clock = new SessionClock(options.sessionMs, (serverId) => {
      this.tell({
        type: 'note',
        level: 'warning',
        code: 'session-too-long',
        message: `the session with ${serverId} took too long`,
      });
      this.#requests.abort(this.#state, serverId);
    });
  }

  /**
   * Switches a device on: its state, the factory's bootstrap where it is new, what was left unfinished, the card.
   *
   * @throws UsageError `USAGE_STATE_FOLDER`; DataError `DATA_DEVICE_STATE`
   */
  static async start(options: DeviceOptions): Promise<Device> {
    const folder = await StateFolder.open(options.stateFolder);
    try {
      const environment = environmentOf(options);
      const saved = await folder.load();
      const state = saved === undefined ? newClientState() : restoreClientState(saved, environment);
      // Without a connection sessions wait.
      const device = new Device(options, folder, environment, { ...state, connections: [] });
      await device.switchOn();
      return device;
    } catch (error) {
      await folder.close();
      throw error;
    }
  }

  /** The network comes last: a server that the card no longer names is not to be asked (§8.1). */
  private async switchOn(): Promise<void> {
    const { factory, connections = { available: ['wireline'] }, devInfo } = this.options;
    // The programs of before ended with the process.
    this.post({ type: 'power-on', running: [] });
    const tree = withDevInfo(this.#state.tree, devInfo);
    if (tree !== this.#state.tree) this.post({ type: 'device-changed', tree });
    await this.bootstrapFromCard();
    if (factory) this.post({ type: 'bootstrap', origin: { kind: 'factory' }, bytes: factory });
    this.post({ type: 'connection-changed', ...connections });
  }

  /** The state of the core, for looking at; it holds the secrets of the accounts. */
  get state(): ClientState {
    return this.#state;
  }

  /** Reads the card, where there is one and the policy wants it (§8.1). */
  async bootstrapFromCard(): Promise<void> {
    const { card } = this.options;
    if (!card || !this.environment.policy.smartcardBootstrap) return;
    const result = await readCard(card);
    this.tell({
      type: 'card',
      ok: result.ok,
      documents: result.ok ? result.documents.length : 0,
      ...(result.ok ? {} : { reason: result.reason }),
    });
    this.post({ type: 'card-read', result });
  }

  /** Fetches a bootstrap from a server whose address the device knows (§8.3). */
  bootstrapFromUrl(url: string): void {
    this.post({ type: 'client-bootstrap', url });
  }

  /**
   * A bootstrap that a server sent (§8.4). The adapter that calls has verified its protection.
   *
   * @param channel how it came, for people
   */
  receiveBootstrap(bytes: Uint8Array, channel: string): void {
    const origin: BootstrapOrigin = { kind: 'server', channel };
    this.post({ type: 'bootstrap', origin, bytes });
  }

  /**
   * Package#0 as it arrived (§5.2.1).
   *
   * @param transport how it came, for people
   * @param serverId who sent it, where the transport tells
   */
  receive(bytes: Uint8Array, transport: string, serverId?: string): void {
    this.tell({ type: 'notification', transport, octets: bytes.length });
    this.post({ type: 'notification', bytes, transport, ...(serverId === undefined ? {} : { serverId }) });
  }

  /** The push service has given the device a RegId: servers that want one are told (Appendix E.2.3). */
  pushRegistered(regId: string): void {
    this.post({ type: 'gcm-registered', regId });
  }

  /** The RegId is no longer good (Appendix E.2.3). */
  pushUnregistered(regId: string): void {
    this.post({ type: 'gcm-unregistered', regId });
  }

  /** Opens a session with a server (§5.2.2, ClientInitiatedMgmt). */
  startSession(serverId: string): void {
    this.post({ type: 'start-session', serverId });
  }

  /** The connections that are there now, the best first (§5.2.1.2), and what they go over (§12.4). */
  connect(connections: NonNullable<DeviceOptions['connections']>): void {
    this.post({ type: 'connection-changed', ...connections });
  }

  /** An alert of the device or of an application (§5.4). */
  alert(event: Omit<Extract<ClientEvent, { type: 'alert' }>, 'type'>): void {
    this.post({ type: 'alert', ...event });
  }

  /** A Generic Alert of DM 1.x in XML, as an application of that time sends it (§13.1). */
  alertDm1x(event: Omit<Extract<ClientEvent, { type: 'dm1x-alert' }>, 'type'>): void {
    this.post({ type: 'dm1x-alert', ...event });
  }

  /** What a local application reads: it is an authority of its own (§10). */
  readLocally(appId: string, clientUri: string): Promise<LocalAnswer> {
    return this.#local.ask((id) => ({ type: 'local-read', id, appId, clientUri }));
  }

  /** What a local application writes. */
  writeLocally(appId: string, write: LocalWrite): Promise<LocalAnswer> {
    return this.#local.ask((id) => ({ type: 'local-write', id, appId, write }));
  }

  /** A local application needs objects that may have to be fetched first (§5.3.10). */
  requestLocally(appId: string, moid: string): Promise<LocalAnswer> {
    return this.#local.ask((id) => ({ type: 'local-request', id, appId, moid }));
  }

  /**
   * Resolves when nothing is under way: no session, no request, no program.
   *
   * @throws what kept the device from going on, such as a folder that cannot be written
   */
  async idle(): Promise<void> {
    while (this.#failure === undefined && this.isBusy) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  private get isBusy(): boolean {
    return (
      this.#isWorking ||
      this.#queue.length > 0 ||
      this.#pending > 0 ||
      this.#requests.count > 0 ||
      this.#execs.count > 0
    );
  }

  /** Switches the device off: what is under way is aborted, the state stays as it was saved last. */
  async stop(): Promise<void> {
    this.#abort.abort();
    this.#clock.stop();
    await this.#work;
    await this.#requests.settled();
    await this.options.network.close();
    await this.folder.close();
    this.wake();
  }

  private post(event: ClientEvent): void {
    if (this.#abort.signal.aborted) return;
    this.#queue.push(event);
    if (!this.#isWorking) this.#work = this.work();
  }

  private async work(): Promise<void> {
    this.#isWorking = true;
    try {
      for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
        const step = nextClientStep(this.#state, event, this.environment);
        this.#state = step.state;
        for (const action of step.actions) await this.carryOut(action);
        if (this.#abort.signal.aborted) break;
      }
    } catch (error) {
      // What could not be saved must not be answered: the device stops where it is.
      this.fail(error);
    } finally {
      this.#isWorking = false;
      this.wake();
    }
  }

  private fail(error: unknown): void {
    this.#failure ??= error;
    this.#reject(error);
    this.#abort.abort();
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  private tell(event: DeviceEvent): void {
    this.options.onEvent?.(event);
  }

  private async carryOut(action: ClientAction): Promise<void> {
    switch (action.type) {
      case 'save':
        return this.folder.save(serializeClientState(this.#state));
      case 'http':
        return this.#requests.start(action, this.#state);
      case 'browse':
        return this.later(this.browse(action.url), (ok) => ({ type: 'browser-result', id: action.id, ok }));
      case 'exec':
        return this.#execs.start(action);
      case 'ask-user':
        return this.later(this.options.confirm?.(action.what) ?? Promise.resolve(false), (accepted) => ({
          type: 'user-answer',
          id: action.id,
          accepted,
        }));
      case 'local-answer':
        return this.#local.answer(action);
      case 'session-started':
        this.#clock.started(action.serverId);
        return this.tell({ type: 'session-started', serverId: action.serverId, cause: action.cause.kind });
      case 'session-ended':
        this.#clock.ended(action.serverId);
        return this.tell({ ...action });
      case 'bootstrapped':
        return this.tell({ ...action, origin: action.origin.kind });
      case 'note': {
        const { details: _, ...note } = action;
        return this.tell(note);
      }
      default:
        return assertNever(action);
    }
  }

  private async browse(url: string): Promise<boolean> {
    const ok = (await this.options.browser?.(url)) ?? false;
    this.tell({ type: 'browse', ok });
    return ok;
  }

  /** Goes on with an event once the promise has a value; a device that is off does not. */
  private later<T>(promise: Promise<T>, eventOf: (value: T) => ClientEvent): void {
    this.#pending++;
    promise.then(
      (value) => {
        this.#pending--;
        this.post(eventOf(value));
        this.wake();
      },
      (error: unknown) => {
        this.#pending--;
        this.fail(error);
      },
    );
  }
}

function assertNever(action: never): never {
  throw new Error(`no such action: ${JSON.stringify(action)}`);
}
