/** A simulated card: power, resets, exchanges with faults and card time, state that outlives power. */
import { randomBytes } from 'node:crypto';
import type { CardEmulator, EmulatorAnswer, Protocol } from '../apdu/index.js';
import { encodeIccid, fromHex, toHex } from '../bytes/index.js';
import { UsageError } from '../errors/index.js';
import { Subscription } from './authentication/subscription.js';
import type { Df } from './files/node.js';
import { fileAtPath } from './files/paths.js';
import { type Fault, Faults, flipBit } from './machine/faults.js';
import { Machine } from './machine/machine.js';
import { ProtocolLayer } from './machine/protocol.js';
import { CardClock } from './machine/time.js';
import { buildCard } from './profile/build.js';
import { loadProfile, type Profile } from './profile/load.js';
import { SecurityDomain } from './security-domain/domain.js';
import type { DomainProfile } from './security-domain/profile.js';
import { StateFile } from './state/file.js';
import { type CardImage, imageOf, restoreImage } from './state/image.js';
import {
  type DomainCounters,
  type DomainKeyView,
  type ExchangeRecord,
  type FileView,
  keyViews,
  type PinView,
  type SecureChannelView,
  sessionViews,
} from './views.js';

/** What the maker of the chip and the printer of the card put there. */
export interface ChipIdentity {
  /** Card production life cycle data, 42 octets (GPC 2.3.1 §H.6); of cards with a security domain. */
  readonly cplc?: Uint8Array;
  /** Ten octets that INITIALIZE UPDATE gives for the diversification of keys. */
  readonly diversificationData?: Uint8Array;
  /** Digits of the ICCID that the card comes with. */
  readonly iccid?: string;
}

export interface SimulatedCardOptions {
  /** A profile, the name of a built-in one, or the path of a YAML file. */
  readonly profile: Profile | string;
  /** Path of a JSON file that keeps the state; read now if it exists, written whenever the card changes. */
  readonly state?: string;
  /** What tells this chip from the others of its profile. */
  readonly chip?: ChipIdentity;
  /** The profile's protocol unless told; some cards speak one alone. */
  readonly protocol?: Protocol;
  /** Where random card challenges come from: so many octets. */
  readonly random?: (octets: number) => Uint8Array;
  /** Card challenges on purpose, of a card with pseudo-random ones too: so many octets. */
  readonly cardChallenge?: (octets: number) => Uint8Array;
  /** Faults to start with. */
  readonly faults?: (faults: Faults) => void;
  /** Takes as long as a real card would. */
  readonly realTime?: boolean;
  /** How waiting is done, in milliseconds of real time; a timer unless told. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
  /** How many of the latest exchanges `exchanges` keeps; 10,000 unless told. */
  readonly keptExchanges?: number;
  /** Told after every exchange. */
  readonly onExchange?: (exchange: ExchangeRecord) => void;
}

const KEPT_EXCHANGES = 10_000;
const EF_ICCID = '3F00/2FE2';

/**
 * A card of a profile, as it leaves the factory or as its state file says. It has no power yet.
 *
 * @throws UsageError for an unknown or wrong profile, or a state file that does not belong to it
 * @example
 * const card = createSimulatedCard({ profile: 'sim' });
 * await card.powerOn();
 * await card.transmit(fromHex('A0A40000023F00')) // → { kind: 'response', response: fromHex('9F17') }
 */
export function createSimulatedCard(options: SimulatedCardOptions): SimulatedCard {
  return new SimulatedCard(options);
}

/** A card in memory, to be put into a simulated or virtual reader. `createSimulatedCard` makes it. */
export class SimulatedCard implements CardEmulator {
  readonly profile: Profile;
  readonly protocol: Protocol;
  readonly faults = new Faults();
  /** The latest exchanges, oldest first. */
  readonly exchanges: ExchangeRecord[] = [];
  private readonly atr: Uint8Array;
  private readonly clock: CardClock;
  private readonly stateFile: StateFile | undefined;
  private readonly realTime: boolean;
  private readonly sleep: (milliseconds: number) => Promise<void>;
  private readonly keptExchanges: number;
  private readonly onExchange: (exchange: ExchangeRecord) => void;
  private readonly machine: Machine;
  private readonly layer: ProtocolLayer;
  private powered = false;
  private removed = false;
  private count = 0;

