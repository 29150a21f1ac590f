/** Devices that have nothing but a SIM: each with a simulated card of its own, all in this process. */
import { createHash } from 'node:crypto';
import { type DeviceEvent, deviceNetwork, runDevice, TEST_DEVICE } from '../../src/app/index.js';
import { fromHex } from '../../src/bytes/index.js';
import { nafId } from '../../src/gba/index.js';
import { createSimulatedCard, type SimulatedCard } from '../../src/simulator/index.js';
import { EmulatorReaderService } from '../../src/transport/index.js';
import { profileWith } from '../bootstrap-card/support.js';
import { NAF, type Subscriber, UA_ID } from './push-programs.js';

/** Subscriber number `n`, the same in every run. Every second one has a UICC that keeps Ks (GBA_U). */
export function subscriber(n: number): Subscriber {
  const key = (name: string) => createHash('sha256').update(`${name} ${n}`).digest('hex').slice(0, 32);
  const imsi = `00101${String(n).padStart(10, '0')}`;
  return { imsi, k: key('K'), opc: key('OPc'), gba: n % 2 === 0 ? 'me' : 'u' };
}

/** The card of a subscriber, without any bootstrap. */
export function cardOf({ imsi, k, opc }: Subscriber): SimulatedCard {
  const profile = profileWith('uicc-gba', ({ data, mf }) => {
    data.authentication = { functions: { algorithm: 'milenage', k, opc }, indBits: 5, gba: true };
    mf.ADF_USIM!.files!['6F07']!.imsi = imsi;
  });
  return createSimulatedCard({ profile });
}

/** A device that is on. */
export class PushedDevice {
  readonly events: DeviceEvent[] = [];
  readonly devId: string;
  #off = new AbortController();
  #run: Promise<unknown> = Promise.resolve();
  #port = 0;

  private constructor(
    readonly subscriber: Subscriber,
    readonly folder: string,
    private readonly readers: EmulatorReaderService,
    private readonly clock: () => Date,
  ) {
    this.devId = `IMSI:${subscriber.imsi}`;
  }

  /** Switches a new device on and waits until it hears pushes. */
  static async start(
    of: Subscriber,
    folder: string,
    anchors: Uint8Array,
    clock = () => new Date(),
  ): Promise<PushedDevice> {
    const readers = new EmulatorReaderService();
    readers.addReader('slot', cardOf(of));
    const device = new PushedDevice(of, folder, readers, clock);
    await device.switchOn(anchors);
    return device;
  }

  /** Off and on again: what it knows is what its folder has, and its port may be another one. */
  async restart(anchors: Uint8Array): Promise<void> {
    await this.switchOff();
    this.#off = new AbortController();
    await this.switchOn(anchors);
  }

  private async switchOn(anchors: Uint8Array): Promise<void> {
    await new Promise<void>((listening, failed) => {
      this.#run = runDevice({
        stateFolder: this.folder,
        devInfo: { ...TEST_DEVICE, DevID: this.devId },
        clock: this.clock,
        random: (octets) => crypto.getRandomValues(new Uint8Array(octets)),
        network: deviceNetwork({ trust: { anchors } }),
        card: { open: () => this.readers.connect('slot') },
        push: { host: '127.0.0.1', port: 0 },
        bootstrapPushes: { nafIds: [nafId(NAF, fromHex(UA_ID))] },
        signal: this.#off.signal,
        onEvent: (event) => this.events.push(event),
        onListening: ({ port }) => {
          this.#port = port;
          listening();
        },
      });
      this.#run.catch(failed);
    });
  }

  get port(): number {
    return this.#port;
  }

  /** How often an event of this type came, and has these members. */
  count(type: DeviceEvent['type'], members: Record<string, unknown> = {}): number {
    return this.events.filter(
      (event) =>
        event.type === type &&
        Object.entries(members).every(([name, value]) => (event as Record<string, unknown>)[name] === value),
    ).length;
  }

  /** Sessions that came to their end. */
  get sessions(): number {
    return this.events.filter((event) => event.type === 'session-ended' && event.outcome.kind === 'ended')
      .length;
  }

  async switchOff(): Promise<void> {
    this.#off.abort();
    await this.#run;
  }
}
