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
  READER_NONE: {
    meaning: 'No reader is connected.',
    next: 'Connect a reader, or use a simulated card: --reader sim:PROFILE.',
  },
  READER_AMBIGUOUS: {
    meaning: 'More than one reader fits.',
    next: 'Name one with --reader NAME or --reader INDEX (`simboot readers` lists them), or use all with --reader all.',
  },
  READER_PCSC_BINDING_MISSING: {
    meaning: 'The PC/SC binding (npm package pcsclite) is not installed or cannot be loaded.',
    next: 'Install the PC/SC packages that the message names, then run `npm install` again; sim: readers work without.',
  },
  READER_SERVICE_DOWN: {
    meaning: 'The PC/SC service is not running, or stopped during the work.',
    next: 'Start it (`sudo systemctl start pcscd.socket`, or `sudo pcscd` where there is no systemd) and run the command again.',
  },
  READER_SERVICE_DENIED: {
    meaning: 'The PC/SC service refuses this user.',
    next: 'Run from a local session, or allow org.debian.pcsc-lite.access_pcsc and access_card for this user in polkit.',
  },
  READER_IN_USE: {
    meaning: 'Another program uses the reader.',
    next: 'End the other program (browsers, gpg-agent and opensc tools keep readers open) and run the command again.',
  },
  READER_CARD_REMOVED: {
    meaning: 'The card was removed while it was in use.',
    next: 'Insert the card again and repeat the whole operation; inspect the card first if it was being written.',
  },
  READER_VANISHED: {
    meaning: 'The reader was unplugged, or its driver gave up.',
    next: 'Check the cable and the power of the USB hub; `simboot readers` shows what is there.',
  },
  READER_CARD_MUTE: {
    meaning: 'The card does not answer.',
    next: 'Check that it is inserted the right way up and its contacts are clean; a card that stays mute is defective.',
  },
  READER_PROTOCOL_MISMATCH: {
    meaning: 'The card does not speak the wanted protocol, or another program has chosen another one.',
    next: 'Let the protocol be chosen freely, or end the program that shares the card.',
  },
  READER_CARD_RESET: {
    meaning: 'Another program reset the shared card, so its selected files and PIN states are gone.',
    next: 'Use exclusive sharing, or end the other program, and repeat the whole operation.',
  },
  READER_CLOSED: {
    meaning: 'The connection to the card was closed already.',
    next: 'Open the reader again; a closed connection never comes back.',
  },
  READER_FAILED: {
    meaning: 'The PC/SC service reported a failure that simboot has no special advice for.',
    next: 'The message holds its own words; `pcscd --foreground --debug` tells more.',
  },
  READER_VPCD_UNREACHABLE: {
    meaning: 'Nothing listens where the virtual reader (vpcd) should be.',
    next: 'Install vsmartcard-vpcd and start pcscd; its two slots listen on TCP 35963 and 35964.',
  },
  READER_FARM_UNREACHABLE: {
    meaning: 'The farm of simulated readers is not there, or ended.',
    next: 'Start it with `simboot sim farm --socket PATH`, and name the same path: farm:PATH.',
  },
  READER_HANDLER: {
    meaning: 'The handler that moves cards did not do so: its command failed, or took too long.',
    next: 'Look at the machine and at what its command said; the card is where it was. The slot goes on after a re-seat.',
  },
} as const;

export type ReaderErrorCode = keyof typeof READER_ERRORS;

/** The reader, the service behind it or the contact to the card fails: who runs the reader must act. */
export class ReaderError extends SimbootError {
  readonly kind = 'reader';
  constructor(code: ReaderErrorCode, message: string, options?: ErrorOptions) {
    super(code, READER_ERRORS[code], message, options);
  }
}
