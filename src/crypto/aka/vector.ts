/** Authentication vectors, AUTN and AUTS (TS 33.102 §6.3). */
import { concat } from '../../bytes/index.js';
import { UsageError } from '../../errors/index.js';
import { sameSecret } from '../compare.js';
import { type AkaFunctions, requireOctets, xor } from './functions.js';

/** What the authentication centre gives for one authentication. */
export interface AuthenticationVector {
  /** 16 octets. */
  readonly rand: Uint8Array;
  readonly xres: Uint8Array;
  readonly ck: Uint8Array;
  readonly ik: Uint8Array;
  /** (SQN ⊕ AK) ‖ AMF ‖ MAC-A: 16 octets with a MAC of 64 bits. */
  readonly autn: Uint8Array;
}

/** AMF of a resynchronisation (TS 33.102 §6.3.3). */
const AMF_RESYNCHRONISATION = new Uint8Array(2);
const SQN = 6;
const AMF = 2;

/**
 * The vector for one RAND and SQN.
 *
 * @param rand 16 octets
 * @param sqn 6 octets
 * @param amf 2 octets
 * @throws UsageError `USAGE_ARGUMENT` for other lengths
 */
export function createVector(
  functions: AkaFunctions,
  rand: Uint8Array,
  sqn: Uint8Array,
  amf: Uint8Array,
): AuthenticationVector {
  const mac = functions.f1(rand, sqn, amf);
  const { res, ck, ik, ak } = functions.f2345(rand);
  return { rand, xres: res, ck, ik, autn: concat(xor(sqn, ak), amf, mac) };
}

/** What a USIM finds in AUTN; `undefined` where the MAC is wrong. */
export interface OpenedAutn {
  readonly sqn: Uint8Array;
  readonly amf: Uint8Array;
  readonly res: Uint8Array;
  readonly ck: Uint8Array;
  readonly ik: Uint8Array;
}

/**
 * The USIM's side: SQN and keys, or `undefined` where MAC-A is not what f1 gives. Whether SQN is fresh is for the
 * caller to judge.
 *
 * @param autn SQN ⊕ AK, AMF and MAC-A
 * @throws UsageError `USAGE_ARGUMENT` for other lengths
 */
export function openAutn(
  functions: AkaFunctions,
  rand: Uint8Array,
  autn: Uint8Array,
): OpenedAutn | undefined {
  if (autn.length < SQN + AMF) throw new UsageError('USAGE_ARGUMENT', 'AUTN is too short for SQN and AMF');
  const { res, ck, ik, ak } = functions.f2345(rand);
  const sqn = xor(autn.slice(0, SQN), ak);
  const amf = autn.slice(SQN, SQN + AMF);
  if (!sameSecret(functions.f1(rand, sqn, amf), autn.subarray(SQN + AMF))) return undefined;
  return { sqn, amf, res, ck, ik };
}

/**
 * AUTS = (SQN_MS ⊕ AK*) ‖ MAC-S, by which a USIM tells its highest SQN.
 *
 * @param sqnMs 6 octets
 */
export function createAuts(functions: AkaFunctions, rand: Uint8Array, sqnMs: Uint8Array): Uint8Array {
  const mac = functions.f1star(rand, requireOctets('SQN', sqnMs, SQN), AMF_RESYNCHRONISATION);
  return concat(xor(sqnMs, functions.f5star(rand)), mac);
}

/** SQN_MS of an AUTS, or `undefined` where MAC-S is wrong. */
export function openAuts(
  functions: AkaFunctions,
  rand: Uint8Array,
  auts: Uint8Array,
): Uint8Array | undefined {
  if (auts.length < SQN) throw new UsageError('USAGE_ARGUMENT', 'AUTS is too short for SQN');
  const sqn = xor(auts.slice(0, SQN), functions.f5star(rand));
  const mac = functions.f1star(rand, sqn, AMF_RESYNCHRONISATION);
  return sameSecret(mac, auts.subarray(SQN)) ? sqn : undefined;
}
