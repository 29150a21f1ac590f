/**
 * One step of one device: load, let the core decide, write, and only then act. Steps of a device follow one another; a
 * step that another process overtook is decided anew.
 */
import {
  type DeviceState,
  type MosEntry,
  next as nextServerStep,
  type ServerAction,
  type ServerEnvironment,
  type ServerEvent,
  type ServerResponse,
  type ServerStore,
  type SessionRecord,
  type StoreWrite,
} from '../../dm/index.js';
import { UsageError } from '../../errors/index.js';
import { type DmServerEvent, eventsOf } from './events.js';
import { KeyedLock } from './keyed-lock.js';

/** Times that a step is decided anew before the device has to come again. */
const ATTEMPTS = 8;
/** Devices in a session whose state is kept at hand. */
const KEPT = 10_000;

/** What happens to a device; nothing where undefined. */
export type StepEvent = () => ServerEvent | undefined | Promise<ServerEvent | undefined>;

/** What a step did beside writing. */
export interface StepOutcome {
  readonly reply?: ServerResponse;
  readonly jobId?: string;
  readonly notifications: readonly Extract<ServerAction, { type: 'notification' }>[];
  /** The device should be asked for a session. */
  readonly wanted: boolean;
  /** The session as the step left it, where it changed. */
  readonly session?: SessionRecord;
  /** Objects that the device told of. */
  readonly mos: readonly MosEntry[];
}

export class DeviceSteps {
  readonly #store: ServerStore;
  readonly #environment: () => ServerEnvironment;
  readonly #onEvent: ((event: DmServerEvent) => void) | undefined;
  readonly #lock = new KeyedLock();
  /** As the store has it, unless another process wrote: the revision tells. */
  readonly #kept = new Map<string, DeviceState>();

  constructor(
    store: ServerStore,
    environment: () => ServerEnvironment,
    onEvent?: (event: DmServerEvent) => void,
  ) {
    this.#store = store;
    this.#environment = environment;
    this.#onEvent = onEvent;
  }

  /**
   * @param event called again whenever the step is decided anew: what it reads may have changed; undefined: nothing
   *   is to be done
   * @throws UsageError `USAGE_STORE_FAILED` where other processes were always faster
   */
  run(devId: string, event: StepEvent): Promise<StepOutcome> {
    return this.#lock.run(devId, async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const given = event();
        const happened = given instanceof Promise ? await given : given;
        if (happened === undefined) return outcomeOf([]);
        const outcome = await this.#attempt(devId, happened);
        if (outcome !== undefined) return outcome;
      }
      throw new UsageError('USAGE_STORE_FAILED', `other processes write about ${devId} all the time`);
    });
  }

  async #attempt(devId: string, event: ServerEvent): Promise<StepOutcome | undefined> {
    const kept = event.type === 'package' ? this.#kept.get(devId) : undefined;
    const before = kept ?? (await this.#store.load(devId));
    const { state, actions } = nextServerStep(before, event, this.#environment());
    const writes = writesOf(actions);
    this.#kept.delete(devId);
    if (writes.length > 0) {
      const result = await this.#store.apply(devId, writes, before.revision, state);
      if (!result.ok) return undefined;
      if (result.revision === state.revision) this.#keep(state);
    } else if (kept !== undefined) {
      // Nothing was written, so nobody has said yet that this state is still true.
      const { revision } = await this.#store.load(devId);
      if (revision !== kept.revision) return undefined;
    }
    if (this.#onEvent !== undefined) for (const told of eventsOf(devId, actions)) this.#onEvent(told);
    return outcomeOf(actions);
  }

  #keep(state: DeviceState): void {
    if (state.session?.state !== 'open') return;
    const [oldest] = this.#kept.size >= KEPT ? this.#kept.keys() : [];
    if (oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(state.devId, state);
  }
}

function writesOf(actions: readonly ServerAction[]): StoreWrite[] {
  const writes: StoreWrite[] = [];
  for (const action of actions) if (action.type === 'write') writes.push(action.write);
  return writes;
}

/** One pass: this is done for every package. */
function outcomeOf(actions: readonly ServerAction[]): StepOutcome {
  const outcome: { -readonly [K in keyof StepOutcome]: StepOutcome[K] } = nothing();
  for (const action of actions) {
    if (action.type === 'reply') outcome.reply = action.response;
    else if (action.type === 'job-submitted') outcome.jobId = action.jobId;
    else if (action.type === 'notification') outcome.notifications = [...outcome.notifications, action];
    else if (action.type === 'wanted') outcome.wanted = true;
    else if (action.type === 'write' && action.write.type === 'session')
      outcome.session = action.write.record;
    else if (action.type === 'write' && action.write.type === 'device') {
      outcome.mos = action.write.record.mos?.entries ?? outcome.mos;
    }
  }
  return outcome;
}

function nothing(): StepOutcome {
  return { notifications: [], wanted: false, mos: [] };
}
