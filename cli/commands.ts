/**
 * Every command, by name. To add one:
 *
 * 1. Write `cli/commands/<group>-<name>.ts` (or `<name>.ts` without a group) that exports
 *    `register(parent: Command, cli: CliContext): void`. It calls `parent.command('<name>')` with description, options
 *    and an async action, and `examples(command, [[line, what], …])` of `../help.js`. The action parses, calls one
 *    library function, and renders with `cli.result(document, () => text)`. It throws the library's typed errors as
 *    they are; `cli.finish(EXIT.DIFFERENCES)` sets 6, `cli.finish(EXIT.SOME_FAILED)` sets 5.
 * 2. Add one line to COMMANDS: name (`'card inspect'`), description, and `load: () => import('./commands/…js')`.
 *    A new group also gets a line in GROUPS.
 *
 * The module is imported only when its command runs or its help is shown, so start-up stays fast: a module imports
 * its heavy rooms at its top as usual, and never from `commands.ts`.
 */
import type { Command } from 'commander';
import type { CliContext } from './context.js';

interface CommandModule {
  /** `parent` is the program, or the group's command for names of two words. */
  register(parent: Command, cli: CliContext): void;
}

export interface CommandEntry {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<CommandModule>;
}

export const GROUPS: Readonly<Record<string, string>> = {
  mo: 'management objects: addresses, definitions, instances',
  card: 'read, write and verify cards',
  bootstrap: 'bootstrap documents: create, validate, show, protect, push',
  sim: 'simulated cards',
  pkcs15: 'PKCS#15 files: decode, encode',
  keys: 'keys: check values, diversification, key stores',
  scp03: 'the secure channel of GlobalPlatform',
  server: 'a DM server: run it, give it accounts and scripts, see what came back',
  notification: 'DM notifications (Package#0): encode, decode, send',
  client: 'a device of OMA DM 2.0',
  gba: 'keys of the Generic Bootstrapping Architecture',
  batch: 'the factory line: check, run, resume, outputs, reports, audits, remakes',
  journal: 'journals of a line: export, verify without the store, keys of checkpoints',
  bsf: 'a bootstrapping server function for pushes',
};

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'demo',
    description: 'the whole chain on simulated cards, no hardware, told step by step',
    load: () => import('./commands/demo.js'),
  },
  {
    name: 'readers',
    description: 'list the card readers and the cards in them',
    load: () => import('./commands/readers.js'),
  },
  {
    name: 'completion',
    description: 'print a completion script for bash, zsh or fish',
    load: () => import('./commands/completion.js'),
  },
  {
    name: 'card info',
    description: 'who the card is: ATR, mode, ICCID, applications, PINs and their tries, files',
    load: () => import('./commands/card-info.js'),
  },
  {
    name: 'card inspect',
    description: 'read everything about the bootstrap of a card, and what is odd in it',
    load: () => import('./commands/card-inspect.js'),
  },
  {
    name: 'card write',
    description: 'write a bootstrap document to a card and read it back',
    load: () => import('./commands/card-write.js'),
  },
  {
    name: 'card verify',
    description: 'compare every octet and attribute of a card with what was ordered',
    load: () => import('./commands/card-verify.js'),
  },
  {
    name: 'card erase',
    description: 'set every octet of EF DM_Bootstrap to FF, and read it back',
    load: () => import('./commands/card-erase.js'),
  },
  {
    name: 'card create-files',
    description: 'create the PKCS#15 application and its files (3G mode, with the ADM)',
    load: () => import('./commands/card-create-files.js'),
  },
  {
    name: 'card apdu',
    description: 'send command APDUs and show the answers',
    load: () => import('./commands/card-apdu.js'),
  },
  {
    name: 'bootstrap create',
    description: 'make a bootstrap document from a description or options',
    load: () => import('./commands/bootstrap-create.js'),
  },
  {
    name: 'bootstrap validate',
    description: 'check a bootstrap document',
    load: () => import('./commands/bootstrap-validate.js'),
  },
  {
    name: 'bootstrap show',
    description: 'show a bootstrap document, secrets as a length',
    load: () => import('./commands/bootstrap-show.js'),
  },
  {
    name: 'bootstrap protect',
    description: 'encrypt and authenticate a document under DMBIK and DMBEK',
    load: () => import('./commands/bootstrap-protect.js'),
  },
  {
    name: 'bootstrap unprotect',
    description: 'verify a protected message, then decrypt it',
    load: () => import('./commands/bootstrap-unprotect.js'),
  },
  {
    name: 'bootstrap push',
    description: 'bootstrap devices that have nothing but a SIM, over GBA push',
    load: () => import('./commands/bootstrap-push.js'),
  },
  {
    name: 'sim profiles',
    description: 'list the simulated cards and the options of simulated readers',
    load: () => import('./commands/sim-profiles.js'),
  },
  {
    name: 'sim start',
    description: 'put a simulated card into a virtual PC/SC reader',
    load: () => import('./commands/sim-start.js'),
  },
  {
    name: 'sim farm',
    description: 'many simulated readers with a stack of blanks behind a socket',
    load: () => import('./commands/sim-farm.js'),
  },
  {
    name: 'client run',
    description: 'be a device: bootstrap, sessions, the commands of servers',
    load: () => import('./commands/client-run.js'),
  },
  {
    name: 'pkcs15 decode',
    description: 'show the entries of a PKCS#15 file',
    load: () => import('./commands/pkcs15-decode.js'),
  },
  {
    name: 'pkcs15 encode',
    description: 'make a PKCS#15 file from its entries',
    load: () => import('./commands/pkcs15-encode.js'),
  },
  {
    name: 'keys kcv',
    description: 'key check value of an AES key',
    load: () => import('./commands/keys-kcv.js'),
  },
  {
    name: 'keys diversify',
    description: 'the keys of one card from a master key',
    load: () => import('./commands/keys-diversify.js'),
  },
  {
    name: 'keys import',
    description: 'put a key set into a key store',
    load: () => import('./commands/keys-import.js'),
  },
  {
    name: 'keys list',
    description: 'the key sets of a key store, by check value',
    load: () => import('./commands/keys-list.js'),
  },
  {
    name: 'keys rotate',
    description: 'replace a key set of a card; can be interrupted anywhere',
    load: () => import('./commands/keys-rotate.js'),
  },
  {
    name: 'gba derive',
    description: 'from CK and IK to DMBIK and DMBEK',
    load: () => import('./commands/gba-derive.js'),
  },
  {
    name: 'gba kdf',
    description: 'the key derivation function of TS 33.220 Annex B',
    load: () => import('./commands/gba-kdf.js'),
  },
  {
    name: 'gba push-info',
    description: 'ask a BSF for the push information of one device',
    load: () => import('./commands/gba-push-info.js'),
  },
  {
    name: 'bsf start',
    description: 'run a small BSF until it is interrupted',
    load: () => import('./commands/bsf-start.js'),
  },
  {
    name: 'milenage',
    description: 'f1 to f5* of Milenage for one challenge',
    load: () => import('./commands/milenage.js'),
  },
  {
    name: 'tuak',
    description: 'f1 to f5* of TUAK for one challenge',
    load: () => import('./commands/tuak.js'),
  },
  {
    name: 'scp03 info',
    description: 'what a security domain tells, without keys and with them',
    load: () => import('./commands/scp03-info.js'),
  },
  {
    name: 'scp03 replay',
    description: 'recompute recorded secure channel sessions',
    load: () => import('./commands/scp03-replay.js'),
  },
  {
    name: 'mo resolve',
    description: 'the nodes that a ClientURI names',
    load: () => import('./commands/mo-resolve.js'),
  },
  {
    name: 'mo validate',
    description: 'check MO instances against their definitions',
    load: () => import('./commands/mo-validate.js'),
  },
  {
    name: 'mo tree',
    description: 'draw MO instances or a device description (DDF)',
    load: () => import('./commands/mo-tree.js'),
  },
  {
    name: 'notification encode',
    description: 'make a DM notification',
    load: () => import('./commands/notification-encode.js'),
  },
  {
    name: 'notification decode',
    description: 'show a DM notification and check its digest',
    load: () => import('./commands/notification-decode.js'),
  },
  {
    name: 'notification send',
    description: 'send a DM notification over UDP or Firebase, or print its SMS',
    load: () => import('./commands/notification-send.js'),
  },
  {
    name: 'server start',
    description: 'run a DM server until it is interrupted',
    load: () => import('./commands/server-start.js'),
  },
  {
    name: 'server import',
    description: 'put accounts of cards into the store of a server',
    load: () => import('./commands/server-import.js'),
  },
  {
    name: 'server queue',
    description: 'queue a script for a device',
    load: () => import('./commands/server-queue.js'),
  },
  {
    name: 'server results',
    description: 'show devices, their scripts, and what came back',
    load: () => import('./commands/server-results.js'),
  },
  {
    name: 'batch check',
    description: 'check a job and every row of its input, and touch nothing',
    load: () => import('./commands/batch-check.js'),
  },
  {
    name: 'batch run',
    description: 'check and load a batch, and personalize its cards',
    load: () => import('./commands/batch-run.js'),
  },
  {
    name: 'batch resume',
    description: 'go on with a batch of the store, after a stop or a loss of power',
    load: () => import('./commands/batch-resume.js'),
  },
  {
    name: 'batch status',
    description: 'the batches of a store, and the records that need somebody',
    load: () => import('./commands/batch-status.js'),
  },
  {
    name: 'batch export',
    description: 'write the output files of a job: server, laser, box',
    load: () => import('./commands/batch-export.js'),
  },
  {
    name: 'batch audit',
    description: 'read finished cards back, and prove or refute them',
    load: () => import('./commands/batch-audit.js'),
  },
  {
    name: 'batch report',
    description: 'durations, yield, reasons, and whether everything is accounted for',
    load: () => import('./commands/batch-report.js'),
  },
  {
    name: 'batch remake',
    description: 'give a record another card, with a second person’s approval',
    load: () => import('./commands/batch-remake.js'),
  },
  {
    name: 'batch scrap',
    description: 'give up the card of a quarantined record, or take a free record out',
    load: () => import('./commands/batch-scrap.js'),
  },
  {
    name: 'journal export',
    description: 'write the journals of stations into files',
    load: () => import('./commands/journal-export.js'),
  },
  {
    name: 'journal verify',
    description: 'verify exported journals without the store',
    load: () => import('./commands/journal-verify.js'),
  },
  {
    name: 'journal key',
    description: 'make a key pair for signed checkpoints',
    load: () => import('./commands/journal-key.js'),
  },
];
