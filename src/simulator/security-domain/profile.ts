/** What a profile may say about its security domain. */
import { z } from 'zod';
import { aid, decimal, flag, hex, number, octet, statusWord } from '../profile/scalars.js';

const key = hex.pipe(
  z
    .string()
    .refine((value) => [32, 48, 64].includes(value.length), 'an AES key of 16, 24 or 32 octets expected'),
);

const keySet = z
  .strictObject({ enc: key, mac: key, dek: key })
  .refine(({ enc, mac, dek }) => enc.length === mac.length && mac.length === dek.length, {
    message: 'the keys of a set have one length',
  });

const registryEntry = z.strictObject({
  aid,
  kind: z.enum(['application', 'loadFile']).default('application'),
  /** Life cycle state (GPC 2.3.1 §11.1.1). */
  state: octet.default(0x07),
  privileges: hex.pipe(z.string().length(6, 'three octets of privileges expected')).default('000000'),
  /** Of a load file. */
  modules: z.array(aid).optional(),
});

export const SECURITY_DOMAIN = z.strictObject({
  aid: aid.default('A000000151000000'),
  /** Life cycle state and privileges that GET STATUS shows for the domain itself. */
  state: octet.default(0x0f),
  privileges: hex.pipe(z.string().length(6, 'three octets of privileges expected')).default('9EFE80'),
  /** Parameter "i": S8 or S16, random or pseudo-random challenges, R-MAC and R-ENCRYPTION. */
  i: octet.default(0x70),
  /** What a card that lies says in INITIALIZE UPDATE and in its card recognition data. */
  reportedI: octet.optional(),
  recognitionI: octet.optional(),
  /** Key sets by key version number in hex. */
  keySets: z.record(
    z.string().regex(/^([0-6][0-9A-Fa-f]|7[0-9A-Fa-f]|FF)$/, 'a key version 01 to 7F, or FF'),
    keySet,
  ),
  diversificationData: hex.pipe(z.string().length(20, 'ten octets expected')).default('00000000000000000000'),
  /** Where the sequence counters of the key sets start. */
  sequenceCounter: number.pipe(z.number().max(0xffffff)).default(0),
  /** Failed authentications in a row until a key set is locked; 0 for never. */
  failureLimit: number.default(10),
  lockedStatus: statusWord.default(0x6985),
  /** Milliseconds of card time for each failed authentication in a row. */
  failureDelay: decimal.default(0),
  /** Security levels that the card accepts, in place of all that "i" allows. */
  levels: z.array(octet).optional(),
  /** Key slots. */
  maxKeys: number.default(24),
  /** Octets of registry data in one answer to GET STATUS. */
  statusPage: number.default(200),
  registry: z.array(registryEntry).default([]),
  cplc: hex.pipe(z.string().length(84, '42 octets expected')).default(`${'00'.repeat(10)}${'00'.repeat(32)}`),
  deviations: z
    .strictObject({
      /** An empty data field is padded and encrypted. */
      emptyDataEncrypted: flag.default(false),
      /** A command without data does not move the encryption counter. */
      noCounterOnEmpty: flag.default(false),
      /** Which form of the key component block PUT KEY takes: with the length inside, without it, or both. */
      keyField: z.enum(['length', 'bare', 'both']).default('both'),
      /** A protected answer longer than Le is refused with 6Cxx in place of being sent. */
      strictLe: flag.default(false),
      /** Status word for a wrong key check value. */
      wrongKcv: statusWord.default(0x6982),
    })
    .prefault({}),
});

export type DomainProfile = z.output<typeof SECURITY_DOMAIN>;
export type RegistryEntry = z.output<typeof registryEntry>;
