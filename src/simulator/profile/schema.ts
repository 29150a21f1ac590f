/** What a profile file may say. */
import { z } from 'zod';
import { AUTHENTICATION } from '../authentication/profile.js';
import { SECURITY_DOMAIN } from '../security-domain/profile.js';
import { decimal, flag, hex, number, octet, statusWord, text } from './scalars.js';

const pin = z.strictObject({
  reference: octet,
  /** P2 of 2G commands; the 3G reference unless told (01 and 81 become 01 and 02). */
  reference2g: octet.optional(),
  /** Characters, padded with FF to eight octets. */
  value: text.regex(/^[ -~]{1,8}$/, 'one to eight printable characters expected').optional(),
  hex: hex.optional(),
  enabled: flag.default(true),
  /** Disabled in favour of the universal PIN. */
  replaced: flag.default(false),
  canDisable: flag.default(false),
  tries: number.default(3),
  unblock: text.regex(/^[ -~]{1,8}$/, 'one to eight printable characters expected').optional(),
  /** The PIN or key whose value unblocks this one, in place of `unblock`; changing it changes that. */
  unblockBy: text.optional(),
  unblockTries: number.default(10),
});

/** How security attributes are shown (TS 102 221 §11.1.1.4.7): 8B with 3 octets, 8B with environments, 8C, AB. */
const style = z.enum(['arr', 'environments', 'compact', 'expanded']);

const fileFields = {
  name: text.optional(),
  rule: text,
  state: z.enum(['activated', 'deactivated']).default('activated'),
  security: style.optional(),
  /** A directory. */
  aid: hex.optional(),
  pins: z.array(text).optional(),
  totalSize: number.optional(),
  /** FID of an EF_ARR of its own; without it the one further up is used. */
  arr: z
    .string()
    .regex(/^[0-9A-F]{4}$/)
    .optional(),
  /** An elementary file: its structure follows from `records` or `recordLength`, or is said. */
  structure: z.enum(['transparent', 'linear', 'cyclic']).optional(),
  size: number.optional(),
  recordLength: number.optional(),
  recordCount: number.optional(),
  records: z.array(hex).optional(),
  hex: hex.optional(),
  text: text.optional(),
  iccid: text.optional(),
  imsi: text.optional(),
  /** The octet behind the content. */
  fill: octet.default(0xff),
  sfi: number.optional(),
};

export type FileProfile = z.output<z.ZodObject<typeof fileFields>> & {
  files?: Readonly<Record<string, FileProfile>> | undefined;
};

const fileKey = z
  .string()
  .regex(/^([0-9A-F]{4}|ADF_[A-Z0-9_]+)$/, 'a file identifier (6431) or ADF_NAME expected');
const file: z.ZodType<FileProfile> = z.lazy(() =>
  z.strictObject({ ...fileFields, files: z.record(fileKey, file).optional() }),
) as unknown as z.ZodType<FileProfile>;

const operation = z.enum([
  'read',
  'update',
  'append',
  'resize',
  'deactivate',
  'activate',
  'terminate',
  'delete',
  'createEf',
  'createDf',
  'deleteChild',
]);

export const PROFILE = z.strictObject({
  description: text,
  kind: z.enum(['sim', 'uicc', 'ruim', 'other']),
  atr: hex,
  /** ATR of the same card with the other protocol first; without it the card speaks `protocol` alone. */
  otherAtr: hex.optional(),
  protocol: z.enum(['T=0', 'T=1']),
  modes: z.array(z.enum(['2g', '3g'])).default([]),
  /** The class of the first command decides the mode until the next reset. */
  latchesMode: flag.default(false),
  /** Logical channels with the basic one, 1 to 20. */
  channels: number.pipe(z.number().min(1).max(20)).default(1),
  extendedLength: flag.default(false),
  /** Octets left for new files. */
  memory: number.default(0),
  answersAdmTries: flag.default(true),
  select: z
    .strictObject({
      p2_00: z.union([z.enum(['fci', 'fcp']), statusWord]).default('fci'),
      p2_0C: z.union([z.enum(['accepted']), statusWord]).default('accepted'),
      unknownAid: statusWord.default(0x6a82),
    })
    .prefault({}),
  time: z
    .strictObject({
      /** MHz at the clock contact. */
      clock: decimal.default(3.579545),
      /** Milliseconds of work for a command, and microseconds for an octet written. */
      command: decimal.default(3),
      octetWritten: decimal.default(30),
      reset: decimal.default(80),
    })
    .prefault({}),
  security: style.default('arr'),
  pins: z.record(text, pin).default({}),
  pinStatus: z.array(text).default([]),
  rules: z.record(text, z.partialRecord(operation, text)).default({}),
  /** The issuer security domain, on cards that have one. */
  securityDomain: SECURITY_DOMAIN.optional(),
  /** The subscription of the USIM, on cards that authenticate. */
  authentication: AUTHENTICATION.optional(),
  root: z.strictObject({ rule: text, files: z.record(fileKey, file).default({}) }),
});

export type ProfileData = z.output<typeof PROFILE>;
export type PinProfile = z.output<typeof pin>;
export type SecurityStyle = z.output<typeof style>;

/** The part of a profile that decides how commands are answered. */
export type CardBehaviour = Pick<
  ProfileData,
  | 'kind'
  | 'protocol'
  | 'modes'
  | 'latchesMode'
  | 'channels'
  | 'extendedLength'
  | 'answersAdmTries'
  | 'select'
  | 'time'
>;
