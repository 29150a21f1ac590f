/** A small bootstrapping server: push information and NAF keys for a subscriber (TS 33.223, TS 29.309). No I/O. */
import { createHash } from 'node:crypto';
import {
  type AkaFunctions,
  createVector,
  DEFAULT_SQN_PROFILE,
  nextSqn,
  openAuts,
  type SqnProfile,
  sqnToNumber,
} from '../crypto/index.js';
import { ks, ksExtNaf, ksIntNaf, nafId } from './naf.js';
import { type GpiCodec, SIM_GPI } from './push-info.js';
import type { PushInfoAnswer, PushInfoRequest } from './zpn.js';

export interface BsfSubscriber {
  readonly impi: string;
  readonly functions: AkaFunctions;
  /** The last SQN that was given out, 6 octets. */
  readonly sqn: Uint8Array;
  /** 2 octets. */
  readonly amf: Uint8Array;
  /** The UICC keeps Ks. */
  readonly gbaU: boolean;
}

export interface BsfEnvironment {
  readonly now: Date;
  readonly random: (octets: number) => Uint8Array;
  /** The longest life of a security association, in seconds. */
  readonly longestLife: number;
  /** NAFs that may ask, by FQDN; everyone may where it is absent. */
  readonly nafs?: ReadonlySet<string>;
  readonly codec?: GpiCodec;
  readonly sqnProfile?: SqnProfile;
}

/** Why a request is refused; `cause` is what the answer's problem details carry. */
export type BsfRefusal =
  | 'USER_UNKNOWN'
  | 'NAF_NOT_AUTHORIZED'
  | 'GBA_U_NOT_SUPPORTED'
  | 'LIFETIME_OVER'
  | 'RESYNCHRONISATION_FAILED'
  | 'KEY_SIZE_NOT_SUPPORTED';

export type BsfResult =
  | {
      readonly kind: 'answer';
      readonly answer: PushInfoAnswer;
      /** To be kept before the answer leaves: it is never given out twice. */
      readonly sqn: Uint8Array;
    }
  | { readonly kind: 'refused'; readonly cause: BsfRefusal };

/**
 * One push: a fresh challenge of the subscriber, the keys of the NAF, and the push information for the device. A
 * resynchronisation first takes over the card's SQN.
 */
export function retrievePushInfo(
  request: PushInfoRequest,
  subscriber: BsfSubscriber | undefined,
  environment: BsfEnvironment,
): BsfResult {
  const { now, random, longestLife, nafs, codec = SIM_GPI, sqnProfile = DEFAULT_SQN_PROFILE } = environment;
  const { nafFqdn, uaSecProtId } = request.nafId;
  if (nafs !== undefined && !nafs.has(nafFqdn)) return refused('NAF_NOT_AUTHORIZED');
  if (subscriber === undefined) return refused('USER_UNKNOWN');
  const gba = request.uiccOrMe === 'GBA_U' ? 'u' : 'me';
  if (gba === 'u' && !subscriber.gbaU) return refused('GBA_U_NOT_SUPPORTED');
  if (request.requestedLifeTime <= now) return refused('LIFETIME_OVER');
  const last = startingPoint(request, subscriber, sqnProfile);
  if (last === undefined) return refused('RESYNCHRONISATION_FAILED');

  const sqn = nextSqn(last, sqnProfile);
  const rand = random(16);
  const vector = createVector(subscriber.functions, rand, sqn, subscriber.amf);
  if (vector.ck.length !== 16 || vector.ik.length !== 16 || vector.autn.length !== 16)
    return refused('KEY_SIZE_NOT_SUPPORTED');
  const id = nafId(nafFqdn, uaSecProtId);
  const input = { ks: ks(vector.ck, vector.ik), rand, impi: subscriber.impi, nafId: id };
  const key = ksExtNaf(input);
  const latest = new Date(now.getTime() + longestLife * 1000);
  const expires = wholeSeconds(request.requestedLifeTime < latest ? request.requestedLifeTime : latest);
  const autn = gba === 'u' ? autnStar(vector.autn, vector.ik) : vector.autn;
  const info = { gba, rand, autn, nafId: id, pTid: request.ptId, expires } as const;
  return {
    kind: 'answer',
    sqn,
    answer: {
      meKeyMaterial: key,
      ...(gba === 'u' ? { uiccKeyMaterial: ksIntNaf(input) } : {}),
      gbaPushInfo: codec.encode(info, key),
      keyExpiryTime: expires,
      ...(request.privateIdRequest === true ? { impi: subscriber.impi } : {}),
    },
  };
}

/** AUTN* of GBA_U: 64 bits of SHA-1(IK) over the MAC (docs/decisions/autn-star.md). */
export function autnStar(autn: Uint8Array, ik: Uint8Array): Uint8Array {
  const mask = createHash('sha1').update(ik).digest();
  return autn.map((octet, index) => (index < 8 ? octet : octet ^ mask[index - 8]!));
}

/** The card's SQN, unless the card takes the next one anyhow: an answer that comes late or twice turns nothing back (TS 33.102 §6.3.5). */
function startingPoint(
  { resynchronisation }: PushInfoRequest,
  { functions, sqn }: BsfSubscriber,
  profile: SqnProfile,
): Uint8Array | undefined {
  if (resynchronisation === undefined) return sqn;
  const { rand, auts } = resynchronisation;
  const told = openAuts(functions, rand, auts);
  if (told === undefined) return undefined;
  const seq = (of: Uint8Array) => sqnToNumber(of) >> BigInt(profile.indBits);
  const ahead = seq(nextSqn(sqn, profile)) - seq(told);
  return ahead > 0n && ahead <= (profile.delta ?? ahead) ? sqn : told;
}

function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

function refused(cause: BsfRefusal): BsfResult {
  return { kind: 'refused', cause };
}
