/**
 * A device that receives a pushed bootstrap (DM 2.0 §8.4, §9.3.1.3): push information makes a security association with
 * the SIM's help, and the association opens one message. What comes twice, late, damaged or for somebody else is dropped
 * and counted.
 */
import { fromHex, toHex } from '../../bytes/index.js';
import { SecurityError } from '../../errors/index.js';
import {
  type DmKeyLabel,
  dmKeys,
  type GpiCodec,
  openPushInfo,
  type PushAuthenticator,
  type PushInfo,
  SIM_GPI,
} from '../../gba/index.js';
import type { SecurityAssociation } from '../protection/association.js';
import { pTidOf } from '../protection/envelope.js';
import { unprotectBootstrap } from '../protection/protect.js';

/** Why a message leads to nothing: it is dropped, and the sender is told nothing (DM 2.0 §8.4). */
export const DROP_REASONS = [
  'malformed',
  'expired',
  'foreign-naf',
  'forged',
  'card-refused',
  'repeated',
  'refused',
  'no-room',
] as const;
/**
 * `card-refused`: the card found a wrong MAC in AUTN. `refused`: the message did not open. `no-room`: more messages wait
 * for their push information, or more associations for their message, than this device keeps.
 */
export type DropReason = (typeof DROP_REASONS)[number];

export type Received =
  /** The document is genuine; its association is used up. */
  | { readonly kind: 'bootstrap'; readonly document: Uint8Array; readonly pTid: string }
  /** Push information came; its message may come until then. */
  | { readonly kind: 'associated'; readonly pTid: string; readonly expires: Date }
  /** A message came before its push information, and waits. */
  | { readonly kind: 'held'; readonly pTid: string }
  /** The card's sequence number is ahead; the home network needs both to go on. */
  | { readonly kind: 'resynchronise'; readonly rand: Uint8Array; readonly auts: Uint8Array }
  | { readonly kind: 'dropped'; readonly reason: DropReason };

export interface PushReceiverOptions {
  readonly card: PushAuthenticator;
  readonly impi: string;
  /** NAF_Ids that may push to this device; every one where it is absent. */
  readonly nafIds?: readonly Uint8Array[];
  readonly clock: () => Date;
  readonly codec?: GpiCodec;
  readonly label?: DmKeyLabel;
  /** What `state` gave before the device was switched off. */
  readonly state?: PushReceiverState;
}

/** What outlives power. It holds keys: keep it like the account it leads to. */
export interface PushReceiverState {
  readonly associations: readonly StoredAssociation[];
  /** RANDs that were used, with the end of their life: hex and milliseconds since 1970. */
  readonly seen: readonly (readonly [rand: string, expires: number])[];
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
}

interface StoredAssociation {
  readonly pTid: string;
  readonly nafId: string;
  readonly rand: string;
  readonly nafKey: string;
  readonly expires: number;
}

/** Bounds of what waits: a flood of pushes takes no more than this. */
const MOST_ASSOCIATIONS = 16;
const MOST_HELD = 8;
const MOST_SEEN = 1024;
const HELD_MS = 10 * 60_000;

interface Waiting extends SecurityAssociation {
  readonly nafKey: Uint8Array;
}

/** Takes pushes one at a time; give it the next one when the last is answered. */
export class PushReceiver {
  readonly #options: PushReceiverOptions;
  readonly #associations = new Map<string, Waiting>();
  readonly #held = new Map<string, { readonly message: Uint8Array; readonly until: number }>();
  readonly #seen = new Map<string, number>();
  readonly #dropped = new Map<DropReason, number>();

  constructor(options: PushReceiverOptions) {
    this.#options = options;
    const { associations = [], seen = [], dropped = {} } = options.state ?? {};
    for (const stored of associations) this.#associations.set(stored.pTid, this.#revive(stored));
    for (const [rand, expires] of seen) this.#seen.set(rand, expires);
    for (const reason of DROP_REASONS)
      if (dropped[reason] !== undefined) this.#dropped.set(reason, dropped[reason]);
  }

  /** How many pushes were dropped, by reason. */
  get dropped(): Readonly<Partial<Record<DropReason, number>>> {
    return Object.fromEntries(this.#dropped);
  }

  /** For keeping; messages that wait for their push information are not in it. */
  get state(): PushReceiverState {
    return {
      associations: [...this.#associations.values()].map(({ pTid, nafId, rand, nafKey, expires }) => ({
        pTid,
        nafId: toHex(nafId),
        rand: toHex(rand),
        nafKey: toHex(nafKey),
        expires: expires.getTime(),
      })),
      seen: [...this.#seen],
      dropped: this.dropped,
    };
  }

