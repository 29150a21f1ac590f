/** One record of EF(SMSP) (TS 31.102 §4.2.27): parameters of short messages; the last 28 octets have fixed places. */
import { concat, decodeSwappedBcd, encodeSwappedBcd, padEnd } from '../../bytes/index.js';
import { entries, octet, text, whole } from '../job/scalars.js';
import { decodeAlpha, encodeAlpha } from './alpha.js';
import { type EfCodec, refuse } from './ef-codec.js';

/** What is absent is not preset by the card. */
export interface Smsp {
  readonly alpha: string;
  /** Digits, with `+` before an international number. */
  readonly destination?: string;
  readonly serviceCentre?: string;
  readonly protocolIdentifier?: number;
  readonly dataCodingScheme?: number;
  /** Minutes: in steps of 5 up to 12 hours, of 30 up to a day, of a day up to 30, of a week up to 63 (TS 23.040 §9.2.3.12.1). */
  readonly validityMinutes?: number;
}

const CLAUSE = 'EF(SMSP), TS 31.102 §4.2.27';
const FIXED = 28;
const ADDRESS = 12;
const INTERNATIONAL = 0x91;
const UNKNOWN = 0x81;

interface Input extends Omit<Smsp, 'alpha' | 'protocolIdentifier' | 'dataCodingScheme'> {
  readonly alpha?: string;
  readonly protocolIdentifier?: string | number;
  readonly dataCodingScheme?: string | number;
}

/** A record of short message parameters: the alpha identifier, then 28 octets. */
export const EF_SMSP: EfCodec<Smsp> = {
  name: 'EF_SMSP',
  clause: CLAUSE,
  input: entries({
    alpha: text().optional(),
    destination: text().optional(),
    serviceCentre: text().optional(),
    protocolIdentifier: octet().optional(),
    dataCodingScheme: octet().optional(),
    validityMinutes: whole(5, 635_040).optional(),
  }),
  fromInput({ protocolIdentifier, dataCodingScheme, alpha = '', ...rest }: Input) {
    return {
      alpha,
      ...rest,
      ...(protocolIdentifier === undefined ? {} : { protocolIdentifier: octetOf(protocolIdentifier) }),
      ...(dataCodingScheme === undefined ? {} : { dataCodingScheme: octetOf(dataCodingScheme) }),
    };
  },
  decode(bytes) {
    if (bytes.length < FIXED) refuse(CLAUSE, `a record has at least ${FIXED} octets, not ${bytes.length}`);
    const alpha = decodeAlpha(bytes.subarray(0, bytes.length - FIXED));
    if (alpha === undefined) refuse(CLAUSE, 'the alpha identifier is no text');
    const fixed = bytes.subarray(bytes.length - FIXED);
    const has = (bit: number) => ((fixed[0]! >> bit) & 1) === 0;
    const destination = has(0) ? decodeAddress(fixed.subarray(1, 13), 'destination') : undefined;
    const serviceCentre = has(1) ? decodeAddress(fixed.subarray(13, 25), 'serviceCentre') : undefined;
    return {
      alpha,
      ...(destination === undefined ? {} : { destination }),
      ...(serviceCentre === undefined ? {} : { serviceCentre }),
      ...(has(2) ? { protocolIdentifier: fixed[25]! } : {}),
      ...(has(3) ? { dataCodingScheme: fixed[26]! } : {}),
      ...(has(4) ? { validityMinutes: minutesOf(fixed[27]!) } : {}),
    };
  },
  encode: (value) => encodeRecord(value, alphaOf(value).length + FIXED),
  encodeSized: encodeRecord,
  examples: [
    {
      hex: '454E6574776F726B73FFFFFFFFFFFFFFF1FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF0000A7',
      value: { alpha: 'ENetworks', protocolIdentifier: 0, dataCodingScheme: 0 },
      source:
        'pySim, EF.SMSP: an address that is said to be there is not; the validity that is there counts as absent (b5)',
      decodeOnly: true,
    },
    {
      hex: '4FFDFFFFFFFFFFFFFFFFFFFFFFFF0791947171060000FFFFFFFFFFFFFF',
      value: { alpha: 'O', serviceCentre: '+491717600000' },
      source: 'TS 31.102 §4.2.27, TS 24.011 §8.2.5.1: length in octets, by hand',
    },
    {
      hex: 'E005812143F5FFFFFFFFFFFFFF0791947171060000FFFFFFFF00F1AD',
      value: {
        alpha: '',
        destination: '12345',
        serviceCentre: '+491717600000',
        protocolIdentifier: 0,
        dataCodingScheme: 0xf1,
        validityMinutes: 10_080,
      },
      source: 'TS 31.102 §4.2.27, TS 23.040 §9.1.2.5: length in digits, by hand',
    },
  ],
};