  constructor(options: SimulatedCardOptions) {
    this.profile = typeof options.profile === 'string' ? loadProfile(options.profile) : options.profile;
    const { data } = this.profile;
    this.protocol = options.protocol ?? data.protocol;
    this.atr = atrFor(this.profile, this.protocol);
    this.clock = new CardClock(this.atr, this.protocol, data.time);
    this.realTime = options.realTime ?? false;
    this.sleep = options.sleep ?? ((milliseconds) => new Promise((done) => setTimeout(done, milliseconds)));
    this.keptExchanges = options.keptExchanges ?? KEPT_EXCHANGES;
    this.onExchange = options.onExchange ?? (() => undefined);
    options.faults?.(this.faults);
    this.machine = this.freshMachine(options);
    this.layer = new ProtocolLayer(this.machine, this.protocol);
    if (options.state !== undefined) {
      this.stateFile = new StateFile(options.state, this.profile.name);
      const saved = this.stateFile.read();
      if (saved !== undefined) restoreImage(this.machine, saved);
    }
  }

  /** Answer to reset. */
  get answerToReset(): Uint8Array {
    return this.atr.slice();
  }

  /** Exchanges over the life of the object. */
  get exchangeCount(): number {
    return this.count;
  }

  /** Whether the card is out of the reader after a tear. Power-on puts it back. */
  get isRemoved(): boolean {
    return this.removed;
  }

  /** Milliseconds that a real card would have needed for everything so far, resets included. */
  get cardTime(): number {
    return this.clock.total;
  }

  async powerOn(): Promise<Uint8Array | undefined> {
    this.removed = false;
    return this.start();
  }

  async reset(): Promise<Uint8Array | undefined> {
    return this.removed ? undefined : this.start();
  }

  async powerOff(): Promise<void> {
    this.powered = false;
    this.machine.reset();
    this.layer.reset();
  }

  async transmit(command: Uint8Array): Promise<EmulatorAnswer> {
    const bytes = command.slice();
    if (this.removed) return { kind: 'removed' };
    if (!this.powered) return { kind: 'mute' };
    const fault = this.faults.next(bytes[1]);
    const answer = this.exchange(bytes, fault);
    this.save();
    const milliseconds = this.record(bytes, answer);
    const wait = this.faults.delay + (this.realTime ? milliseconds : 0);
    if (wait > 0) await this.sleep(wait);
    return answer;
  }

  /**
   * A copy of a file, by path (`3F00/7F50/6431`, `3F00/ADF_USIM/6F07`); undefined where there is none.
   */
  file(path: string): FileView | undefined {
    const node = fileAtPath(this.machine.mf, path);
    if (node === undefined) return undefined;
    const { name, kind, state } = node;
    if (node.kind === 'ef') {
      const { content, recordLength } = node;
      return { name, kind, state, content: content.slice(), recordLength, children: [] };
    }
    const children = node.children.map(
      (child) => child.fid?.toString(16).toUpperCase().padStart(4, '0') ?? child.name ?? '',
    );
    return { name, kind, state, content: new Uint8Array(0), recordLength: 0, children };
  }

  /** State of a PIN by its name in the profile (`PIN1`, `ADM1`). */
  pin(name: string): PinView | undefined {
    const found = this.machine.pins.pins.find((pin) => pin.name === name);
    if (found === undefined) return undefined;
    const { reference, enabled, verified, tries, unblockTries } = found;
    return { reference, enabled, verified, tries, unblockTries };
  }

  /** Numbers of the logical channels that are open. */
  get openChannels(): readonly number[] {
    return [...this.machine.channels.keys()].sort((a, b) => a - b);
  }

  /** Keys of the security domain in the order in which they came onto the card; none without a domain. */
  get keys(): readonly DomainKeyView[] {
    return keyViews(this.machine.domain);
  }

  /** Sequence counter and failed authentications of a key version; undefined where there is none. */
  keyCounters(version: number): DomainCounters | undefined {
    return this.machine.domain?.keys.counted(version);
  }

  /** The secure channel sessions that are begun, open or aborted. */
  get secureChannels(): readonly SecureChannelView[] {
    return sessionViews(this.machine.domain);
  }

  get freeMemory(): number {
    return this.machine.freeMemory;
  }

  /** Everything that outlives power: files, PINs, counters. */
  snapshot(): CardImage {
    return imageOf(this.machine, this.profile.name);
  }

  /**
   * The card as it was at the snapshot, without power and without armed faults.
   *
   * @throws UsageError `USAGE_SIMULATOR_STATE` for the image of another profile
   */
  restore(image: CardImage): void {
    if (image.profile !== this.profile.name) {
      throw new UsageError(
        'USAGE_SIMULATOR_STATE',
        `the image is of a card of profile ${image.profile}, not ${this.profile.name}`,
      );
    }
    restoreImage(this.machine, image);
    this.powered = false;
    this.removed = false;
    this.layer.reset();
    this.faults.clear();
    this.save();
  }

