/** EF(ICCID) (TS 102 221 §13.2) and EF(IMSI) (TS 31.102 §4.2.2). */
import { z } from 'zod';
import { decodeIccid, decodeImsi, encodeIccid, encodeImsi, luhnValid } from '../../bytes/index.js';
import { type EfCodec, refuse } from './ef-codec.js';

const text = z.string({ error: 'digits in quotes are required here' });
const ICCID_CLAUSE = 'EF(ICCID), TS 102 221 §13.2';
const IMSI_CLAUSE = 'EF(IMSI), TS 31.102 §4.2.2';

/** Digits of an ICCID, 18 to 20; from 19 on the last one is the check digit. */
export const EF_ICCID: EfCodec<string> = {
  name: 'EF_ICCID',
  clause: ICCID_CLAUSE,
  input: text,
  fromInput: (input: string) => input,
  decode(bytes) {
    const digits = decodeIccid(bytes);
    if (bytes.length !== 10 || !/^\d{18,20}$/.test(digits)) {
      refuse(
        ICCID_CLAUSE,
        `10 octets with 18 to 20 decimal digits are required, not these ${bytes.length} octets`,
      );
    }
    return digits;
  },
  encode(iccid) {
    if (!/^\d{18,20}$/.test(iccid)) {
      refuse(ICCID_CLAUSE, `an ICCID has 18 to 20 decimal digits; this has ${iccid.length} characters`);
    }
    if (iccid.length > 18 && !luhnValid(iccid))
      refuse(ICCID_CLAUSE, 'the check digit (the last one) is wrong');
    return encodeIccid(iccid);
  },
  examples: [
    { hex: '988812010000000010F1', value: '8988211000000000011', source: 'TS 102 221 §13.2, by hand' },
    {
      hex: '98943020001000000026',
      value: '89490302000100000062',
      source: 'TS 102 221 §13.2, by hand',
      decodeOnly: true,
    },
    {
      hex: '988812010000000010FF',
      value: '898821100000000001',
      source: 'TS 102 221 §13.2: 18 digits, by hand',
    },
  ],
};

/** Digits of an IMSI, 6 to 15. */
export const EF_IMSI: EfCodec<string> = {
  name: 'EF_IMSI',
  clause: IMSI_CLAUSE,
  input: text,
  fromInput: (input: string) => input,
  decode(bytes) {
    const digits = bytes.length >= 9 ? decodeImsi(bytes) : '';
    if (!/^\d{6,15}$/.test(digits)) {
      refuse(
        IMSI_CLAUSE,
        `9 octets with 6 to 15 decimal digits are required, not these ${bytes.length} octets`,
      );
    }
    return digits;
  },
  encode(imsi) {
    if (!/^\d{6,15}$/.test(imsi)) {
      refuse(IMSI_CLAUSE, `an IMSI has 6 to 15 decimal digits; this has ${imsi.length} characters`);
    }
    return encodeImsi(imsi);
  },
  examples: [
    { hex: '082982608200002080', value: '228062800000208', source: 'pySim, EF.IMSI' },
    { hex: '082926101160845740', value: '262011106487504', source: 'pySim, EF.IMSI' },
    { hex: '0811325476981032F4', value: '12345678901234', source: 'TS 31.102 §4.2.2: 14 digits, by hand' },
  ],
};
