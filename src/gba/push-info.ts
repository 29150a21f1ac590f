/**
 * GBA push information: what a device needs to derive the keys of a push. The layout of TS 33.223 is not public, so it
 * stays behind `GpiCodec`; the one format here is simboot's own for simulated devices (docs/decisions/gba-push-info.md)
 * and is never called that of 3GPP.
 */
import { createHmac } from 'node:crypto';
import { concat, decodeUtf8, encodeUtf8 } from '../bytes/index.js';
import { sameSecret } from '../crypto/index.js';
import { DataError, UsageError } from '../errors/index.js';

export interface PushInfo {
  /** Where Ks is known: in the device, or on the UICC. */
  readonly gba: 'me' | 'u';
  /** 16 octets. */
  readonly rand: Uint8Array;
  /** AUTN with `me`, AUTN* with `u`: 16 octets. */
  readonly autn: Uint8Array;
  /** FQDN ‖ Ua security protocol identifier. */
  readonly nafId: Uint8Array;
  /** Names the security association. */
  readonly pTid: string;
  /** Whole seconds. */
  readonly expires: Date;
}

/** A format of push information. */
export interface GpiCodec {
  readonly name: string;
  /** @param nafKey Ks_NAF or Ks_ext_NAF, 32 octets: what the device will have derived when it verifies */
  encode(info: PushInfo, nafKey: Uint8Array): Uint8Array;
  /** Nothing is verified yet. @throws DataError `DATA_PUSH_INFO` */
  decode(bytes: Uint8Array): PushInfo;
  /** Whether `bytes` are what somebody with this key made. */
  verify(bytes: Uint8Array, nafKey: Uint8Array): boolean;
}

const MAGIC = encodeUtf8('SBGP');
const VERSION = 0x01;
const MODES = { me: 0x00, u: 0x01 } as const;
const RAND = 16;
const AUTN = 16;
const MAC = 16;
const LONGEST = 255;
/** Magic, version, mode, expiry, RAND, AUTN, and the two lengths. */
const SHORTEST = MAGIC.length + 2 + 4 + RAND + AUTN + 2 + MAC;

/**
 * `SBGP` ‖ 01 ‖ 00 (GBA_ME) or 01 (GBA_U) ‖ expiry (seconds since 1970, 4 octets) ‖ RAND ‖ AUTN ‖ length and NAF_Id ‖
 * length and P-TID ‖ the first 16 octets of HMAC-SHA-256 under the key of the NAF; lengths have one octet.
 */
export const SIM_GPI: GpiCodec = {
  name: 'sim-v1',
  encode(info, nafKey) {
    const body = encodeBody(info);
    return concat(body, macOf(body, nafKey));
  },
  decode,
  verify(bytes, nafKey) {
    const body = bytes.subarray(0, -MAC);
    return bytes.length >= SHORTEST && sameSecret(macOf(body, nafKey), bytes.subarray(-MAC));
  },
};

function encodeBody({ gba, rand, autn, nafId, pTid, expires }: PushInfo): Uint8Array {
  const name = encodeUtf8(pTid);
  if (rand.length !== RAND || autn.length !== AUTN)
    throw new UsageError('USAGE_ARGUMENT', 'push information has RAND and AUTN of 16 octets');
  for (const [what, octets] of [
    ['NAF_Id', nafId],
    ['P-TID', name],
  ] as const) {
    if (octets.length < 1 || octets.length > LONGEST)
      throw new UsageError('USAGE_ARGUMENT', `${what} has 1 to ${LONGEST} octets, not ${octets.length}`);
  }
  const seconds = new Uint8Array(4);
  new DataView(seconds.buffer).setUint32(0, Math.floor(expires.getTime() / 1000));
  return concat(
    MAGIC,
    Uint8Array.of(VERSION, MODES[gba]),
    seconds,
    rand,
    autn,
    Uint8Array.of(nafId.length),
    nafId,
    Uint8Array.of(name.length),
    name,
  );
}

function decode(bytes: Uint8Array): PushInfo {
  if (bytes.length < SHORTEST) refuse(bytes.length, `it has ${bytes.length} octets, at least ${SHORTEST}`);
  if (!MAGIC.every((octet, index) => bytes[index] === octet)) refuse(0, 'it does not start with "SBGP"');
  if (bytes[4] !== VERSION) refuse(4, `version ${bytes[4]} is not known`);
  if (bytes[5] !== MODES.me && bytes[5] !== MODES.u) refuse(5, 'it is neither for GBA_ME nor for GBA_U');
  const seconds = new DataView(bytes.buffer, bytes.byteOffset).getUint32(6);
  const end = bytes.length - MAC;
  const nafId = field(bytes, 10 + RAND + AUTN, end);
  const pTid = field(bytes, nafId.end, end);
  if (pTid.end !== end) refuse(pTid.end, `${end - pTid.end} octets stand between P-TID and MAC`);
  return {
    gba: bytes[5] === MODES.me ? 'me' : 'u',
    rand: bytes.slice(10, 10 + RAND),
    autn: bytes.slice(10 + RAND, 10 + RAND + AUTN),
    nafId: nafId.octets,
    pTid: decodeUtf8(pTid.octets),
    expires: new Date(seconds * 1000),
  };
}

function field(bytes: Uint8Array, at: number, end: number): { octets: Uint8Array; end: number } {
  const length = bytes[at];
  if (length === undefined || length === 0 || at + 1 + length > end) refuse(at, 'a length does not fit');
  return { octets: bytes.slice(at + 1, at + 1 + length), end: at + 1 + length };
}

function macOf(body: Uint8Array, nafKey: Uint8Array): Uint8Array {
  const mac = createHmac('sha256', nafKey).update('simboot gpi').update(body).digest();
  return new Uint8Array(mac.subarray(0, MAC));
}

function refuse(offset: number, reason: string): never {
  throw new DataError(
    'DATA_PUSH_INFO',
    `not push information of the simulators: ${reason} (octet ${offset})`,
    {
      details: { offset },
    },
  );
}
