import { type ErrorOptions, SimbootError } from './error.js';

/** Mistakes of the caller: options, files, profiles, arguments of the library. Exit code 2. */
export const USAGE_ERRORS = {
  USAGE_ARGUMENT: {
    meaning: 'An argument or option has a wrong kind, size or value.',
    next: 'Correct the argument; `--help` shows the accepted forms.',
  },
  USAGE_FILE_UNREADABLE: {
    meaning: 'A file named on the command line cannot be read.',
    next: 'Check the path and its permissions.',
  },
  USAGE_FILE_UNWRITABLE: {
    meaning: 'A file named on the command line cannot be written.',
    next: 'Check the directory, its permissions and the free space.',
  },
  USAGE_SECRET_SOURCE: {
    meaning: 'A key, PIN or passphrase was not given in one of the accepted ways.',
    next: 'Use @file, env:NAME, fd:N or - (standard input).',
  },
  USAGE_PROFILE_UNKNOWN: {
    meaning: 'No simulated card profile has that name.',
    next: '`simboot sim profiles` lists the profiles; a path to a YAML file works too.',
  },
  USAGE_CARD_CLOSED: {
    meaning: 'The logical channel of a card was used after it was closed.',
    next: 'Open the card or the logical channel again.',
  },
  USAGE_PROFILE_INVALID: {
    meaning: 'The file of a simulated card profile is wrong.',
    next: 'Correct the line that the message names; the built-in profiles are examples.',
  },
  USAGE_SIMULATOR_OPTION: {
    meaning: 'An option of a simulated reader is unknown or has a wrong value.',
    next: '`simboot sim profiles` lists the profiles and the options.',
  },
  USAGE_SIMULATOR_STATE: {
    meaning: 'The state file of a simulated card cannot be used.',
    next: 'Remove the file to start with a fresh card, or name the profile that it belongs to.',
  },
  USAGE_KEY_SET: {
    meaning: 'A key store has no key set of that name, or has one already where a new one was to go.',
    next: '`simboot keys list` lists the key sets.',
  },
  USAGE_STORE_BINDING: {
    meaning: 'The package that a store needs is not installed or not built for this Node.',
    next: 'Run `npm install better-sqlite3` (it needs a C++ compiler where no binary is offered), or use a PostgreSQL store.',
  },
  USAGE_STORE_OPEN: {
    meaning:
      'A store cannot be opened: wrong address, directory, permissions, password, or no store of simboot.',
    next: 'Correct what the message names; a store is sqlite:FILE, postgres://USER@HOST/DATABASE or memory.',
  },
  USAGE_STORE_VERSION: {
    meaning: 'A store was written by a newer simboot.',
    next: 'Use the newer simboot, or restore a copy from before the update.',
  },
  USAGE_STORE_FULL: {
    meaning: 'The store has no room left; the step was not written, and what was there before is whole.',
    next: 'Make room on the disk of the store; the server goes on by itself.',
  },
  USAGE_STORE_FAILED: {
    meaning: 'The store broke off in the middle of a step; nothing of that step is acknowledged.',
    next: 'Check the disk or the database server; the message says what it reported.',
  },
  USAGE_ACCOUNT_IDENTITY: {
    meaning: 'A PSK identity, user name or certificate belongs to another account of the server already.',
    next: 'Give every account an identity of its own, or remove the other account.',
  },
  USAGE_SUBSCRIBER: {
    meaning: 'A subscriber of the BSF contradicts another one, or is not known to it.',
    next: 'Correct the row in the message; IMPI and public identities are unique.',
  },
  USAGE_CAMPAIGN: {
    meaning: 'There is no such campaign of pushes, or it was begun for another server.',
    next: 'Name the campaign, store and server that it was begun with, or begin one with a list of devices.',
  },
  USAGE_SCRIPT: {
    meaning: 'A script for a device is wrong.',
    next: 'Correct the line and column in the message; docs/scripts.md has the whole format.',
  },
  USAGE_COMMAND: {
    meaning: 'A command for a device cannot be sent as it is (DM 2.0 §5.3, §6).',
    next: 'Correct the parameter that the message names.',
  },
  USAGE_STATE_FOLDER: {
    meaning: 'The folder of a device cannot be used: another process has it, or it cannot be written.',
    next: 'End the other process, make room, or name another folder; what was saved before is whole.',
  },
  USAGE_BATCH_EXISTS: {
    meaning: 'A batch of that name is in the store already.',
    next: '`simboot batch resume` goes on with it; another batch needs another name.',
  },
  USAGE_BATCH_INPUT: {
    meaning: 'The input of a batch changed while it was read; nothing was loaded.',
    next: 'Wait until the file is whole, then begin again.',
  },
  USAGE_BATCH_UNKNOWN: {
    meaning: 'The store has no batch of that name, or the batch is not in a state for this.',
    next: '`simboot batch status` lists the batches of a store.',
  },
  USAGE_LINE_CONFLICT: {
    meaning: 'Another process changed the record or card in the meantime.',
    next: 'Read its state again with `simboot batch status`, then repeat.',
  },
  USAGE_LINE_FENCED: {
    meaning:
      'Another process has become this station, or the station was given up for dead; nothing was written.',
    next: 'Let one process run per station name; give this one another name or end the other.',
  },
  USAGE_LINE_CLOCK: {
    meaning: 'The clock of this machine is behind the last entry of the journal.',
    next: 'Set the clock right, then start again; entries must not go back in time.',
  },
  USAGE_LINE_SLOT: {
    meaning: 'The line has no such slot, or the slot is not in a state for this.',
    next: 'The board and `simboot batch status` list the slots and their states.',
  },
  USAGE_BATCH_JOB: {
    meaning:
      'The job is not the one that the batch was begun with: another file, or the same one changed meanwhile.',
    next: 'Name the job that the batch was begun with, to the octet; a changed job makes another batch.',
  },
  USAGE_HOOK: {
    meaning: 'A command of the job that moves cards (`hooks`) is missing or cannot be read.',
    next: 'Correct `hooks` in the job: `get`, `good` and `bad`, each a program with its words.',
  },
  USAGE_LINE_REQUEST: {
    meaning:
      'A line controller asks what the interface of the line does not have, or in a form that it does not take.',
    next: 'Correct the part of the request that the message names; docs/line-api.md lists them all.',
  },
  USAGE_REMAKE: {
    meaning:
      'A remake, scrap or release of a record was refused: who asks, who approves or what became of the card is missing.',
    next: 'Give the reason, two different persons, and the record of the destruction of the first card.',
  },
} as const;

export type UsageErrorCode = keyof typeof USAGE_ERRORS;

/** The caller asks for what cannot be: a wrong argument, option or file name. */
export class UsageError extends SimbootError {
  readonly kind = 'usage';
  constructor(code: UsageErrorCode, message: string, options?: ErrorOptions) {
    super(code, USAGE_ERRORS[code], message, options);
  }
}
