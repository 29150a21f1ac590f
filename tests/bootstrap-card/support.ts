/** A simulated card behind a channel, counted; shared by the tests of the card operations. */
import type { CardChannel, Protocol } from '../../src/apdu/index.js';
import { encodeUtf8 } from '../../src/bytes/index.js';
import { type Card, openCard } from '../../src/card/index.js';
import { ReaderError } from '../../src/errors/index.js';
import {
  createSimulatedCard,
  loadProfile,
  type Profile,
  type SimulatedCard,
} from '../../src/simulator/index.js';

export type Mode = '2g' | '3g';

/** ADM1 and PIN1 of the profiles. */
export const ADM = Uint8Array.from('12345678', (c) => c.charCodeAt(0));
export const PIN = Uint8Array.of(0x31, 0x32, 0x33, 0x34, 0xff, 0xff, 0xff, 0xff);

export class SimChannel implements CardChannel {
  readonly reader = 'sim';
  readonly log: { command: Uint8Array; response: Uint8Array }[] = [];

  private constructor(
    readonly emulator: SimulatedCard,
    readonly atr: Uint8Array,
  ) {}

  static async connect(emulator: SimulatedCard): Promise<SimChannel> {
    return new SimChannel(emulator, (await emulator.powerOn())!);
  }

  get protocol(): Protocol {
    return this.emulator.protocol;
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const answer = await this.emulator.transmit(command);
    if (answer.kind !== 'response') throw new ReaderError('READER_EMPTY', 'the card is gone');
    this.log.push({ command: command.slice(), response: answer.response.slice() });
    return answer.response;
  }

  async reset(): Promise<void> {
    await this.emulator.reset();
  }

  async close(): Promise<void> {
    await this.emulator.powerOff();
  }

  /** Commands since the last call, by instruction. */
  take(): { command: Uint8Array; response: Uint8Array }[] {
    return this.log.splice(0);
  }
}

export interface Setup {
  readonly emulator: SimulatedCard;
  readonly channel: SimChannel;
  readonly card: Card;
}

export async function insert(profile: Profile | string, mode: Mode, protocol?: Protocol): Promise<Setup> {
  const emulator = createSimulatedCard({ profile, ...(protocol ? { protocol } : {}) });
  return reinsert(emulator, mode);
}

export async function reinsert(emulator: SimulatedCard, mode: Mode): Promise<Setup> {
  const channel = await SimChannel.connect(emulator);
  const card = await openCard(channel, { mode });
  channel.take();
  return { emulator, channel, card };
}

/** A text of exactly so many octets that could be a document. */
export function documentOf(length: number, seed = 'a'): Uint8Array {
  return encodeUtf8(
    `[{"${seed}":"${seed.repeat(length).slice(0, length - 8 - seed.length + 1)}"}]`.slice(0, length),
  );
}

type Files = Record<string, Record<string, unknown> & { files?: Files }>;

/** A built-in profile with other files, PINs or settings. `pkcs15` are the files of DF 7F50. */
export function profileWith(
  name: string,
  edit: (parts: { data: Record<string, unknown>; mf: Files; pkcs15: Files; pins: Files }) => void,
): Profile {
  const data = structuredClone(loadProfile(name).data) as unknown as Record<string, unknown> & {
    root: { files: Files };
    pins: Files;
  };
  const mf = data.root.files;
  edit({ data, mf, pkcs15: mf['7F50']!.files!, pins: data.pins });
  return { name: `${name} (edited)`, data: data as unknown as Profile['data'] };
}

/** The profile with a bootstrap file that only a PIN opens, and that PIN in use. */
export function privateProfile(name: string): Profile {
  return profileWith(name, ({ pkcs15, pins }) => {
    pkcs15['6431']!.rule = 'protected';
    pkcs15['6440'] = { ...pkcs15['6420']!, name: 'EF_AODF', size: 64 };
    pins.PIN1!.enabled = true;
  });
}

export const CONSENT = { consentUnknownTries: true };
export const KEYS = { adm: ADM, policy: CONSENT };
export const KEYS_PIN = { ...KEYS, pin: PIN };
