import { type ErrorOptions, SimbootError } from './error.js';

/** A verification that ran to its end and found differences. Exit code 6. */
export const VERIFICATION_ERRORS = {
  VERIFICATION_DIFFERENCES: {
    meaning: 'What was found differs from what was expected.',
    next: 'The list of differences says where; write a card again, or set it aside.',
  },
} as const;

export type VerificationErrorCode = keyof typeof VERIFICATION_ERRORS;

/** What is there differs from what was expected. */
export class VerificationError extends SimbootError {
  readonly kind = 'verification';
  constructor(code: VerificationErrorCode, message: string, options?: ErrorOptions) {
    super(code, VERIFICATION_ERRORS[code], message, options);
  }
}
