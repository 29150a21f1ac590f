/** The DM server: cores, store and network put together (DM 2.0 §5, §8.3, §9, Appendix E). */
import {
  DEFAULT_FORMATS,
  DEFAULT_SERVER_POLICY,
  type NotifyOptions,
  type ScriptSource,
  type ServerEnvironment,
  type ServerPolicy,
  type ServerStore,
} from '../../dm/index.js';
import { NetworkError } from '../../errors/index.js';
import { MO_DEFINITIONS, type MoDefinition } from '../../mo/index.js';
import { HttpClient, type HttpHandler, type RunningServer, serveHttp } from '../../net/index.js';
import { DdfLibrary } from './ddf-library.js';
import { CredentialDirectory } from './directory.js';
import type { DmServerEvent } from './events.js';
import { Identifier } from './identify.js';
import type { DmServerOptions } from './options.js';
import { pooledRandom } from './random.js';
import { type Routing, route } from './routes.js';
import { sendBootstrap } from './server-initiated.js';
import { DeviceSteps, type StepOutcome } from './steps.js';

/** How often deadlines are looked at. */
const TICK_MILLISECONDS = 1_000;
const OVERDUE = 200;
/** How long `stop` waits for notifications under way. */
const SEND_MILLISECONDS = 10_000;

/** Where devices find a server. */
export interface DmServerUrls {
  /** Of the listener, or `publicUrl`. */
  readonly base: string;
  /** SrvURI of an account. */
  readonly dm: string;
  readonly bootstrap: string;
  readonly gcmRegister: string;
  readonly gcmUnregister: string;
  /** The same on the listener that takes TLS 1.0 and 1.1. */
  readonly legacy?: string;
}

/** A running DM server. */
export interface DmServer {
  readonly urls: DmServerUrls;
  readonly store: ServerStore;
  /**
   * Queues a script for a device, which is notified if it can be.
   *
   * @returns the jobId
   * @throws UsageError `USAGE_SCRIPT`, `USAGE_COMMAND` for a script that cannot run
   */
  submit(devId: string, script: ScriptSource): Promise<string>;
  /** Takes a job out of the queue; what was sent of it already runs on. */
  cancel(devId: string, jobId: string): Promise<void>;
  /** Sends a notification (Package#0) to every address of a device; how it went comes as events. */
  notify(devId: string, options?: NotifyOptions): Promise<void>;
  /**
   * Hands the bootstrap document of an account to a device that was just discovered (§8.4), over TLS under the
   * account's pre-shared bootstrap key.
   *
   * @throws UsageError `USAGE_ARGUMENT`, NetworkError
   */
  bootstrap(accountId: string, url: string): Promise<void>;
  /** Lets requests in work end, then closes. Sessions go on with whoever serves the store next. */
  stop(): Promise<void>;
}

/**
 * Starts a DM server.
 *
 * @throws NetworkError `NETWORK_LISTEN`
 * @throws UsageError, DataError, SecurityError for TLS that cannot work, and for a store that fails
 */
export async function startDmServer(options: DmServerOptions): Promise<DmServer> {
  const server = new Server(options);
  await server.start();
  return server;
}

class Server implements DmServer {
  readonly store: ServerStore;
  readonly #options: DmServerOptions;
  readonly #clock: () => Date;
  readonly #random: (octets: number) => Uint8Array;
  readonly #onEvent: (event: DmServerEvent) => void;
  readonly #directory: CredentialDirectory;
  readonly #steps: DeviceSteps;
  readonly #http: HttpClient;
  readonly #ddf: DdfLibrary;
  readonly #routing: Routing;
  readonly #sending = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();
  readonly #listeners: RunningServer[] = [];
  #policy: ServerPolicy;
  #known: ServerEnvironment | undefined;
  #fetched: readonly MoDefinition[] | undefined;
  #urls: DmServerUrls | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> = Promise.resolve();

