/**
 * Lists of networks: EF(FPLMN), EF(PLMNsel) with 3 octets each (TS 31.102 §4.2.16, TS 51.011 §10.3.4), and with access
 * technologies 5 octets each (TS 31.102 §4.2.5, §4.2.53, §4.2.54).
 */
import { z } from 'zod';
import { concat, decodeSwappedBcd, fromHex, hex16 } from '../../bytes/index.js';
import { entries, word } from '../job/scalars.js';
import { type EfCodec, refuse } from './ef-codec.js';

/** MCC and MNC, 5 or 6 digits. */
export type Plmn = string;

/** A network with the access technologies that are looked for, in the order of the bits. */
export interface PlmnWithAccess {
  readonly plmn: Plmn;
  readonly access: readonly AccessTechnology[];
}

const LIST_CLAUSE = 'list of networks, TS 31.102 §4.2.16';
const ACCESS_CLAUSE = 'list of networks with access technologies, TS 31.102 §4.2.5';

/** Bits of the two octets; of E-UTRAN and of GSM one name stands for both of their modes. */
const TECHNOLOGIES = {
  utran: 0x8000,
  'e-utran': 0x4000,
  'e-utran-wb-s1': 0x6000,
  'e-utran-nb-s1': 0x5000,
  'ng-ran': 0x0800,
  gsm: 0x0080,
  'gsm-without-ec': 0x0084,
  'ec-gsm-iot': 0x0088,
  'gsm-compact': 0x0040,
  'cdma2000-hrpd': 0x0020,
  'cdma2000-1xrtt': 0x0010,
} as const;
export type AccessTechnology = keyof typeof TECHNOLOGIES;
const NAMES = Object.keys(TECHNOLOGIES) as [AccessTechnology, ...AccessTechnology[]];
/** Names of one group exclude each other. */
const GROUPS = [0x7000, 0x008c] as const;

const ACCESS = `a list of ${NAMES.join(', ')}, or four hexadecimal digits in quotes, is required here`;
const plmn = z.string({ error: '5 or 6 digits in quotes are required here' });

/** Networks, 3 octets each. */
export const EF_PLMN: EfCodec<readonly Plmn[]> = {
  name: 'EF_PLMN',
  clause: LIST_CLAUSE,
  input: z.array(plmn, { error: 'a list of networks is required here: ["26201", "310410"]' }),
  fromInput: (input: readonly string[]) => input,
  decode(bytes) {
    return chunks(bytes, 3, LIST_CLAUSE).flatMap((each, index) => decodePlmn(each, index, LIST_CLAUSE) ?? []);
  },
  encode(plmns) {
    return concat(...plmns.map((each, index) => encodePlmn(each, index, LIST_CLAUSE)));
  },
  examples: [
    { hex: '62F210330420', value: ['26201', '334020'], source: 'pySim, EF.PLMNsel and EF.PLMNwAcT' },
    {
      hex: 'FFFFFF62F210',
      value: ['26201'],
      source: 'TS 31.102 §4.2.16: an empty place, by hand',
      decodeOnly: true,
    },
  ],
};

