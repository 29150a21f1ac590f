/** Cards, card work and a handler for tests of the line: small enough to be judged by eye. */
import type { CardChannel, CardEmulator, EmulatorAnswer } from '../../../src/apdu/index.js';
import { decodeUtf8, encodeUtf8, toHex } from '../../../src/bytes/index.js';
import { CardError, DataError, SecurityError } from '../../../src/errors/index.js';
import type {
  CardContent,
  CardHandler,
  CardIdentity,
  CardWork,
  CardWorker,
  HandlerCard,
  Job,
  WorkHooks,
  WorkRecord,
  WorkVerification,
} from '../../../src/perso/index.js';
import type { EmulatorReaderService } from '../../../src/transport/index.js';

const ATR = Uint8Array.of(0x3b, 0x00);
export const OTHER_ATR = Uint8Array.of(0x3b, 0x01, 0xff);

const IDENTIFY = 1;
const READ = 2;
const WRITE = 3;

export type Fault = 'mute' | 'removed' | 'hang' | '6f00' | '6982' | undefined;

/** A card of numbered files. Commands: identify, read file n, write file n. */
export class FakeCard implements CardEmulator {
  readonly protocol = 'T=1';
  readonly files = new Map<number, string>();
  exchanges = 0;
  /** Everything that was ever written, in its order. */
  readonly written: string[] = [];
  powered = 0;
  /** Asked before each exchange; counts from 1. */
  fault: (exchange: number, command: Uint8Array) => Fault = () => undefined;
  /** Does not answer the next so many power-ons. */
  muteAtPower = 0;
  atr: Uint8Array | undefined = ATR;

  constructor(
    readonly serial: string,
    readonly iccid = serial,
  ) {}

  async powerOn(): Promise<Uint8Array | undefined> {
    this.powered++;
    if (this.muteAtPower > 0) {
      this.muteAtPower--;
      return undefined;
    }
    return this.atr;
  }

  async reset(): Promise<Uint8Array | undefined> {
    return this.atr;
  }

  async powerOff(): Promise<void> {}

  async transmit(command: Uint8Array): Promise<EmulatorAnswer> {
    const fault = this.fault(++this.exchanges, command);
    if (fault === 'hang') return new Promise(() => undefined);
    if (fault === 'mute' || fault === 'removed') return { kind: fault };
    if (fault === '6f00') return answer('', 0x6f00);
    if (fault === '6982') return answer('', 0x6982);
    const [, instruction, file = 0] = command;
    if (instruction === IDENTIFY) return answer(JSON.stringify({ serial: this.serial, iccid: this.iccid }));
    if (instruction === READ) return answer(this.files.get(file) ?? '');
    const text = decodeUtf8(command.subarray(5));
    this.written.push(text);
    this.files.set(file, text);
    return answer('');
  }
}

function answer(text: string, status = 0x9000): EmulatorAnswer {
  const data = encodeUtf8(text);
  const response = new Uint8Array(data.length + 2);
  response.set(data);
  response.set([status >> 8, status & 0xff], data.length);
  return { kind: 'response', response };
}

async function send(channel: CardChannel, instruction: number, file = 0, text = ''): Promise<string> {
  const data = encodeUtf8(text);
  const header = [0x80, instruction, file, 0];
  const body = data.length === 0 ? [] : [data.length, ...data];
  const response = await channel.transmit(Uint8Array.of(...header, ...body));
  const status = toHex(response.subarray(-2));
  if (status === '6982') throw new SecurityError('SECURITY_KEY_CHECK', 'the card refused the key');
  if (status !== '9000') throw new CardError('CARD_STATUS', `status ${status}`);
  return decodeUtf8(response.subarray(0, -2));
}

export interface FakeWorkerOptions {
  readonly steps?: number;
  readonly identity?: 'serial' | 'iccid' | 'none';
  /** Index of a step before which `beforeCritical` is called. */
  readonly critical?: number;
}

/** Writes `${values.name}/n/${values.key}` into file n. */
export class FakeWorker implements CardWorker {
  prepared = 0;
  constructor(private readonly options: FakeWorkerOptions = {}) {}

  expects(atr: Uint8Array): boolean {
    return toHex(atr) === toHex(ATR);
  }

  async identify(channel: CardChannel): Promise<CardIdentity> {
    const { serial, iccid } = JSON.parse(await send(channel, IDENTIFY));
    const { identity = 'serial' } = this.options;
    const id = identity === 'none' ? {} : { id: identity === 'iccid' ? iccid : serial };
    return { atr: toHex(channel.atr), iccid, ...id };
  }

  prepare(record: WorkRecord): CardWork {
    this.prepared++;
    if (record.values.bad !== undefined) throw new DataError('DATA_RECORDS', 'a field is wrong');
    return new FakeWork(record, this.options);
  }
}

