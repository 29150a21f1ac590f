/** DMBIK and DMBEK, which protect a pushed bootstrap message (DM 2.0 §9.3.1.3). */
import { UsageError } from '../errors/index.js';
import { kdfInput, kdfOf, kdfText } from './kdf.js';
import { FC_GBA } from './naf.js';

/**
 * The octets of the clause (`dm-bik`, six octets as its L0 says), or its quoted text (`dmbik`, five), for peers that
 * read it so (docs/decisions/dm-bik-label.md).
 */
export const DM_KEY_LABELS = {
  'dm-bik': { dmbik: 'dm-bik', dmbek: 'dm-bek' },
  'dmbik-literal': { dmbik: 'dmbik', dmbek: 'dmbek' },
} as const;
export type DmKeyLabel = keyof typeof DM_KEY_LABELS;

/** S of both derivations: it has nothing but the label in it. */
const INPUTS = {
  'dm-bik': inputsOf('dm-bik'),
  'dmbik-literal': inputsOf('dmbik-literal'),
} as const;

function inputsOf(label: DmKeyLabel) {
  const { dmbik, dmbek } = DM_KEY_LABELS[label];
  return { dmbik: kdfInput(FC_GBA, [kdfText(dmbik)]), dmbek: kdfInput(FC_GBA, [kdfText(dmbek)]) };
}

export interface DmKeys {
  /** Integrity key, 32 octets. */
  readonly dmbik: Uint8Array;
  /** Encryption key, 32 octets. */
  readonly dmbek: Uint8Array;
}

/**
 * Both keys from Ks_NAF, Ks_ext_NAF or Ks_int_NAF.
 *
 * @param nafKey 32 octets
 * @throws UsageError `USAGE_ARGUMENT` for another length
 */
export function dmKeys(nafKey: Uint8Array, label: DmKeyLabel = 'dm-bik'): DmKeys {
  if (nafKey.length !== 32)
    throw new UsageError('USAGE_ARGUMENT', `the key of a NAF has 32 octets, not ${nafKey.length}`);
  const { dmbik, dmbek } = INPUTS[label];
  return { dmbik: kdfOf(nafKey, dmbik), dmbek: kdfOf(nafKey, dmbek) };
}