/** Networks with access technologies, 5 octets each. */
export const EF_PLMN_ACT: EfCodec<readonly PlmnWithAccess[]> = {
  name: 'EF_PLMN_ACT',
  clause: ACCESS_CLAUSE,
  input: z.array(
    entries({
      plmn,
      access: z.union([z.array(word(NAMES)), z.string().regex(/^[0-9A-Fa-f]{4}$/, ACCESS)], {
        error: ACCESS,
      }),
    }),
    { error: 'a list of networks is required here: [{plmn: "26201", access: [e-utran, utran]}]' },
  ),
  fromInput: (input: readonly { plmn: string; access: string | readonly AccessTechnology[] }[]) =>
    input.map(({ plmn, access }) => ({
      plmn,
      access: typeof access === 'string' ? technologiesOf(Number.parseInt(access, 16)) : access,
    })),
  decode(bytes) {
    return chunks(bytes, 5, ACCESS_CLAUSE).flatMap((each, index) => {
      const plmn = decodePlmn(each.subarray(0, 3), index, ACCESS_CLAUSE);
      return plmn === undefined ? [] : { plmn, access: technologiesOf((each[3]! << 8) | each[4]!) };
    });
  },
  encode(plmns) {
    return concat(
      ...plmns.map(({ plmn, access }, index) =>
        concat(encodePlmn(plmn, index, ACCESS_CLAUSE), fromHex(hex16(bitsOf(access, index)))),
      ),
    );
  },
  /** Empty places have no technology (TS 31.102 annex E). */
  pad(octets, size) {
    const places = Math.floor((size - octets.length) / 5);
    const empty = Array.from({ length: places }, () => [0xff, 0xff, 0xff, 0, 0]).flat();
    const rest = new Uint8Array(size - octets.length - empty.length).fill(0xff);
    return concat(octets, empty, rest);
  },
  examples: [
    { hex: '62F2104000', value: [{ plmn: '26201', access: ['e-utran'] }], source: 'pySim, EF.PLMNwAcT' },
    { hex: '62F2108000', value: [{ plmn: '26201', access: ['utran'] }], source: 'pySim, EF.PLMNwAcT' },
    {
      hex: '62F220488C',
      value: [{ plmn: '26202', access: ['e-utran', 'ng-ran', 'gsm'] }],
      source: 'pySim, EF.PLMNwAcT: both modes of GSM told by their bits',
      decodeOnly: true,
    },
    {
      hex: '00F110E884',
      value: [{ plmn: '00101', access: ['utran', 'e-utran-wb-s1', 'ng-ran', 'gsm-without-ec'] }],
      source: 'TS 31.102 §4.2.5, by hand',
    },
  ],
};

function chunks(bytes: Uint8Array, size: number, clause: string): Uint8Array[] {
  if (bytes.length % size !== 0) {
    refuse(clause, `${bytes.length} octets are no whole number of entries with ${size} octets`);
  }
  return Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** Octets: MCC 2 and 1, MNC 3 and MCC 3, MNC 2 and 1 (TS 24.008 §10.5.1.13). */
function decodePlmn(bytes: Uint8Array, index: number, clause: string): Plmn | undefined {
  if (bytes.every((octet) => octet === 0xff)) return undefined;
  const digits = decodeSwappedBcd(concat(bytes, [0])).padEnd(8, 'F');
  const mcc = digits.slice(0, 3);
  const third = digits[3]!;
  const plmn = mcc + digits.slice(4, 6) + (third === 'F' ? '' : third);
  if (!/^\d{5,6}$/.test(plmn)) refuse(clause, `entry ${index + 1} has digits above 9`);
  return plmn;
}

function encodePlmn(plmn: Plmn, index: number, clause: string): Uint8Array {
  if (!/^\d{5,6}$/.test(plmn)) {
    refuse(
      clause,
      `entry ${index + 1}: a network has 5 or 6 decimal digits (MCC and MNC); this has ${plmn.length}`,
    );
  }
  const [a, b, c, d, e, f = 'F'] = plmn;
  return fromHex(`${b}${a}${f}${c}${e}${d}`);
}

function bitsOf(access: readonly AccessTechnology[], index: number): number {
  let bits = 0;
  for (const name of access) {
    const own = TECHNOLOGIES[name];
    const group = GROUPS.find((mask) => (own & mask) !== 0);
    if (group !== undefined && (bits & group) !== 0) {
      refuse(ACCESS_CLAUSE, `entry ${index + 1}: ${name} excludes another one of the list`);
    }
    bits |= own;
  }
  return bits;
}

function technologiesOf(bits: number): AccessTechnology[] {
  const eutran = ['e-utran', 'e-utran-nb-s1', 'e-utran-wb-s1', 'e-utran'] as const;
  const gsm = ['gsm', 'gsm-without-ec', 'ec-gsm-iot', 'gsm'] as const;
  return [
    ...(bits & 0x8000 ? ['utran' as const] : []),
    ...(bits & 0x4000 ? [eutran[(bits >> 12) & 3]!] : []),
    ...(bits & 0x0800 ? ['ng-ran' as const] : []),
    ...(bits & 0x0080 ? [gsm[(bits >> 2) & 3]!] : []),
    ...(bits & 0x0040 ? ['gsm-compact' as const] : []),
    ...(bits & 0x0020 ? ['cdma2000-hrpd' as const] : []),
    ...(bits & 0x0010 ? ['cdma2000-1xrtt' as const] : []),
  ];
}