function octetOf(given: string | number): number {
  return typeof given === 'number' ? given : Number.parseInt(given, 16);
}

function alphaOf({ alpha }: Smsp): Uint8Array {
  return encodeAlpha(alpha) ?? refuse(CLAUSE, 'a character of the alpha identifier is in no coding of an EF');
}

/** The alpha identifier takes what the record has before the fixed places. */
function encodeRecord(value: Smsp, size: number): Uint8Array {
  const alpha = alphaOf(value);
  if (size < FIXED)
    refuse(CLAUSE, `a record has at least ${FIXED} octets, and those of the card have ${size}`);
  if (alpha.length > size - FIXED) {
    refuse(
      CLAUSE,
      `the alpha identifier takes ${alpha.length} octets, and the records have ${size - FIXED} for it`,
    );
  }
  const { destination, serviceCentre, protocolIdentifier, dataCodingScheme, validityMinutes } = value;
  const parameters = [destination, serviceCentre, protocolIdentifier, dataCodingScheme, validityMinutes];
  const absent = parameters.reduce<number>(
    (bits, each, bit) => bits | (each === undefined ? 1 << bit : 0),
    0xe0,
  );
  return concat(
    padEnd(alpha, size - FIXED, 0xff),
    [absent],
    destination === undefined ? nothing() : encodeAddress(destination, 'destination'),
    serviceCentre === undefined ? nothing() : encodeAddress(serviceCentre, 'serviceCentre'),
    [
      protocolIdentifier ?? 0xff,
      dataCodingScheme ?? 0xff,
      validityMinutes === undefined ? 0xff : validityOf(validityMinutes),
    ],
  );
}

function nothing(): Uint8Array {
  return new Uint8Array(ADDRESS).fill(0xff);
}

type AddressName = 'destination' | 'serviceCentre';

/** A destination counts its digits (TS 23.040 §9.1.2.5), a service centre the octets after the count (TS 24.011 §8.2.5.1). */
function encodeAddress(number: string, name: AddressName): Uint8Array {
  if (!/^\+?\d{1,20}$/.test(number)) {
    refuse(CLAUSE, `${name}: a number has 1 to 20 decimal digits, with + before an international one`);
  }
  const digits = number.replace('+', '');
  const octets = encodeSwappedBcd(digits);
  const count = name === 'destination' ? digits.length : octets.length + 1;
  return padEnd(concat([count, number.startsWith('+') ? INTERNATIONAL : UNKNOWN], octets), ADDRESS, 0xff);
}

function decodeAddress(bytes: Uint8Array, name: AddressName): string | undefined {
  const [count = 0xff, type = 0xff] = bytes;
  if (count === 0xff) return undefined;
  const octets = name === 'destination' ? Math.ceil(count / 2) : count - 1;
  if (octets < 1 || octets > ADDRESS - 2) refuse(CLAUSE, `${name}: its length octet does not fit`);
  const digits = decodeSwappedBcd(bytes.subarray(2, 2 + octets));
  if (!/^\d{1,20}$/.test(digits)) refuse(CLAUSE, `${name}: there are digits above 9`);
  return (type & 0x70) === 0x10 ? `+${digits}` : digits;
}

const DAY = 24 * 60;
const WEEK = 7 * DAY;

function minutesOf(octet: number): number {
  if (octet <= 143) return (octet + 1) * 5;
  if (octet <= 167) return DAY / 2 + (octet - 143) * 30;
  if (octet <= 196) return (octet - 166) * DAY;
  return (octet - 192) * WEEK;
}

function validityOf(minutes: number): number {
  for (let octet = 0; octet <= 0xff; octet++) if (minutesOf(octet) === minutes) return octet;
  return refuse(
    CLAUSE,
    `validityMinutes: ${minutes} is no step: 5 minutes up to 12 hours, 30 up to a day, a day up to 30, a week up to 63`,
  );
}
