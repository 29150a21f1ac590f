/** One SCP03 session as the card keeps it (GPC Amendment D v1.2 §5.6, §6.2): keys, MAC chaining value, counter. */
import { concat, uint16 } from '../../bytes/index.js';
import { AesKey, sameSecret } from '../../crypto/index.js';
import { DERIVE, derive, deriveKey } from './derivation.js';
import type { CompleteSet } from './keys.js';

/** Bits of the security level (table 7-6). */
export const LEVEL = { C_MAC: 0x01, C_DECRYPTION: 0x02, R_MAC: 0x10, R_ENCRYPTION: 0x20 } as const;

/** `initiated` waits for EXTERNAL AUTHENTICATE; `aborted` refuses everything until the session is terminated. */
export type SessionState = 'initiated' | 'open' | 'aborted';

/** What a faulty card does to one protected response. */
export type ChannelDefect =
  | { readonly kind: 'flip'; readonly bit: number }
  | {
      readonly kind: 'wrong-mac' | 'no-mac' | 'replay' | 'skip-counter' | 'padding' | 'long-padding';
    };

export interface SessionRules {
  /** Octets of challenges, cryptograms and MACs: 8 or 16. */
  readonly size: 8 | 16;
  readonly emptyDataEncrypted: boolean;
  readonly noCounterOnEmpty: boolean;
}

/** A command as its MAC covers it. */
export interface WrappedCommand {
  /** CLA, INS, P1, P2 as they came. */
  readonly header: Uint8Array;
  /** Lc as it came: one octet, or three in the extended form. */
  readonly lc: Uint8Array;
  readonly data: Uint8Array;
}

const BLOCK = 16;
const SECURE_MESSAGING = 0x04;
const RESPONSE_ICV = 0x80;
const NO_DATA = new Uint8Array(0);

export class CardSession {
  state: SessionState = 'initiated';
  /** Security level; 0 until the host is authenticated, and for sessions without secure messaging. */
  level = 0;
  /** The level of EXTERNAL AUTHENTICATE, from which R-MAC sessions start. */
  authenticatedLevel = 0;
  readonly version: number;
  readonly cardCryptogram: Uint8Array;
  /** The static key for sensitive data of the set that the session was made with (§6.2.8). */
  readonly dek: AesKey;
  private readonly hostCryptogram: Uint8Array;
  private readonly sEnc: AesKey;
  private readonly sMac: AesKey;
  private readonly sRmac: AesKey;
  private chaining = new Uint8Array(BLOCK);
  private counter = 0;
  private latest: Uint8Array = NO_DATA;
  private nextLevel: number | undefined;

  constructor(
    set: CompleteSet,
    hostChallenge: Uint8Array,
    cardChallenge: Uint8Array,
    private readonly rules: SessionRules,
  ) {
    const context = concat(hostChallenge, cardChallenge);
    this.version = set.version;
    this.dek = new AesKey(set.dek);
    this.sEnc = deriveKey(set.enc, DERIVE.S_ENC, context);
    this.sMac = deriveKey(set.mac, DERIVE.S_MAC, context);
    this.sRmac = deriveKey(set.mac, DERIVE.S_RMAC, context);
    this.cardCryptogram = derive(this.sMac, DERIVE.CARD_CRYPTOGRAM, rules.size, context);
    this.hostCryptogram = derive(this.sMac, DERIVE.HOST_CRYPTOGRAM, rules.size, context);
  }

  /** Compares the host cryptogram in constant time (§6.2.2.3). */
  provesHost(cryptogram: Uint8Array): boolean {
    return sameSecret(cryptogram, this.hostCryptogram);
  }

  open(level: number): void {
    this.state = 'open';
    this.level = level;
    this.authenticatedLevel = level;
  }

  /** Another level from the next command on: the response to this one keeps its own. */
  changeLevel(level: number): void {
    this.nextLevel = level;
  }

  /** The MAC and the rest of a command, if the MAC is right; the chaining value moves on (§6.2.4). */
  verifyMac({ header, lc, data }: WrappedCommand): Uint8Array | undefined {
    const { size } = this.rules;
    if (data.length < size) return undefined;
    const body = data.subarray(0, data.length - size);
    // the logical channel is not part of the MAC, secure messaging is always shown in the first form
    const covered = Uint8Array.of((header[0]! & 0x80) | SECURE_MESSAGING, header[1]!, header[2]!, header[3]!);
    const mac = this.sMac.cmac(this.chaining, covered, lc, body);
    if (!sameSecret(mac.subarray(0, size), data.subarray(data.length - size))) return undefined;
    this.chaining = Uint8Array.from(mac);
    return body;
  }

