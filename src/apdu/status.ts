/**
 * Status words with meaning and next step: 3G from TS 102 221 §10.2.1 and ISO/IEC 7816-4 §5.6, 2G from
 * TS 51.011 §9.4.
 */
import { hex16 } from '../bytes/index.js';
import {
  CardError,
  type CardErrorCode,
  type ErrorDetails,
  SecurityError,
  type SecurityErrorCode,
  type SimbootError,
} from '../errors/index.js';

/** Names of the status words that the code asks for. */
export const SW = {
  OK: 0x9000,
  UNEXPECTED_END: 0x6282,
  SELECTED_FILE_DEACTIVATED: 0x6283,
  MEMORY_FAILURE: 0x6581,
  WRONG_LENGTH: 0x6700,
  CHANNEL_NOT_SUPPORTED: 0x6881,
  SECURE_MESSAGING_NOT_SUPPORTED: 0x6882,
  INCOMPATIBLE_FILE_STRUCTURE: 0x6981,
  SECURITY_STATUS_NOT_SATISFIED: 0x6982,
  AUTHENTICATION_BLOCKED: 0x6983,
  REFERENCE_DATA_UNUSABLE: 0x6984,
  CONDITIONS_NOT_SATISFIED: 0x6985,
  NO_CURRENT_EF: 0x6986,
  WRONG_DATA: 0x6a80,
  FUNCTION_NOT_SUPPORTED: 0x6a81,
  FILE_NOT_FOUND: 0x6a82,
  RECORD_NOT_FOUND: 0x6a83,
  NOT_ENOUGH_MEMORY: 0x6a84,
  INCORRECT_P1P2: 0x6a86,
  LC_INCONSISTENT: 0x6a87,
  REFERENCED_DATA_NOT_FOUND: 0x6a88,
  FILE_EXISTS: 0x6a89,
  WRONG_P1P2: 0x6b00,
  INS_NOT_SUPPORTED: 0x6d00,
  CLA_NOT_SUPPORTED: 0x6e00,
  TECHNICAL_PROBLEM: 0x6f00,
} as const;

/** Names of the 2G status words (TS 51.011 §9.4). */
export const SW_2G = {
  NO_EF_SELECTED: 0x9400,
  OUT_OF_RANGE: 0x9402,
  FILE_NOT_FOUND: 0x9404,
  FILE_INCONSISTENT: 0x9408,
  NO_CHV_INITIALISED: 0x9802,
  ACCESS_DENIED: 0x9804,
  CONTRADICTION_CHV: 0x9808,
  CONTRADICTION_INVALIDATION: 0x9810,
  BLOCKED: 0x9840,
  MEMORY_PROBLEM: 0x9240,
} as const;

/** What a status word says. `tries` is there where the word itself carries a retry counter. */
export interface StatusMeaning {
  readonly sw: number;
  readonly meaning: string;
  readonly next: string;
  readonly code: CardErrorCode | SecurityErrorCode;
  readonly tries?: number;
}

type Row = readonly [meaning: string, next: string, code?: CardErrorCode | SecurityErrorCode];

const TRACE = 'Record the exchange with --trace and compare it with the card’s specification.';
const KEY = 'Present the PIN or ADM that the file’s access rule names (`card inspect` shows it).';
const UNBLOCK = 'Do not try again; it takes the PUK, or the card issuer, to unblock it.';

