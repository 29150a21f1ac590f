import { type ErrorOptions, SimbootError } from './error.js';

/** Keys, PINs, access rules and secure channels. Exit code 4. */
export const SECURITY_ERRORS = {
  SECURITY_ACCESS_DENIED: {
    meaning: 'An access rule of the card forbids the operation, or asks for a key that was not presented.',
    next: 'Present the key that the message names.',
  },
  SECURITY_PIN_WRONG: {
    meaning: 'The card refused a PIN or ADM; a try was spent.',
    next: 'Check the value and its notation (hex or ASCII) before another try.',
  },
  SECURITY_BLOCKED: {
    meaning: 'A PIN or ADM has no try left.',
    next: 'Do not try again; it takes the PUK, or the card issuer, to unblock it.',
  },
  SECURITY_PIN_UNUSABLE: {
    meaning: 'A PIN is disabled, not initialised, or cannot be used now.',
    next: 'Nothing needs to be presented where the PIN is disabled.',
  },
  SECURITY_LAST_TRY: {
    meaning: 'Only one try of a PIN or ADM is left, so nothing was presented.',
    next: 'Be sure of the value, then allow the last try explicitly (--allow-last-try).',
  },
  SECURITY_TRIES_UNKNOWN: {
    meaning: 'The card cannot tell how many tries of a PIN or ADM are left, so nothing was presented.',
    next: 'Be sure of the value, then consent explicitly (--consent-unknown-tries); it is presented once.',
  },
  SECURITY_PUSH_REFUSED: {
    meaning:
      'A protected bootstrap message is damaged, foreign, expired or was opened before. The reason is not told apart on purpose.',
    next: 'Push again: every push has a security association of its own.',
  },
  SECURITY_BSF_OPEN: {
    meaning: 'A BSF would give keys of subscribers to anybody who reaches it.',
    next: 'Name the NAFs that may ask, each with a password (--naf), or listen on 127.0.0.1.',
  },
  SECURITY_AUTN: {
    meaning: 'A USIM refused an authentication token: its MAC is not made with the key of this subscription.',
    next: 'Check that the authentication centre has K and OPc (or TOPc) of this card; the challenge is spent.',
  },
  SECURITY_KEY_WIPED: {
    meaning: 'A key was used after it was wiped.',
    next: 'Open the key set, or the secure channel, again.',
  },
  SECURITY_KEY_CUSTODY: {
    meaning: 'A key store does not let its key be used that way.',
    next: 'Use a key set in another store, or allow the use in the module.',
  },
  SECURITY_KEY_CHECK: {
    meaning: 'A key check value differs, so the key is not the expected one.',
    next: 'Compare the key check values of both sides before anything else is done with that key.',
  },
  SECURITY_SCP_PARAMETERS: {
    meaning: 'The card answered INITIALIZE UPDATE with another protocol, mode or parameter than asked for.',
    next: 'Compare the mode (S8 or S16), key version and security level with the card profile; no try was spent.',
  },
  SECURITY_KEY_VERSION: {
    meaning: 'The security domain has no key set of that version.',
    next: 'Look at the key information template (GET DATA 00E0); no try was spent.',
  },
  SECURITY_CARD_CRYPTOGRAM: {
    meaning: 'The card did not prove knowledge of the keys, so nothing was authenticated.',
    next: 'Check key set, key version and diversification; no try was spent, the card is as before.',
  },
  SECURITY_CARD_CHALLENGE: {
    meaning: 'A pseudo-random card challenge is not the one that key, counter and application give.',
    next: 'Check the AID that is selected and Key-ENC; no try was spent.',
  },
  SECURITY_AUTHENTICATION_REFUSED: {
    meaning: 'The card refused to open the secure channel; the message says whether a try was spent.',
    next: 'Do not repeat it before keys and security level are checked: cards block their keys.',
  },
  SECURITY_RESPONSE: {
    meaning: 'A response in the secure channel is not what the card sent: wrong MAC, padding or protection.',
    next: 'The channel is closed for good. Reset the card, then open a new channel and record it with --trace.',
  },
  SECURITY_SESSION_BROKEN: {
    meaning: 'The secure channel ended, and cannot be used again.',
    next: 'Select the application and open a new secure channel.',
  },
  SECURITY_KEYSTORE_DAMAGED: {
    meaning: 'A key store file is not whole: its checksum, format or parameters are wrong.',
    next: 'Restore the file from a copy; the passphrase was not tried.',
  },
  SECURITY_KEYSTORE_PASSPHRASE: {
    meaning: 'The passphrase does not open the key store, or somebody altered the file on purpose.',
    next: 'Check the passphrase; restore the file from a copy if the passphrase is right.',
  },
  SECURITY_PKCS11: {
    meaning: 'A PKCS#11 module, token or session does not do what was asked.',
    next: 'The message names the PKCS#11 return code; check the module, its token and the attributes of the key.',
  },
  SECURITY_PKCS11_PIN: {
    meaning: 'The token refused the PIN; a try was spent.',
    next: 'Check the PIN before another try: tokens block it.',
  },
  SECURITY_KEY_ROTATION: {
    meaning: 'A key rotation did not come to its end, or found a card with neither key set.',
    next: 'The message says which key set is live; run the rotation again to go on from there.',
  },
  SECURITY_KEY_MISMATCH: {
    meaning:
      'A card does not have the keys that the job expects on it; nothing was changed and no try was spent.',
    next: 'Check key set, version and diversification of the job before more cards are put in.',
  },
  SECURITY_SEALED: {
    meaning: 'A sealed value does not open: another key, another place, or it was altered.',
    next: 'Check the key, and that row and column are those the value was sealed for.',
  },
  SECURITY_LINE_ACCESS: {
    meaning:
      'A request to the interface of the line came without its token, with another one, or from a foreign web page.',
    next: 'Send `Authorization: Bearer` with the token that the line was started with (--token).',
  },
  SECURITY_STORE_KEY: {
    meaning: 'The store key is missing, has a wrong length, or is not the one that this store was made with.',
    next: 'Give the key that the store was made with; without it the credentials in it cannot be read.',
  },
  SECURITY_CHECKPOINT_KEY: {
    meaning: 'The key for signed checkpoints of a journal cannot be used.',
    next: 'Make a pair with `simboot journal key FILE`; stations sign with FILE, auditors verify with FILE.pub.',
  },
} as const;

export type SecurityErrorCode = keyof typeof SECURITY_ERRORS;

/** A PIN, a key or a cryptogram is wrong, missing, blocked or not to be risked: the holder of the keys must act. */
export class SecurityError extends SimbootError {
  readonly kind = 'security';
  constructor(code: SecurityErrorCode, message: string, options?: ErrorOptions) {
    super(code, SECURITY_ERRORS[code], message, options);
  }
}
