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
import type { Reason } from '../../src/perso/index.js';

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

/** Why a card is given up, as the person at the line says it. */
export const SCRAP_REASONS: readonly Reason[] = [
  { code: 'DAMAGED', message: 'the card is damaged' },
  { code: 'CONTACTS', message: 'its contacts are dirty or worn' },
  { code: 'WRONG_CARD', message: 'it is another kind of card' },
  { code: 'PRINT', message: 'its print is wrong' },
  { code: 'LOST', message: 'the card is lost' },
  { code: 'OTHER', message: 'the operator gave it up' },
];
