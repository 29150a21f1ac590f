/** The issuer security domain of a simulated card: keys, sessions, stored data, registry (GPC 2.3.1 §7). */
import { equal, fromHex, toHex } from '../../bytes/index.js';
import { CardKeys, type KeysImage } from './keys.js';
import type { DomainProfile } from './profile.js';
import { type CardSession, type ChannelDefect, LEVEL, type SessionRules } from './session.js';

/** Everything of a security domain that outlives power, as plain data. */
export interface DomainImage extends KeysImage {
  readonly data: readonly (readonly [tag: number, value: string])[];
}

/** How a command reaches its instruction: as it is, through secure messaging, or not at all. */
export type Route = 'plain' | 'secured' | { readonly sw: number };

/** Octets of unfinished STORE DATA, and the block that has to follow. */
export interface StoreProgress {
  octets: Uint8Array;
  next: number;
}

const I_S16 = 0x01;
const I_PSEUDO_RANDOM = 0x10;
const I_R_MAC = 0x20;
const I_R_ENCRYPTION = 0x40;
const RID_LENGTH = 5;
const LEVELS = [0x00, 0x01, 0x03, 0x11, 0x13, 0x33];

export class SecurityDomain {
  readonly keys = new CardKeys();
  readonly aid: Uint8Array;
  readonly rules: SessionRules;
  /** Data objects by tag that STORE DATA put. */
  readonly data = new Map<number, Uint8Array>();
  /** Strikes the next response inside a secure channel. */
  defect: ChannelDefect | undefined;
  private readonly sessions = new Map<number, CardSession>();
  /** STORE DATA and GET STATUS in several commands, by channel. */
  readonly storing = new Map<number, StoreProgress>();
  readonly listing = new Map<number, readonly Uint8Array[]>();

  /** @param random where card challenges come from, of a pseudo-random card too if it is given on purpose */
  constructor(
    readonly profile: DomainProfile,
    readonly random: (octets: number) => Uint8Array,
    readonly givenChallenge?: (octets: number) => Uint8Array,
  ) {
    this.aid = fromHex(profile.aid);
    const { emptyDataEncrypted, noCounterOnEmpty } = profile.deviations;
    this.rules = { size: profile.i & I_S16 ? 16 : 8, emptyDataEncrypted, noCounterOnEmpty };
    const sets = Object.entries(profile.keySets).map(
      ([hex, set]) => [Number.parseInt(hex, 16), set] as const,
    );
    for (const [version, set] of sets.sort(([a], [b]) => a - b)) {
      const values = [set.enc, set.mac, set.dek];
      this.keys.put(
        values.map((value, index) => ({ version, identifier: index + 1, value: fromHex(value) })),
        0,
      );
      this.keys.of(version).sequence = profile.sequenceCounter;
    }
  }

  get isPseudoRandom(): boolean {
    return (this.profile.i & I_PSEUDO_RANDOM) !== 0;
  }

  /** Whether EXTERNAL AUTHENTICATE may ask for a level: one of table 7-6 that `i` allows, and the profile too. */
  offers(level: number): boolean {
    const { i, levels } = this.profile;
    if (!LEVELS.includes(level)) return false;
    if ((level & LEVEL.R_MAC) !== 0 && (i & I_R_MAC) === 0) return false;
    if ((level & LEVEL.R_ENCRYPTION) !== 0 && (i & I_R_ENCRYPTION) === 0) return false;
    return levels === undefined || levels.includes(level);
  }

  /**
   * Whether a name in SELECT is this domain's AID, complete or cut off on the right after the RID. Nothing at all names
   * it too (§11.9.2.3).
   */
  isNamed(aid: Uint8Array): boolean {
    if (aid.length > 0 && aid.length < RID_LENGTH) return false;
    return aid.length <= this.aid.length && equal(this.aid.subarray(0, aid.length), aid);
  }

  session(channel: number): CardSession | undefined {
    return this.sessions.get(channel);
  }

  /** Logical channels with a session. */
  get channels(): readonly number[] {
    return [...this.sessions.keys()].sort((a, b) => a - b);
  }

  begin(channel: number, session: CardSession): void {
    this.terminate(channel);
    this.sessions.set(channel, session);
  }

  /** An open session whose commands carry a MAC. */
  protectedSession(channel: number): CardSession | undefined {
    const session = this.sessions.get(channel);
    return session?.state === 'open' && (session.level & LEVEL.C_MAC) !== 0 ? session : undefined;
  }

  /** A security error: the keys are gone, and every command is refused until the session is terminated (§10.2.3). */
  abort(channel: number): void {
    const session = this.sessions.get(channel);
    if (session === undefined) return;
    session.wipe();
    session.state = 'aborted';
    this.storing.delete(channel);
  }

  /** The session of a channel ends: selection, new handshake, closed channel, reset (Amendment D §5.6). */
  terminate(channel: number): void {
    this.sessions.get(channel)?.wipe();
    this.sessions.delete(channel);
    this.storing.delete(channel);
    this.listing.delete(channel);
  }

  terminateAll(): void {
    for (const channel of this.channels) this.terminate(channel);
    this.storing.clear();
    this.listing.clear();
    this.defect = undefined;
  }

  takeDefect(): ChannelDefect | undefined {
    const { defect } = this;
    this.defect = undefined;
    return defect;
  }

  image(): DomainImage {
    const data = [...this.data].map(([tag, value]) => [tag, toHex(value)] as const);
    return { ...this.keys.image(), data };
  }

  restore(image: DomainImage): void {
    this.terminateAll();
    this.keys.restore(image);
    this.data.clear();
    for (const [tag, value] of image.data) this.data.set(tag, fromHex(value));
  }
}