  /**
   * Push information: at most one run of AKA on the card, and none for what was seen before or is not for this device.
   *
   * @throws CardError, ReaderError of a card that cannot be asked; nothing was kept then
   */
  async pushInfo(bytes: Uint8Array): Promise<Received> {
    this.#forgetOld();
    const { card, impi, nafIds, clock, codec = SIM_GPI } = this.#options;
    const rand = randOf(bytes, codec);
    if (rand !== undefined && this.#seen.has(rand)) return this.#drop('repeated');
    if (this.#associations.size >= MOST_ASSOCIATIONS) return this.#drop('no-room');
    try {
      const device = { impi, now: clock(), ...(nafIds === undefined ? {} : { nafIds }) };
      const opened = await openPushInfo(bytes, codec, card, device);
      if (opened.kind === 'dropped') return this.#drop(opened.reason);
      if (opened.kind === 'resynchronise')
        return { kind: 'resynchronise', rand: opened.info.rand, auts: opened.auts };
      return this.#associate(opened.info, opened.nafKey);
    } catch (error) {
      if (error instanceof SecurityError && error.code === 'SECURITY_AUTN') return this.#drop('card-refused');
      throw error;
    }
  }

  /** A protected message: opened with its association, or held until that comes. */
  message(bytes: Uint8Array): Received {
    this.#forgetOld();
    const pTid = pTidOf(bytes);
    if (pTid === undefined) return this.#drop('malformed');
    if (this.#associations.has(pTid)) return this.#open(pTid, bytes);
    if (this.#held.has(pTid)) return this.#drop('repeated');
    if (this.#held.size >= MOST_HELD) return this.#drop('no-room');
    this.#held.set(pTid, { message: Uint8Array.from(bytes), until: this.#now() + HELD_MS });
    return { kind: 'held', pTid };
  }

  #associate({ pTid, nafId, rand, expires }: PushInfo, nafKey: Uint8Array): Received {
    const keys = dmKeys(nafKey, this.#options.label);
    this.#associations.set(pTid, { pTid, nafId, rand, keys, nafKey, expires });
    this.#remember(toHex(rand), expires.getTime());
    const held = this.#held.get(pTid);
    if (held === undefined) return { kind: 'associated', pTid, expires };
    this.#held.delete(pTid);
    const opened = this.#open(pTid, held.message);
    return opened.kind === 'bootstrap' ? opened : { kind: 'associated', pTid, expires };
  }

  #open(pTid: string, bytes: Uint8Array): Received {
    try {
      const store = {
        find: (name: string) => this.#associations.get(name),
        use: (name: string) => void this.#associations.delete(name),
      };
      const { document } = unprotectBootstrap(bytes, store, this.#options.clock());
      return { kind: 'bootstrap', document, pTid };
    } catch (error) {
      if (error instanceof SecurityError && error.code === 'SECURITY_PUSH_REFUSED')
        return this.#drop('refused');
      throw error;
    }
  }

  #revive({ pTid, nafId, rand, nafKey, expires }: StoredAssociation): Waiting {
    const key = fromHex(nafKey);
    return {
      pTid,
      nafId: fromHex(nafId),
      rand: fromHex(rand),
      nafKey: key,
      keys: dmKeys(key, this.#options.label),
      expires: new Date(expires),
    };
  }

  #remember(rand: string, expires: number): void {
    this.#seen.set(rand, expires);
    const oldest = this.#seen.keys().next().value;
    if (this.#seen.size > MOST_SEEN && oldest !== undefined) this.#seen.delete(oldest);
  }

  #forgetOld(): void {
    const now = this.#now();
    for (const [pTid, { expires }] of this.#associations)
      if (expires.getTime() <= now) this.#associations.delete(pTid);
    for (const [pTid, { until }] of this.#held) if (until <= now) this.#held.delete(pTid);
    for (const [rand, expires] of this.#seen) if (expires <= now) this.#seen.delete(rand);
  }

  #now(): number {
    return this.#options.clock().getTime();
  }

  #drop(reason: DropReason): Received {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
    return { kind: 'dropped', reason };
  }
}

function randOf(bytes: Uint8Array, codec: GpiCodec): string | undefined {
  try {
    return toHex(codec.decode(bytes).rand);
  } catch {
    return undefined;
  }
}
