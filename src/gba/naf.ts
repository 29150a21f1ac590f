/** NAF_Id and the keys of a NAF (TS 33.220 Annexes B.3 and H). */
import { concat } from '../bytes/index.js';
import { UsageError } from '../errors/index.js';
import { gbaKdf, kdfText } from './kdf.js';

/** FC of every derivation of GBA. */
export const FC_GBA = 0x01;

/**
 * The Ua security protocol identifier of the simulators: experimental in OMA's range, never registered. OMNA lists none
 * for DM (docs/decisions/ua-security-protocol.md).
 */
export const UA_SIMULATOR = Uint8Array.of(0x03, 0xff, 0x00, 0x00, 0x01);

/** Octets of a Ua security protocol identifier (Annex H.2). */
const UA_ID = 5;

/**
 * NAF_Id = FQDN ‖ Ua security protocol identifier (Annex H.1). The FQDN goes in as it is given: both ends must use the
 * same letters.
 *
 * @param uaId five octets; there is no default, since a wrong one gives keys that fail without a reason to see
 * @throws UsageError `USAGE_ARGUMENT`
 * @example toHex(nafId('a.b', UA_SIMULATOR)) // → '612e6203ff000001'
 */
export function nafId(fqdn: string, uaId: Uint8Array): Uint8Array {
  if (uaId.length !== UA_ID)
    throw new UsageError(
      'USAGE_ARGUMENT',
      `a Ua security protocol identifier has five octets, not ${uaId.length}`,
    );
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/.test(fqdn))
    throw new UsageError('USAGE_ARGUMENT', `"${fqdn}" is not a host name of letters, digits, "-" and "."`);
  return concat(kdfText(fqdn), uaId);
}

/**
 * Ks = CK ‖ IK: 32 octets.
 *
 * @throws UsageError `USAGE_ARGUMENT` where CK or IK has not 128 bits (TUAK can give more)
 */
export function ks(ck: Uint8Array, ik: Uint8Array): Uint8Array {
  if (ck.length !== 16 || ik.length !== 16)
    throw new UsageError('USAGE_ARGUMENT', 'GBA needs CK and IK of 16 octets each (TS 33.220 §4.5.2)');
  return concat(ck, ik);
}

export interface NafKeyInput {
  /** 32 octets. */
  readonly ks: Uint8Array;
  /** 16 octets. */
  readonly rand: Uint8Array;
  /** Private identity, such as `001010000000001@ims.mnc001.mcc001.3gppnetwork.org`. */
  readonly impi: string;
  readonly nafId: Uint8Array;
}

/** Ks_NAF of GBA_ME, and Ks_ext_NAF of GBA_U: 32 octets (Annex B.3). */
export function ksExtNaf(input: NafKeyInput): Uint8Array {
  return nafKey('gba-me', input);
}

/** Ks_int_NAF of GBA_U, which stays on the UICC: 32 octets (Annex B.3). */
export function ksIntNaf(input: NafKeyInput): Uint8Array {
  return nafKey('gba-u', input);
}

/** P0 of the derivations. */
const LABELS = { 'gba-me': kdfText('gba-me'), 'gba-u': kdfText('gba-u') };

function nafKey(label: 'gba-me' | 'gba-u', { ks, rand, impi, nafId }: NafKeyInput): Uint8Array {
  if (ks.length !== 32) throw new UsageError('USAGE_ARGUMENT', `Ks has 32 octets, not ${ks.length}`);
  if (rand.length !== 16) throw new UsageError('USAGE_ARGUMENT', `RAND has 16 octets, not ${rand.length}`);
  return gbaKdf(ks, FC_GBA, [LABELS[label], rand, kdfText(impi), nafId]);
}