export function contentOf(record: number | string, step: number, key: string): string {
  return `${record}/${step}/${key}`;
}

class FakeWork implements CardWork {
  constructor(
    private readonly record: WorkRecord,
    private readonly options: FakeWorkerOptions,
  ) {}

  private get steps(): string[] {
    const { steps = 3 } = this.options;
    return Array.from({ length: steps }, (_, index) =>
      contentOf(this.record.number, index, this.record.values.key ?? ''),
    );
  }

  private async read(channel: CardChannel, hooks: WorkHooks, phase: string): Promise<string[]> {
    const found: string[] = [];
    for (const index of this.steps.keys()) {
      hooks.onStep({ name: `${phase} ${index}`, index, total: this.steps.length });
      found.push(await send(channel, READ, index));
    }
    return found;
  }

  async survey(channel: CardChannel, hooks: WorkHooks): Promise<CardContent> {
    const found = await this.read(channel, hooks, 'survey');
    if (found.every((text) => text === '')) return 'blank';
    if (found.every((text, index) => text === this.steps[index])) return 'complete';
    return found.every((text, index) => text === '' || text === this.steps[index]) ? 'partial' : 'foreign';
  }

  async write(channel: CardChannel, hooks: WorkHooks): Promise<void> {
    for (const [index, text] of this.steps.entries()) {
      hooks.onStep({ name: `step ${index}`, index, total: this.steps.length });
      if (index === this.options.critical) await hooks.beforeCritical(index);
      await send(channel, WRITE, index, text);
      hooks.onStepDone({ name: `step ${index}`, exchanges: 1 });
    }
  }

  async verify(channel: CardChannel, hooks: WorkHooks): Promise<WorkVerification> {
    const found = await this.read(channel, hooks, 'verify');
    const differences = found.flatMap((text, index) =>
      text === this.steps[index]
        ? []
        : [{ step: `step ${index}`, where: `file ${index}`, message: `${text} is there` }],
    );
    return { differences, evidence: 'e'.repeat(64) };
  }

  wipe(): void {}
}

/** Readers with a stack of blanks, two bins, and hands that move cards between them. */
export class FakeHandler implements CardHandler {
  readonly goodBin: FakeCard[] = [];
  readonly badBin: { readonly card: FakeCard; readonly reason: string }[] = [];
  reseats = 0;
  /** Put in place of the card that is in the slot, at the next re-seat. */
  swapAtReseat: FakeCard | undefined;

  constructor(
    public readers: EmulatorReaderService,
    readonly stack: FakeCard[],
  ) {}

  async get(slot: string): Promise<boolean> {
    const card = this.stack.shift();
    if (card === undefined) return false;
    this.readers.insert(slot, card);
    return true;
  }

  async good({ slot }: HandlerCard): Promise<void> {
    const card = this.readers.remove(slot);
    if (card !== undefined) this.goodBin.push(card as FakeCard);
  }

  async bad({ slot, reason }: HandlerCard & { reason: { code: string } }): Promise<void> {
    const card = this.readers.remove(slot);
    if (card !== undefined) this.badBin.push({ card: card as FakeCard, reason: reason.code });
  }

  async reseat(slot: string): Promise<boolean> {
    this.reseats++;
    const card = this.readers.remove(slot);
    const next = this.swapAtReseat ?? card;
    if (next === undefined) return false;
    if (this.swapAtReseat !== undefined) this.stack.push(card as FakeCard);
    this.swapAtReseat = undefined;
    this.readers.insert(slot, next as FakeCard);
    return true;
  }
}

type JobParts = Partial<Omit<Job, 'stop' | 'timing'>> & {
  readonly stop?: Partial<Job['stop']>;
  readonly timing?: Partial<Job['timing']>;
};

export function fakeJob({ stop, timing, ...more }: JobParts = {}): Job {
  return {
    name: 'job',
    version: '1',
    hash: 'ab'.repeat(32),
    card: { mode: '3g', atrs: [], identity: 'cplc', simulated: 'uicc', files: {} },
    records: { format: 'csv', delimiter: ',', columns: [], transportKeys: [] },
    bind: { by: 'next' },
    draw: {},
    secrets: {},
    keys: {},
    steps: [],
    checks: { pinTries: false },
    stop: {
      consecutiveFailures: 0,
      yieldFloor: { percent: 0, after: 0 },
      wrongAtr: 0,
      keyMismatch: 0,
      slotFailures: 0,
      ...stop,
    },
    timing: { stepTimeoutMs: 5_000, contactRetries: 2, ...timing },
    outputs: [],
    hooks: {},
    ...more,
  };
}
