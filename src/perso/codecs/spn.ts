/** EF(SPN) (TS 31.102 §4.2.12): when which name is shown, and the name in 16 octets. */
import { z } from 'zod';
import { concat, padEnd } from '../../bytes/index.js';
import { entries, flag } from '../job/scalars.js';
import { decodeAlpha, encodeAlpha } from './alpha.js';
import { type EfCodec, refuse } from './ef-codec.js';

/** Name of the service provider. */
export interface Spn {
  readonly name: string;
  /** The name of the network is shown too at home (b1). */
  readonly showNetwork: boolean;
  /** This name is shown also in networks that are not the provider's (b2 is 0). */
  readonly showWhenRoaming: boolean;
}

const CLAUSE = 'EF(SPN), TS 31.102 §4.2.12';
const SIZE = 17;
const name = z.string({ error: 'a text is required here' });

/** Name of the service provider: 17 octets, filled up with FF. */
export const EF_SPN: EfCodec<Spn> = {
  name: 'EF_SPN',
  clause: CLAUSE,
  input: z.union(
    [name, entries({ name, showNetwork: flag().optional(), showWhenRoaming: flag().optional() })],
    {
      error: 'a text, or {name, showNetwork, showWhenRoaming}, is required here',
    },
  ),
  fromInput: (input: string | { name: string; showNetwork?: boolean; showWhenRoaming?: boolean }) =>
    typeof input === 'string'
      ? { name: input, showNetwork: false, showWhenRoaming: true }
      : {
          name: input.name,
          showNetwork: input.showNetwork ?? false,
          showWhenRoaming: input.showWhenRoaming ?? true,
        },
  decode(bytes) {
    if (bytes.length < SIZE) refuse(CLAUSE, `${SIZE} octets are required, not ${bytes.length}`);
    const text = decodeAlpha(bytes.subarray(1, SIZE));
    if (text === undefined) refuse(CLAUSE, 'the name from octet 2 on is no text');
    return { name: text, showNetwork: (bytes[0]! & 1) === 1, showWhenRoaming: (bytes[0]! & 2) === 0 };
  },
  encode({ name, showNetwork, showWhenRoaming }) {
    const text = encodeAlpha(name);
    if (text === undefined) refuse(CLAUSE, 'a character of the name is in no coding of an EF');
    if (text.length > SIZE - 1) {
      refuse(CLAUSE, `the name takes ${text.length} octets, and there are ${SIZE - 1}`);
    }
    return concat([(showNetwork ? 1 : 0) | (showWhenRoaming ? 0 : 2)], padEnd(text, SIZE - 1, 0xff));
  },
  examples: [
    {
      hex: '0147534D2D52204348FFFFFFFFFFFFFFFF',
      value: { name: 'GSM-R CH', showNetwork: true, showWhenRoaming: true },
      source: 'pySim, EF.SPN',
    },
    {
      hex: '02800414043E043CFFFFFFFFFFFFFFFFFF',
      value: { name: 'Дом', showNetwork: false, showWhenRoaming: false },
      source: 'TS 31.102 §4.2.12, TS 102 221 annex A: UCS2, by hand',
    },
    {
      hex: '0002411100FFFFFFFFFFFFFFFFFFFFFFFF',
      value: { name: '$A_@', showNetwork: false, showWhenRoaming: true },
      source: 'TS 23.038 §6.2.1: characters that are elsewhere in ASCII, by hand',
    },
    {
      hex: '00810308949596FFFFFFFFFFFFFFFFFFFF',
      value: { name: 'ДЕЖ', showNetwork: false, showWhenRoaming: true },
      source: 'TS 102 221 annex A: 81, base 0400, by hand',
      decodeOnly: true,
    },
  ],
};
