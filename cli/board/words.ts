/** What went wrong in words, and what to do: the next step of the catalogue by the reason's code. */
import {
  CARD_ERRORS,
  type CatalogueEntry,
  DATA_ERRORS,
  READER_ERRORS,
  SECURITY_ERRORS,
  USAGE_ERRORS,
  VERIFICATION_ERRORS,
} from '../../src/errors/index.js';
import { type Reason, SCRAP_REASONS } from '../../src/perso/index.js';

const CATALOGUE: Readonly<Record<string, CatalogueEntry>> = {
  ...USAGE_ERRORS,
  ...DATA_ERRORS,
  ...READER_ERRORS,
  ...CARD_ERRORS,
  ...SECURITY_ERRORS,
  ...VERIFICATION_ERRORS,
};

/** What to do about a reason; nothing where its own words say all there is. */
export function adviceOf({ code }: Reason): string | undefined {
  return Object.hasOwn(CATALOGUE, code) ? CATALOGUE[code]!.next : undefined;
}

/** Why a card is given up, of all reasons those that somebody at the line knows. */
export const SCRAP_CHOICES: readonly Reason[] = (
  ['CONTACT', 'TORN', 'DAMAGED', 'LOST', 'WRONG_CARD', 'OPERATOR'] as const
).map((code) => ({ code, message: SCRAP_REASONS[code] }));
