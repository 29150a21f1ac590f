import { type ErrorOptions, SimbootError } from './error.js';

/** Bytes or documents that do not follow their format. `details` name the offset, row or path. Exit code 2. */
export const DATA_ERRORS = {
  DATA_HEX: {
    meaning: 'A text is not hexadecimal.',
    next: 'Give an even number of the digits 0-9 and a-f.',
  },
  DATA_DIGITS: {
    meaning: 'A number such as an ICCID or IMSI has a wrong character, length or check digit.',
    next: 'Compare the number with its source; the message names the position.',
  },
  DATA_TLV: {
    meaning: 'A BER-TLV structure is malformed.',
    next: 'The offset in the message is where the structure breaks.',
  },
  DATA_APDU: {
    meaning: 'Bytes are not a command or response APDU (ISO/IEC 7816-4 clause 5).',
    next: 'Check CLA, INS, P1, P2, Lc and Le against the length of the data.',
  },
  DATA_UTF8: {
    meaning: 'A text is not UTF-8, or starts with a byte order mark.',
    next: 'Save the document as UTF-8 without a byte order mark (DM 2.0 §8.1).',
  },
} as const;

export type DataErrorCode = keyof typeof DATA_ERRORS;

export class DataError extends SimbootError {
  readonly kind = 'data';
  constructor(code: DataErrorCode, message: string, options?: ErrorOptions) {
    super(code, DATA_ERRORS[code], message, options);
  }
}
