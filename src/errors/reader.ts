import { type ErrorOptions, SimbootError } from './error.js';

/** The reader, its service, or the contact to the card. Exit code 3. */
export const READER_ERRORS = {
  READER_NOT_FOUND: {
    meaning: 'No reader has the given name or index.',
    next: '`simboot readers` lists the readers.',
  },
  READER_EMPTY: {
    meaning: 'There is no card in the reader.',
    next: 'Insert a card, chip side as the reader shows, and run the command again.',
  },
} as const;

export type ReaderErrorCode = keyof typeof READER_ERRORS;

export class ReaderError extends SimbootError {
  readonly kind = 'reader';
  constructor(code: ReaderErrorCode, message: string, options?: ErrorOptions) {
    super(code, READER_ERRORS[code], message, options);
  }
}
