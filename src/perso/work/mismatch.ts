/** Failures that tell of a card with other keys than the job expects: the stop rule counts them. */

import type { SimbootError } from '../../errors/index.js';
import type { WorkDifference } from './port.js';

/** Codes of errors that mean wrong keys, PINs or ADMs. */
export const KEY_MISMATCH_CODES: ReadonlySet<string> = new Set([
  'SECURITY_KEY_MISMATCH',
  'SECURITY_CARD_CRYPTOGRAM',
  'SECURITY_CARD_CHALLENGE',
  'SECURITY_KEY_VERSION',
  'SECURITY_KEY_CHECK',
  'SECURITY_SCP_PARAMETERS',
  'SECURITY_AUTHENTICATION_REFUSED',
  'SECURITY_PIN_WRONG',
  'SECURITY_BLOCKED',
  'SECURITY_LAST_TRY',
  'SECURITY_AUTN',
]);

/** The code of a difference that an error tells of; nothing for one that says nothing about keys. */
export function keyCode({ code }: SimbootError): Pick<WorkDifference, 'code'> {
  return KEY_MISMATCH_CODES.has(code) ? { code } : {};
}