const EXACT: Readonly<Record<number, Row>> = {
  [SW.OK]: ['done', ''],
  25088: ['done, with a warning', TRACE],
  25217: ['part of the returned data may be corrupted', 'Read again; set the card aside if it stays.'],
  [SW.UNEXPECTED_END]: [
    'the file ended before all requested octets were read',
    'Compare the file size with what was asked for.',
  ],
  [SW.SELECTED_FILE_DEACTIVATED]: [
    'the selected file is deactivated',
    'Activate (rehabilitate) the file first.',
  ],
  25221: ['the selected file is terminated', 'The file cannot be used any more.'],
  25329: ['more data is available', ''],
  25344: ['the verification failed', 'Check which PIN or key the card expects before another try.'],
  [SW.MEMORY_FAILURE]: [
    'memory problem in the card',
    'Set the card aside: its memory may be worn.',
    'CARD_MEMORY',
  ],
  [SW.WRONG_LENGTH]: ['wrong length', TRACE],
  26624: ['no information on the class octet', TRACE],
  [SW.CHANNEL_NOT_SUPPORTED]: [
    'the logical channel is not supported or not open',
    'Use the basic channel, or check that the channel was opened.',
  ],
  [SW.SECURE_MESSAGING_NOT_SUPPORTED]: ['secure messaging is not supported', TRACE],
  [SW.INCOMPATIBLE_FILE_STRUCTURE]: [
    'the command does not fit the file structure',
    'A record file was taken for a transparent one, or the reverse.',
  ],
  [SW.SECURITY_STATUS_NOT_SATISFIED]: ['access denied', KEY, 'SECURITY_ACCESS_DENIED'],
  [SW.AUTHENTICATION_BLOCKED]: ['the PIN or key is blocked', UNBLOCK, 'SECURITY_BLOCKED'],
  [SW.REFERENCE_DATA_UNUSABLE]: [
    'the PIN is disabled or cannot be used',
    'Nothing needs to be presented where the PIN is disabled.',
    'SECURITY_PIN_UNUSABLE',
  ],
  [SW.CONDITIONS_NOT_SATISFIED]: ['conditions of use not satisfied', TRACE],
  [SW.NO_CURRENT_EF]: ['no EF is selected', 'Select the file first.'],
  27017: ['secure channel needed', 'Open a secure channel first.', 'SECURITY_ACCESS_DENIED'],
  [SW.WRONG_DATA]: ['wrong data in the command', TRACE],
  [SW.FUNCTION_NOT_SUPPORTED]: ['function not supported', TRACE],
  [SW.FILE_NOT_FOUND]: [
    'file or application not found',
    'Compare the path with `card inspect`.',
    'CARD_FILE_NOT_FOUND',
  ],
  [SW.RECORD_NOT_FOUND]: ['record not found', 'The file has fewer records.', 'CARD_RECORD_NOT_FOUND'],
  [SW.NOT_ENOUGH_MEMORY]: [
    'not enough memory in the card',
    'Use smaller files or a larger card.',
    'CARD_MEMORY',
  ],
  [SW.INCORRECT_P1P2]: ['P1 or P2 not supported', TRACE],
  [SW.LC_INCONSISTENT]: ['Lc does not fit P1 and P2', TRACE],
  [SW.REFERENCED_DATA_NOT_FOUND]: [
    'referenced data or key not found',
    'The card has no key with that reference.',
    'CARD_FILE_NOT_FOUND',
  ],
  [SW.FILE_EXISTS]: [
    'a file with that identifier exists already',
    'Choose another file identifier, or delete the file first.',
  ],
  [SW.WRONG_P1P2]: ['P1 or P2 wrong, or offset outside the file', TRACE],
  [SW.INS_NOT_SUPPORTED]: [
    'the card does not know the instruction',
    'The card may be in another mode (2G or 3G), or not be a UICC.',
  ],
  [SW.CLA_NOT_SUPPORTED]: ['the card does not know the class', 'Try the other mode: --mode 2g or --mode 3g.'],
  [SW.TECHNICAL_PROBLEM]: [
    'technical problem without diagnosis',
    'Reset the card and try once more; set it aside if it stays.',
  ],
  37632: ['the SIM toolkit is busy', 'Try again.'],
  [SW_2G.MEMORY_PROBLEM]: [
    'memory problem in the card',
    'Set the card aside: its memory may be worn.',
    'CARD_MEMORY',
  ],
  [SW_2G.NO_EF_SELECTED]: ['no EF is selected', 'Select the file first.'],
  [SW_2G.OUT_OF_RANGE]: [
    'outside the file: wrong offset or record number',
    'Compare the file size with what was asked for.',
    'CARD_RECORD_NOT_FOUND',
  ],
  [SW_2G.FILE_NOT_FOUND]: ['file not found', 'Compare the path with `card inspect`.', 'CARD_FILE_NOT_FOUND'],
  [SW_2G.FILE_INCONSISTENT]: [
    'the command does not fit the file structure',
    'A record file was taken for a transparent one, or the reverse.',
  ],
  [SW_2G.NO_CHV_INITIALISED]: ['no CHV is initialised', 'The card has no such PIN.', 'SECURITY_PIN_UNUSABLE'],
  [SW_2G.ACCESS_DENIED]: ['access denied, or CHV wrong with tries left', KEY, 'SECURITY_ACCESS_DENIED'],
  [SW_2G.CONTRADICTION_CHV]: [
    'contradiction with the CHV status',
    'The CHV is disabled, or verified already.',
    'SECURITY_PIN_UNUSABLE',
  ],
  [SW_2G.CONTRADICTION_INVALIDATION]: [
    'contradiction with the invalidation status',
    'The file is invalidated; rehabilitate it first.',
  ],
  [SW_2G.BLOCKED]: ['the CHV is blocked', UNBLOCK, 'SECURITY_BLOCKED'],
};

