/** Why a card is scrapped or a record is remade: codes that every report, output and journal uses. */

/** Reason codes that a person may give; the line's own findings keep the code of their error. */
export const SCRAP_REASONS = {
  CONTACT: 'bad contact, also after the card was put in again',
  TORN: 'taken out or lost power while it was written',
  DAMAGED: 'mechanically damaged, or badly printed',
  LOST: 'the card cannot be found',
  WRONG_CARD: 'not a card of this job',
  QUALITY: 'refused by quality control',
  CUSTOMER: 'the customer asked for another card',
  OPERATOR: 'given up by an operator',
} as const;

export type ScrapReason = keyof typeof SCRAP_REASONS;

/** Whether a text is one of the codes. */
export function isScrapReason(code: string): code is ScrapReason {
  return Object.hasOwn(SCRAP_REASONS, code);
}
