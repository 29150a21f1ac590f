/** EF(ACC) (TS 31.102 §4.2.15, TS 22.011 §4): access control classes, one bit each. */
import { z } from 'zod';
import { entries, text, whole } from '../job/scalars.js';
import { type EfCodec, refuse } from './ef-codec.js';

/** Access classes, rising: 0 to 9 of subscribers, 11 to 15 of special users. */
export type AccessClasses = readonly number[];

const CLAUSE = 'EF(ACC), TS 31.102 §4.2.15';
/** Class 10 is emergency calls: it is in no card (TS 22.011 §4.4). */
const EMERGENCY = 10;

type Input = string | { readonly classes: readonly number[] } | { readonly imsi: string };

/** Access control classes of a card: 2 octets, class 15 first. */
export const EF_ACC: EfCodec<AccessClasses> = {
  name: 'EF_ACC',
  clause: CLAUSE,
  input: z.union([z.string(), entries({ classes: z.array(whole(0, 15)) }), entries({ imsi: text() })], {
    error: 'four hexadecimal digits in quotes, {classes: [0, 15]} or {imsi: "${imsi}"} are required here',
  }),
  fromInput(input: Input) {
    if (typeof input === 'string') {
      if (!/^[0-9A-Fa-f]{4}$/.test(input)) refuse(CLAUSE, 'access classes have four hexadecimal digits');
      return classesOf(Number.parseInt(input, 16));
    }
    if ('classes' in input) return [...new Set(input.classes)].sort((a, b) => a - b);
    if (!/^\d{6,15}$/.test(input.imsi)) refuse(CLAUSE, 'an IMSI has 6 to 15 decimal digits');
    return [Number(input.imsi.at(-1))];
  },
  decode(bytes) {
    if (bytes.length < 2) refuse(CLAUSE, `2 octets are required, not ${bytes.length}`);
    return classesOf((bytes[0]! << 8) | bytes[1]!);
  },
  encode(classes) {
    let bits = 0;
    for (const each of classes) {
      if (!Number.isInteger(each) || each < 0 || each > 15) refuse(CLAUSE, 'an access class is 0 to 15');
      if (each === EMERGENCY) refuse(CLAUSE, 'class 10 is for emergency calls and in no card');
      bits |= 1 << each;
    }
    return Uint8Array.of(bits >> 8, bits & 0xff);
  },
  examples: [
    { hex: '0001', value: [0], source: 'TS 31.102 §4.2.15, by hand' },
    { hex: '8200', value: [9, 15], source: 'TS 31.102 §4.2.15, by hand' },
    { hex: '0400', value: [10], source: 'TS 31.102 §4.2.15: not to be used, by hand', decodeOnly: true },
  ],
};

function classesOf(bits: number): number[] {
  return Array.from({ length: 16 }, (_, each) => each).filter((each) => (bits >> each) & 1);
}
