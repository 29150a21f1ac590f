/** Numbers of cards: ICCID (TS 102 221 §13.2, ITU-T E.118), IMSI (TS 23.003 §2.2), EID (SGP.02 §2.2.2, SGP.22 §4.3.1). */
import { luhnCheckDigit, luhnValid } from '../../bytes/index.js';
import type { FindingCode } from './findings.js';

/** What is wrong with a value; nothing if it is right. */
export type Complaint = readonly [code: FindingCode, message: string] | undefined;

const DIGITS = /^[0-9]+$/;

/** 18 digits without a check digit, 19 or 20 with one. */
export function iccidComplaint(value: string): Complaint {
  if (!DIGITS.test(value) || value.length < 18 || value.length > 20) {
    return ['VALUE_FORM', `an ICCID has 18 to 20 decimal digits, not ${value.length} characters`];
  }
  if (value.length === 18 || luhnValid(value)) return undefined;
  return ['CHECK_DIGIT', `the last digit of ICCID ${value} should be ${luhnCheckDigit(value.slice(0, -1))}`];
}

/** 6 to 15 digits. */
export function imsiComplaint(value: string): Complaint {
  if (DIGITS.test(value) && value.length >= 6 && value.length <= 15) return undefined;
  return ['VALUE_FORM', `an IMSI has 6 to 15 decimal digits, not ${value.length} characters`];
}

/** 32 digits that are 1 modulo 97 as one number. */
export function eidComplaint(value: string): Complaint {
  if (!DIGITS.test(value) || value.length !== 32) {
    return ['VALUE_FORM', `an EID has 32 decimal digits, not ${value.length} characters`];
  }
  if (modulo97(value) === 1) return undefined;
  const digits = String(98 - modulo97(`${value.slice(0, 30)}00`)).padStart(2, '0');
  return ['CHECK_DIGIT', `the last two digits of EID ${value} should be ${digits}`];
}

function modulo97(digits: string): number {
  let rest = 0;
  for (let at = 0; at < digits.length; at += 8) {
    const part = digits.slice(at, at + 8);
    rest = (rest * 10 ** part.length + Number(part)) % 97;
  }
  return rest;
}
