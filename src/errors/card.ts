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
  CARD_NOT_A_SIM: {
    meaning: 'The card is neither a SIM nor a UICC: it knows neither way to select the master file.',
    next: 'Check that the right card is in the reader; bank, identity and access cards have another file system.',
  },
  CARD_MODE: {
    meaning: 'The card does not work in the mode asked for, or the mode has no such operation.',
    next: 'Use the other mode: --mode 2g, --mode 3g or --mode auto.',
  },
  CARD_APPLICATION_UNREACHABLE: {
    meaning: 'An application cannot be reached in this mode: EF(DIR) gives no path for it.',
    next: 'Use --mode 3g, where applications are selected by their AID.',
  },
  CARD_CHANNEL: {
    meaning: 'The card opened no further logical channel.',
    next: 'Work on the basic channel, or close a channel that is still open.',
  },
  CARD_FILE_TOO_LARGE: {
    meaning:
      'A file or offset lies beyond what READ BINARY and UPDATE BINARY can address (offset 7FFF), or a record beyond what one command carries.',
    next: 'Use a smaller file.',
  },
  CARD_NO_PKCS15: {
    meaning: 'The card has no PKCS#15 application that this mode can reach (DM 2.0 G.1).',
    next: 'Create it with `simboot card create-files`, or use a card profile that has it.',
  },
  CARD_NO_DODF: {
    meaning: 'EF(ODF) names no directory of data objects (DM 2.0 G.4.1).',
    next: 'A write adds the entry; the file itself comes from the card profile or `simboot card create-files`.',
  },
  CARD_NO_BOOTSTRAP: {
    meaning: 'No data object of the card has the object identifier of a DM bootstrap (DM 2.0 G.4.2).',
    next: 'Write one with `simboot card write`; `simboot card inspect` shows what else is there.',
  },
  CARD_PATH_LOOP: {
    meaning: 'A path on the card leads back to a directory, to itself, or to a file of another use.',
    next: 'The entry that the message names is wrong; its issuer has to correct it.',
  },
  CARD_FILE_TOO_SMALL: {
    meaning: 'A file on the card is too small for what has to be written.',
    next: 'Shorten the document, or have the file created larger.',
  },
  CARD_FILE_STRUCTURE: {
    meaning: 'A file on the card has another structure than the operation needs.',
    next: 'DM 2.0 G.4 asks for transparent files; use another card profile.',
  },
  CARD_FILE_DEACTIVATED: {
    meaning: 'A file on the card is deactivated (invalidated) or terminated.',
    next: 'Activate (rehabilitate) the file with the key of the card issuer first.',
  },
  CARD_DIRECTORY_FULL: {
    meaning: 'A directory file of the card has no room for another entry.',
    next: 'Remove an entry that is not needed, or have the file created larger.',
  },
  CARD_DIRECTORY_MALFORMED: {
    meaning: 'A directory file of the card cannot be read to its end, so it must not be written either.',
    next: 'Look at it with `simboot card inspect`; its issuer has to correct it.',
  },
  CARD_DIRECTORY_ENTRY_FIXED: {
    meaning: 'Our entry cannot change, because entries of others would have to move.',
    next: 'Keep label and access rule so that the entry has the same length, or have the card profile corrected.',
  },
  CARD_BOOTSTRAP_ELSEWHERE: {
    meaning: 'The card keeps its bootstrap in another file than the one asked for.',
    next: 'Leave the file out to use the one that the card names.',
  },
  CARD_TAKEN: {
    meaning: 'The card carries, or may carry, another record already.',
    next: 'Take the card out; `simboot batch audit` tells which record it carries.',
  },
  CARD_IDENTITY: {
    meaning: 'A card lacks what the job tells cards apart by: CPLC, ICCID or the content of a file.',
    next: 'Choose another identity in the job (card.identity), or none.',
  },
  CARD_NOT_REPEATABLE: {
    meaning: 'A step was interrupted on this card that must not be run twice.',
    next: 'Scrap the card and have the record remade; the journal names the step.',
  },
} as const;

export type CardErrorCode = keyof typeof CARD_ERRORS;

/** The card answers what it should not, lacks what is needed, or refuses: its issuer must act. */
export class CardError extends SimbootError {
  readonly kind = 'card';
  constructor(code: CardErrorCode, message: string, options?: ErrorOptions) {
    super(code, CARD_ERRORS[code], message, options);
  }
}