  /** The plain data field of a command, or nothing where MAC, encryption or padding are wrong (§6.2.6). */
  unwrap(command: WrappedCommand): Uint8Array | undefined {
    const body = this.verifyMac(command);
    if (body === undefined) return undefined;
    if (body.length > 0 || !this.rules.noCounterOnEmpty) this.counter++;
    if ((this.level & LEVEL.C_DECRYPTION) === 0) return body.slice();
    if (body.length === 0) return this.rules.emptyDataEncrypted ? undefined : NO_DATA;
    if (body.length % BLOCK !== 0) return undefined;
    const plain = unpad(this.sEnc.decryptCbc(this.icv(0), body));
    return plain?.length === 0 && !this.rules.emptyDataEncrypted ? undefined : plain;
  }

  /** The data field of the response to the latest command (§6.2.5, §6.2.7). Errors stay as they are. */
  protect(sw: number, data: Uint8Array, defect?: ChannelDefect): Uint8Array {
    const answer = this.protectNow(sw, data, defect);
    this.level = this.nextLevel ?? this.level;
    this.nextLevel = undefined;
    return answer;
  }

  private protectNow(sw: number, data: Uint8Array, defect?: ChannelDefect): Uint8Array {
    if (defect?.kind === 'skip-counter') this.counter++;
    if ((this.level & LEVEL.R_MAC) === 0 || !carriesMac(sw)) return data;
    const isEncrypted = (this.level & LEVEL.R_ENCRYPTION) !== 0 && data.length > 0;
    const padded = () => pad(data, defect?.kind);
    const body = isEncrypted ? this.sEnc.encryptCbc(this.icv(RESPONSE_ICV), padded()) : data;
    const mac = this.sRmac.cmac(this.chaining, body, uint16(sw)).slice(0, this.rules.size);
    return this.spoil(body, mac, defect);
  }

  /** How many octets of plain data fit into a response of so many. */
  capacity(octets: number): number {
    if ((this.level & LEVEL.R_MAC) === 0) return octets;
    const body = octets - this.rules.size;
    if ((this.level & LEVEL.R_ENCRYPTION) === 0) return body;
    return Math.floor(body / BLOCK) * BLOCK - 1;
  }

  /** Forgets every key; the session cannot be used any more. */
  wipe(): void {
    for (const key of [this.sEnc, this.sMac, this.sRmac, this.dek]) key.wipe();
    for (const octets of [this.hostCryptogram, this.chaining]) octets.fill(0);
    this.level = 0;
  }

  private icv(mark: number): Uint8Array {
    const block = new Uint8Array(BLOCK);
    new DataView(block.buffer).setUint32(12, this.counter);
    block[0] = mark;
    return this.sEnc.encryptBlock(block);
  }

  private spoil(body: Uint8Array, mac: Uint8Array, defect: ChannelDefect | undefined): Uint8Array {
    const before = this.latest;
    const answer = concat(body, mac);
    this.latest = answer;
    switch (defect?.kind) {
      case 'flip': {
        const spoiled = answer.slice();
        const at = defect.bit % (spoiled.length * 8);
        spoiled[at >> 3]! ^= 0x80 >> (at & 7);
        return spoiled;
      }
      case 'wrong-mac':
        return concat(
          body,
          mac.map((octet) => octet ^ 0xff),
        );
      case 'no-mac':
        return body;
      case 'replay':
        return before;
      default:
        return answer;
    }
  }
}

/** 9000 and warnings carry a MAC, errors do not (§6.2.5). */
function carriesMac(sw: number): boolean {
  return sw === 0x9000 || sw >> 8 === 0x62 || sw >> 8 === 0x63;
}

/** Padding method 2 (GPC 2.3.1 §B.2.3). */
function pad(data: Uint8Array, defect?: ChannelDefect['kind']): Uint8Array {
  const blocks = Math.floor(data.length / BLOCK) + (defect === 'long-padding' ? 2 : 1);
  const out = new Uint8Array(blocks * BLOCK);
  out.set(data);
  out[data.length] = defect === 'padding' ? 0x00 : 0x80;
  return out;
}

/** What stands before the padding; the mark has to be in the last block. */
function unpad(data: Uint8Array): Uint8Array | undefined {
  let at = data.length - 1;
  while (at > data.length - BLOCK && data[at] === 0x00) at--;
  return data[at] === 0x80 ? data.slice(0, at) : undefined;
}
