/** The subscription on a USIM: AKA with its array of sequence numbers, and the keys of GBA_U (TS 31.102 §7.1.1, TS 33.220). */
import { createHash, createHmac } from 'node:crypto';
import { concat, encodeUtf8, fromHex, toHex } from '../../bytes/index.js';
import { type AkaFunctions, createAuts, Milenage, openAutn, SqnArray, Tuak } from '../../crypto/index.js';
import type { AuthenticationProfile } from './profile.js';

export type Authenticated =
  | { readonly kind: 'accepted'; readonly res: Uint8Array; readonly ck: Uint8Array; readonly ik: Uint8Array }
  | { readonly kind: 'wrong-mac' }
  /** The subscription is not on the card yet. */
  | { readonly kind: 'no-keys' }
  | { readonly kind: 'resynchronise'; readonly auts: Uint8Array };

/** What outlives power; octets as hex. */
export interface SubscriptionImage {
  readonly seq: readonly (readonly [ind: number, seq: string])[];
  readonly gba?: { readonly ks: string; readonly rand: string } | undefined;
}

interface GbaState {
  readonly ks: Uint8Array;
  readonly rand: Uint8Array;
}

/** Octets of SQN and AMF, where MAC starts in AUTN. */
const MAC_AT = 8;
const MAC = 8;
const KEY = 16;
const BLANK = 0xff;

export class Subscription {
  readonly gba: boolean;
  private readonly functions: () => AkaFunctions | undefined;
  private readonly indBits: number;
  private accepted: SqnArray;
  private bootstrapped: GbaState | undefined;

  /** @param contentOf the content of a file of the card now */
  constructor(
    { functions, indBits, gba }: AuthenticationProfile,
    contentOf: (path: string) => Uint8Array | undefined,
  ) {
    this.gba = gba;
    this.indBits = indBits;
    if (functions.algorithm === 'milenage-file') {
      this.functions = () => milenageOf(contentOf(functions.path));
    } else {
      const fixed =
        functions.algorithm === 'milenage'
          ? new Milenage({ k: fromHex(functions.k), opc: fromHex(functions.opc) })
          : new Tuak({ ...functions, k: fromHex(functions.k), topc: fromHex(functions.topc) });
      this.functions = () => fixed;
    }
    this.accepted = this.arrayOf([]);
  }

  /** AKA in the 3G context (TS 33.102 §6.3.3). */
  authenticate(rand: Uint8Array, autn: Uint8Array): Authenticated {
    const functions = this.functions();
    if (functions === undefined) return { kind: 'no-keys' };
    const opened = openAutn(functions, rand, autn);
    if (opened === undefined) return { kind: 'wrong-mac' };
    const next = this.accepted.accept(opened.sqn);
    if (next === undefined)
      return { kind: 'resynchronise', auts: createAuts(functions, rand, this.accepted.highest) };
    this.accepted = next;
    return { kind: 'accepted', res: opened.res, ck: opened.ck, ik: opened.ik };
  }

  /** GBA_U (TS 33.220 §5.3.2): the MAC in AUTN* is that of AUTN with 64 bits of SHA-1(IK) over it; Ks stays here. */
  bootstrap(rand: Uint8Array, autnStar: Uint8Array): Authenticated {
    const functions = this.functions();
    if (functions === undefined) return { kind: 'no-keys' };
    const { ik } = functions.f2345(rand);
    const mask = createHash('sha1').update(ik).digest().subarray(0, MAC);
    const autn = Uint8Array.from(autnStar, (octet, index) =>
      index < MAC_AT ? octet : octet ^ (mask[index - MAC_AT] ?? 0),
    );
    const result = this.authenticate(rand, autn);
    if (result.kind === 'accepted') this.bootstrapped = { ks: concat(result.ck, result.ik), rand };
    return result;
  }

  /** Ks_ext_NAF, or undefined before a bootstrap (TS 33.220 Annex B.3). */
  deriveNaf(nafId: Uint8Array, impi: Uint8Array): Uint8Array | undefined {
    if (this.bootstrapped === undefined) return undefined;
    const { ks, rand } = this.bootstrapped;
    const hmac = createHmac('sha256', ks).update(Uint8Array.of(0x01));
    for (const parameter of [encodeUtf8('gba-me'), rand, impi, nafId]) {
      hmac.update(parameter).update(Uint8Array.of(parameter.length >> 8, parameter.length & 0xff));
    }
    return new Uint8Array(hmac.digest());
  }

  image(): SubscriptionImage {
    const { bootstrapped } = this;
    return {
      seq: this.accepted.entries().map(([ind, seq]) => [ind, seq.toString()]),
      gba: bootstrapped && { ks: toHex(bootstrapped.ks), rand: toHex(bootstrapped.rand) },
    };
  }

  restore({ seq, gba }: SubscriptionImage): void {
    this.accepted = this.arrayOf(seq.map(([ind, value]) => [ind, BigInt(value)]));
    this.bootstrapped = gba && { ks: fromHex(gba.ks), rand: fromHex(gba.rand) };
  }

  private arrayOf(entries: readonly (readonly [number, bigint])[]): SqnArray {
    return new SqnArray({ indBits: this.indBits, delta: 1n << 28n }, entries);
  }
}

function milenageOf(content: Uint8Array | undefined): Milenage | undefined {
  if (content === undefined || content.length < 2 * KEY) return undefined;
  const keys = content.slice(0, 2 * KEY);
  if (keys.every((octet) => octet === BLANK)) return undefined;
  return new Milenage({ k: keys.slice(0, KEY), opc: keys.slice(KEY) });
}