const BY_FIRST_OCTET: Readonly<Record<number, Row>> = {
  97: ['done, an answer waits', ''],
  98: ['done, with a warning', TRACE],
  99: ['done, with a warning', TRACE],
  103: ['wrong length', TRACE],
  108: ['wrong length expected', TRACE],
  145: ['done, a proactive command waits', ''],
  146: ['done, after internal retries', ''],
  158: ['done, an answer waits after an error of the application', ''],
  159: ['done, an answer waits', ''],
  107: ['P1 or P2 wrong, or offset outside the file', TRACE],
  109: [
    'the card does not know the instruction',
    'The card may be in another mode (2G or 3G), or not be a UICC.',
  ],
  110: ['the card does not know the class', 'Try the other mode: --mode 2g or --mode 3g.'],
  111: ['technical problem without diagnosis', 'Reset the card and try once more; set it aside if it stays.'],
};

/**
 * What a status word says and what to do next.
 *
 * @example
 * explainStatus(0x63c2).tries // → 2
 * explainStatus(0x6a82).code // → 'CARD_FILE_NOT_FOUND'
 */
export function explainStatus(sw: number): StatusMeaning {
  if ((sw & 0xfff0) === 0x63c0) {
    const tries = sw & 0x0f;
    const meaning =
      tries === 0
        ? 'verification failed, no try left'
        : `verification failed or not done, ${tries} ${tries === 1 ? 'try' : 'tries'} left`;
    const code = tries === 0 ? 'SECURITY_BLOCKED' : 'SECURITY_PIN_WRONG';
    return { sw, meaning, next: tries === 0 ? UNBLOCK : 'Check the value before another try.', code, tries };
  }
  const row =
    EXACT[sw] ?? BY_FIRST_OCTET[sw >> 8] ?? (['a status word that no standard here defines', TRACE] as const);
  return { sw, meaning: row[0], next: row[1], code: row[2] ?? 'CARD_STATUS' };
}

/**
 * Whether the command was carried out: 9000, 61xx, 9Fxx, 91xx, or 920x (done after internal retries).
 *
 * @example [0x9000, 0x9f0f, 0x6982].map(isDone) // → [true, true, false]
 */
export function isDone(sw: number): boolean {
  const first = sw >> 8;
  return sw === SW.OK || first === 0x61 || first === 0x9f || first === 0x91 || (sw & 0xfff0) === 0x9200;
}

/**
 * The typed error for a status word.
 *
 * @param action what was asked of the card, for example `SELECT 3F00/7F50`
 * @example statusError(0x6982, 'READ BINARY 6431').code // → 'SECURITY_ACCESS_DENIED'
 */
export function statusError(sw: number, action: string, details: ErrorDetails = {}): SimbootError {
  const { meaning, next, code, tries } = explainStatus(sw);
  const options = {
    details: { sw: hex16(sw), action, ...(tries === undefined ? {} : { tries }), ...details },
    ...(next === '' ? {} : { next }),
  };
  const message = `${action}: ${meaning} (status word ${hex16(sw)})`;
  return code.startsWith('SECURITY_')
    ? new SecurityError(code as SecurityErrorCode, message, options)
    : new CardError(code as CardErrorCode, message, options);
}