  private freshMachine({ random, cardChallenge, chip = {} }: SimulatedCardOptions): Machine {
    const { data } = this.profile;
    const { mf, pins } = buildCard(this.profile);
    if (chip.iccid !== undefined) print(mf, chip.iccid);
    const domain =
      data.securityDomain === undefined
        ? undefined
        : new SecurityDomain(
            { ...data.securityDomain, ...domainOf(chip) },
            random ?? ((octets) => new Uint8Array(randomBytes(octets))),
            cardChallenge,
          );
    const contentOf = (path: string) => {
      const file = fileAtPath(mf, path);
      return file?.kind === 'ef' ? file.content : undefined;
    };
    const subscription = data.authentication && new Subscription(data.authentication, contentOf);
    const behaviour = { ...data, protocol: this.protocol };
    return new Machine(mf, pins, behaviour, data.memory, domain, subscription);
  }

  private start(): Uint8Array | undefined {
    this.machine.reset();
    this.layer.reset();
    this.powered = false;
    this.clock.reset();
    if (this.faults.swallowsReset()) return undefined;
    this.powered = true;
    return this.atr.slice();
  }

  private exchange(bytes: Uint8Array, fault: Fault | undefined): EmulatorAnswer {
    switch (fault?.kind) {
      case undefined:
        return { kind: 'response', response: this.layer.exchange(bytes) };
      case 'mute':
        return { kind: 'mute' };
      case 'status':
        return { kind: 'response', response: Uint8Array.of(fault.sw >> 8, fault.sw & 0xff) };
      case 'response':
        this.layer.exchange(bytes);
        return { kind: 'response', response: fault.response.slice() };
      case 'flip':
        return { kind: 'response', response: flipBit(this.layer.exchange(bytes), fault.bit) };
      case 'channel':
        if (this.machine.domain !== undefined) this.machine.domain.defect = fault.defect;
        return { kind: 'response', response: this.layer.exchange(bytes) };
      case 'tear':
        this.tear(bytes, fault);
        return { kind: 'removed' };
    }
  }

  /** A write stops where power is lost; any other command runs whole or not at all. */
  private tear(bytes: Uint8Array, { moment }: Extract<Fault, { kind: 'tear' }>): void {
    if (moment === 'after') this.layer.exchange(bytes);
    if (typeof moment === 'object') {
      this.machine.writeBudget = moment.octets;
      this.layer.exchange(bytes);
    }
    this.machine.reset();
    this.layer.reset();
    this.powered = false;
    this.removed = true;
  }

  private record(command: Uint8Array, answer: EmulatorAnswer): number {
    const response = answer.kind === 'response' ? answer.response : undefined;
    const milliseconds = this.clock.exchange(
      command.length,
      response?.length ?? 0,
      this.machine.takeOctetsWritten(),
      this.machine.takeExtraMilliseconds(),
    );
    this.count++;
    const exchange = { number: this.count, command, response, outcome: answer.kind, milliseconds };
    if (this.keptExchanges > 0) this.exchanges.push(exchange);
    if (this.exchanges.length > this.keptExchanges) this.exchanges.shift();
    this.onExchange(exchange);
    return milliseconds;
  }

  private save(): void {
    this.stateFile?.write(this.snapshot());
  }

  /** For a log: the profile and the ATR. */
  toString(): string {
    return `${this.profile.name} (${toHex(this.atr)})`;
  }
}

/** @throws UsageError `USAGE_SIMULATOR_OPTION` for a protocol that the card does not speak */
function atrFor({ name, data }: Profile, protocol: Protocol): Uint8Array {
  if (protocol === data.protocol) return fromHex(data.atr);
  if (data.otherAtr !== undefined) return fromHex(data.otherAtr);
  throw new UsageError('USAGE_SIMULATOR_OPTION', `a card of profile ${name} speaks ${data.protocol} alone`);
}

/** @throws UsageError `USAGE_SIMULATOR_OPTION` for a card without EF_ICCID, DataError for digits that are no ICCID */
function print(mf: Df, iccid: string): void {
  const file = fileAtPath(mf, EF_ICCID);
  if (file?.kind !== 'ef') throw new UsageError('USAGE_SIMULATOR_OPTION', 'the profile has no EF_ICCID');
  file.content.set(encodeIccid(iccid));
}

/** @throws UsageError `USAGE_SIMULATOR_OPTION` for octets of another number */
function domainOf({ cplc, diversificationData }: ChipIdentity): Partial<DomainProfile> {
  return {
    ...(cplc === undefined ? {} : { cplc: octets('CPLC', cplc, 42) }),
    ...(diversificationData === undefined
      ? {}
      : { diversificationData: octets('diversification data', diversificationData, 10) }),
  };
}

function octets(what: string, value: Uint8Array, length: number): string {
  if (value.length === length) return toHex(value);
  throw new UsageError('USAGE_SIMULATOR_OPTION', `${what} of ${value.length} octets, not ${length}`);
}
