import { type ErrorOptions, SimbootError } from './error.js';

/** The card answers, but not with what the operation needs. Exit code 3. */
export const CARD_ERRORS = {
  CARD_STATUS: {
    meaning: 'The card refused a command.',
    next: 'The status word in the message says why.',
  },
  CARD_FILE_NOT_FOUND: {
    meaning: 'A file or application is not on the card.',
    next: 'Compare the path or AID with `simboot card inspect`.',
  },
  CARD_RECORD_NOT_FOUND: {
    meaning: 'A record or offset lies outside the file.',
    next: 'Compare the file size with `simboot card inspect`.',
  },
  CARD_MEMORY: {
    meaning: 'The card reports a memory problem or has no room left.',
    next: 'Use smaller files or a larger card; set the card aside if its memory fails.',
  },
  CARD_RESPONSE: {
    meaning: 'The card answered with something that its standard does not allow.',
    next: 'Record the exchange with --trace and look at the last response.',
  },
} as const;

export type CardErrorCode = keyof typeof CARD_ERRORS;

export class CardError extends SimbootError {
  readonly kind = 'card';
  constructor(code: CardErrorCode, message: string, options?: ErrorOptions) {
    super(code, CARD_ERRORS[code], message, options);
  }
}
