/** Session keys, cryptograms and the pseudo-random card challenge (GPC Amendment D §6.2.1, §6.2.2). */
import { concat } from '../../bytes/index.js';
import {
  AesKey,
  type CounterDerivation,
  deriveOctets,
  deriveOctetsFrom,
  type KeyHandle,
  scp03Derivation,
} from '../../crypto/index.js';
import { macLength, type Scp03Mode } from './parameters.js';

/** Derivation constants of table 4-1. */
const CONSTANT = {
  cardCryptogram: 0x00,
  hostCryptogram: 0x01,
  cardChallenge: 0x02,
  sEnc: 0x04,
  sMac: 0x06,
  sRmac: 0x07,
} as const;

/** The keys of one session. They live in memory whatever the custody of the static keys. */
export interface SessionKeys {
  readonly enc: AesKey;
  readonly mac: AesKey;
  readonly rmac: AesKey;
}

/** Both challenges, in the order in which every derivation of a session takes them. */
export function sessionContext(hostChallenge: Uint8Array, cardChallenge: Uint8Array): Uint8Array {
  return concat(hostChallenge, cardChallenge);
}

/** How S-ENC comes from Key-ENC, S-MAC and S-RMAC from Key-MAC; session keys are as long as their static key. */
export function sessionKeyDerivation(
  key: 'enc' | 'mac' | 'rmac',
  context: Uint8Array,
  octets: number,
): CounterDerivation {
  const constant = { enc: CONSTANT.sEnc, mac: CONSTANT.sMac, rmac: CONSTANT.sRmac }[key];
  return scp03Derivation(constant, context, octets);
}

/** Derives the three session keys; only their own octets are ever outside the static keys' custody. */
export async function deriveSessionKeys(
  keys: { readonly enc: KeyHandle; readonly mac: KeyHandle },
  context: Uint8Array,
): Promise<SessionKeys> {
  const derive = async (from: KeyHandle, key: 'enc' | 'mac' | 'rmac'): Promise<AesKey> => {
    const octets = await deriveOctetsFrom(from, sessionKeyDerivation(key, context, from.length));
    const session = new AesKey(octets);
    octets.fill(0);
    return session;
  };
  return {
    enc: await derive(keys.enc, 'enc'),
    mac: await derive(keys.mac, 'mac'),
    rmac: await derive(keys.mac, 'rmac'),
  };
}

/** Overwrites all three session keys. */
export function wipeSessionKeys(keys: SessionKeys): void {
  keys.enc.wipe();
  keys.mac.wipe();
  keys.rmac.wipe();
}

/** What the card shows to prove its keys: 8 octets in S8, 16 in S16. */
export function cardCryptogram(sMac: AesKey, context: Uint8Array, mode: Scp03Mode): Uint8Array {
  return deriveOctets(sMac, scp03Derivation(CONSTANT.cardCryptogram, context, macLength(mode)));
}

/** What the host shows to prove its keys. */
export function hostCryptogram(sMac: AesKey, context: Uint8Array, mode: Scp03Mode): Uint8Array {
  return deriveOctets(sMac, scp03Derivation(CONSTANT.hostCryptogram, context, macLength(mode)));
}

/**
 * The card challenge of a security domain with pseudo-random challenges.
 *
 * @param sequenceCounter 3 octets, as in the answer to INITIALIZE UPDATE
 * @param aid the application that is selected, 5 to 16 octets
 */
export function pseudoRandomChallenge(
  keyEnc: KeyHandle,
  sequenceCounter: Uint8Array,
  aid: Uint8Array,
  mode: Scp03Mode,
): Promise<Uint8Array> {
  const context = concat(sequenceCounter, aid);
  return deriveOctetsFrom(keyEnc, scp03Derivation(CONSTANT.cardChallenge, context, macLength(mode)));
}
