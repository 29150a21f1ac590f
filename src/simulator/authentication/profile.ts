/** What a profile may say about the subscription on a card. */
import { z } from 'zod';
import { flag, hex, number } from '../profile/scalars.js';

const octets = (...lengths: readonly number[]) =>
  hex.pipe(
    z.string().refine((value) => lengths.includes(value.length / 2), {
      message: `${lengths.join(' or ')} octets expected`,
    }),
  );

const milenage = z.strictObject({ algorithm: z.literal('milenage'), k: octets(16), opc: octets(16) });

/** K and OPc, 16 octets each, are the content of a file; while it is blank (FF) the card cannot authenticate. */
const milenageFile = z.strictObject({
  algorithm: z.literal('milenage-file'),
  path: z.string().regex(/^3F00(\/[0-9A-Z_]+)+$/, 'a path such as 3F00/ADF_USIM/A001 expected'),
});

const tuak = z.strictObject({
  algorithm: z.literal('tuak'),
  k: octets(16, 32),
  topc: octets(32),
  iterations: number.default(1),
  macBits: number.default(64),
  resBits: number.default(64),
});

export const AUTHENTICATION = z.strictObject({
  functions: z.discriminatedUnion('algorithm', [milenage, milenageFile, tuak]),
  /** Bits of SQN that are IND (TS 33.102 Annex C.3). */
  indBits: number.pipe(z.number().min(1).max(16)).default(5),
  /** GBA_U: the card keeps Ks (TS 31.102 §7.1.1). Without it the GBA context is refused. */
  gba: flag.default(false),
});

export type AuthenticationProfile = z.output<typeof AUTHENTICATION>;