  constructor(options: DmServerOptions) {
    this.#options = options;
    this.store = options.store;
    this.#clock = options.clock ?? (() => new Date());
    this.#random = options.random ?? pooledRandom();
    this.#onEvent = options.onEvent ?? (() => undefined);
    this.#policy = { ...DEFAULT_SERVER_POLICY, ...options.policy };
    this.#directory = new CredentialDirectory(options.store);
    this.#steps = new DeviceSteps(options.store, () => this.#environment(), options.onEvent);
    this.#http = options.http ?? new HttpClient({ clock: this.#clock });
    this.#ddf = new DdfLibrary(options, this.#http, this.#onEvent);
    this.#routing = {
      store: options.store,
      steps: this.#steps,
      identifier: new Identifier(options.store, {
        anonymous: this.#policy.anonymous,
        basicWithoutTls: options.basicWithoutTls === true,
        clock: this.#clock,
      }),
      policy: this.#policy,
      welcome: options.welcome ?? [],
      onEvent: this.#onEvent,
      afterStep: (devId, outcome) => this.#afterStep(devId, outcome),
      clock: this.#clock,
    };
  }

  get urls(): DmServerUrls {
    return this.#urls!;
  }

  async start(): Promise<void> {
    const { listen, tls, publicUrl } = this.#options;
    await this.#directory.refresh();
    try {
      const main = await this.#listen(listen, false);
      const legacy = tls?.legacyListen === undefined ? undefined : await this.#listen(tls.legacyListen, true);
      const base = (publicUrl ?? reachable(main.url)).replace(/\/$/, '');
      this.#urls = {
        base,
        dm: `${base}/dm`,
        bootstrap: `${base}/bootstrap`,
        gcmRegister: `${base}/push/gcm/register`,
        gcmUnregister: `${base}/push/gcm/unregister`,
        ...(legacy === undefined ? {} : { legacy: `${reachable(legacy.url)}/dm` }),
      };
      this.#policy = {
        ...this.#policy,
        dmUrl: this.#urls.dm,
        repositoryUrl: `${base}/repository`,
        uiUrl: `${base}/ui`,
      };
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#timer = setInterval(() => this.#tick(), TICK_MILLISECONDS);
  }

  async submit(devId: string, script: ScriptSource): Promise<string> {
    const outcome = await this.#steps.run(devId, () => ({ type: 'submit', script }));
    this.#afterStep(devId, outcome);
    return outcome.jobId!;
  }

  async cancel(devId: string, jobId: string): Promise<void> {
    this.#afterStep(devId, await this.#steps.run(devId, () => ({ type: 'cancel', jobId })));
  }

  async notify(devId: string, options?: NotifyOptions): Promise<void> {
    const event = { type: 'notify' as const, ...(options === undefined ? {} : { options }) };
    const outcome = await this.#steps.run(devId, () => event);
    await Promise.all(this.#send(devId, outcome));
  }

  bootstrap(accountId: string, url: string): Promise<void> {
    const sending = { store: this.store, http: this.#http, signal: this.#stopping.signal };
    return sendBootstrap(sending, accountId, url);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    await this.#ticking;
    const patience = setTimeout(() => this.#stopping.abort(), SEND_MILLISECONDS);
    await Promise.all(this.#sending);
    clearTimeout(patience);
    await this.#ddf.stop();
    if (this.#options.http === undefined) this.#http.close();
  }

  /** The same object until something in it changes. */
  #environment(): ServerEnvironment {
    const known = this.#known;
    if (known?.policy === this.#policy && this.#ddf.definitions === this.#fetched) return known;
    const { definitions = [], formats = DEFAULT_FORMATS, programs = [], notificationFormat } = this.#options;
    this.#fetched = this.#ddf.definitions;
    this.#known = {
      clock: this.#clock,
      random: this.#random,
      policy: this.#policy,
      definitions: [...MO_DEFINITIONS, ...definitions, ...this.#fetched],
      formats,
      ...(notificationFormat === undefined ? {} : { notificationFormat }),
      programs: new Map(programs.map((program) => [program.name, program])),
    };
    return this.#known;
  }

  async #listen(listen: { host: string; port: number }, legacy: boolean): Promise<RunningServer> {
    const { tls, limits } = this.#options;
    const handler: HttpHandler = (request) => route(this.#routing, request);
    const listener = await serveHttp({
      handler,
      listen,
      limits: {
        bodyOctets: Math.max(this.#policy.maxPackageOctets, this.#policy.maxUploadOctets),
        ...limits,
      },
      clock: this.#clock,
      onEvent: (event) => {
        if (event.type === 'handler-failed') {
          this.#onEvent({ type: 'failed', what: event.path, error: event.error });
        } else if (event.type === 'warning') this.#onEvent(event);
        else {
          const { address } = event;
          const reason = event.type === 'tls-failed' ? `TLS: ${event.code}` : event.reason;
          this.#onEvent({ type: 'refused', address, reason });
        }
      },
      ...(tls === undefined
        ? {}
        : {
            tls: {
              certificates: tls.certificates,
              psk: this.#directory.psk,
              pinned: this.#directory.pinned,
              ...(tls.clientCa === undefined ? {} : { clientCa: tls.clientCa }),
              ...(legacy
                ? { legacy: true as const, versions: { min: 'TLSv1' as const, max: 'TLSv1.2' as const } }
                : {}),
              ...(!legacy && tls.versions !== undefined ? { versions: tls.versions } : {}),
            },
            beforeHandshake: () => this.#refreshed(),
          }),
    });
    this.#listeners.push(listener);
    this.#onEvent({ type: 'listening', url: listener.url, for: legacy ? 'legacy devices' : 'devices' });
    return listener;
  }

  /** A store that does not answer now leaves the keys that are known; only new ones have to wait. */
  async #refreshed(): Promise<void> {
    try {
      await this.#directory.refresh();
    } catch (error) {
      this.#onEvent({ type: 'failed', what: 'reading accounts', error });
    }
  }

  #tick(): void {
    this.#ticking = this.#ticking.then(async () => {
      try {
        const late = await this.store.overdue(this.#clock().getTime(), OVERDUE);
        for (const devId of late) {
          this.#afterStep(devId, await this.#steps.run(devId, () => ({ type: 'tick' })));
        }
      } catch (error) {
        this.#onEvent({ type: 'failed', what: 'deadlines', error });
      }
    });
  }

  #afterStep(devId: string, outcome: StepOutcome): void {
    this.#send(devId, outcome);
    this.#ddf.seen(outcome.mos);
    if (!outcome.wanted || this.#options.notifyWhenWanted === false || this.#options.send === undefined)
      return;
    this.#background(
      this.store.device(devId).then((device) => {
        if (device !== undefined && device.addresses.length > 0) return this.notify(devId);
      }),
      'a notification',
    );
  }

  #send(devId: string, { notifications }: StepOutcome): Promise<void>[] {
    const { send } = this.#options;
    if (send === undefined) return [];
    return notifications.flatMap(({ addresses, bytes, notificationId }) =>
      addresses.map(async (address) => {
        const told = { type: 'notification' as const, devId, notificationId, transport: address.transport };
        const sent = send(address, bytes, this.#stopping.signal).then(
          () => this.#onEvent({ ...told, ok: true }),
          async (error: unknown) => {
            const reason = error instanceof Error ? error.message : 'unknown reason';
            this.#onEvent({ ...told, ok: false, reason });
            if (address.transport !== 'gcm' || !isGone(error)) return;
            const { regId } = address;
            await this.#steps.run(devId, () => ({ type: 'gcm-unregistered', regId }));
          },
        );
        this.#background(sent, 'a notification');
        await sent;
      }),
    );
  }

  #background(work: Promise<unknown>, what: string): void {
    const settled = work
      .catch((error: unknown) => this.#onEvent({ type: 'failed', what, error }))
      .finally(() => this.#sending.delete(settled));
    this.#sending.add(settled);
  }
}

/** The push service says that this registration does not exist any more: nothing is sent there again. */
function isGone(error: unknown): boolean {
  return error instanceof NetworkError && error.details.outcome === 'unregistered';
}

/** A listener on every address is reached at this machine's own name for itself. */
function reachable(url: string): string {
  const parsed = new URL(url);
  if (parsed.hostname === '0.0.0.0' || parsed.hostname === '[::]') parsed.hostname = 'localhost';
  return parsed.href.replace(/\/$/, '');
}
