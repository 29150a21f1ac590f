/** Instructions of a card with a security domain, by what is selected (GPC 2.3.1 §11, Amendment D §7). */
import { SW } from '../../apdu/index.js';
import type { Selection } from '../files/select.js';
import { type CommandClass, INS_SELECT, type Instruction, readInstruction } from '../machine/dispatch.js';
import type { Answer, Command, Machine } from '../machine/machine.js';
import { deleteKey } from './commands/delete.js';
import { getData } from './commands/get-data.js';
import { getStatus } from './commands/get-status.js';
import { externalAuthenticate, initializeUpdate } from './commands/handshake.js';
import { putKey } from './commands/put-key.js';
import { beginRmacSession, endRmacSession } from './commands/r-mac.js';
import { storeData } from './commands/store-data.js';

const INS = {
  INITIALIZE_UPDATE: 0x50,
  MANAGE_CHANNEL: 0x70,
  END_R_MAC: 0x78,
  BEGIN_R_MAC: 0x7a,
  EXTERNAL_AUTHENTICATE: 0x82,
  GET_DATA: 0xca,
  PUT_KEY: 0xd8,
  STORE_DATA: 0xe2,
  DELETE: 0xe4,
  GET_STATUS: 0xf2,
} as const;

type SessionCommand = (machine: Machine, command: Command, channel: number) => Answer;

/** The handshake: of every application that is associated with the domain. */
const HANDSHAKE: Readonly<Record<number, Instruction>> = {
  [INS.INITIALIZE_UPDATE]: incoming(initializeUpdate),
  [INS.EXTERNAL_AUTHENTICATE]: incoming(externalAuthenticate),
};

/** Commands of an open session, whichever application it belongs to. */
const SESSION: Readonly<Record<number, Instruction>> = {
  [INS.BEGIN_R_MAC]: inSession(beginRmacSession, SW.CONDITIONS_NOT_SATISFIED),
  [INS.END_R_MAC]: inSession(endRmacSession, SW.CONDITIONS_NOT_SATISFIED),
};

const DOMAIN: Readonly<Record<number, Instruction>> = {
  [INS.GET_DATA]: { ...incoming(getData), direction: 'out' },
  [INS.PUT_KEY]: authenticated(putKey),
  [INS.STORE_DATA]: authenticated(storeData),
  [INS.DELETE]: authenticated(deleteKey),
  [INS.GET_STATUS]: authenticated(getStatus),
};

function incoming(run: Instruction['run']): Instruction {
  return { direction: 'in', classes: 'proprietary', run, answersWithoutLe: true };
}

/** For commands whose least security level is AUTHENTICATED (GPC 2.3.1 table 11-2). */
function authenticated(run: SessionCommand): Instruction {
  return inSession(run, SW.SECURITY_STATUS_NOT_SATISFIED);
}

function inSession(run: SessionCommand, otherwise: number): Instruction {
  return incoming((machine, _at, command, channel) =>
    machine.domain?.session(channel)?.state === 'open' ? run(machine, command, channel) : { sw: otherwise },
  );
}

/** As `readInstruction`, with the domain in mind. While the domain is selected there are no files. */
export function instructionFor(
  machine: Machine,
  at: Selection,
  where: CommandClass,
  ins: number,
): Instruction | number {
  if (machine.domain === undefined || where.mode === '2g') return readInstruction(where, ins);
  if (where.proprietary && HANDSHAKE[ins] !== undefined) {
    const isFitting = where.secured === (ins === INS.EXTERNAL_AUTHENTICATE);
    return isFitting ? HANDSHAKE[ins] : SW.CLA_NOT_SUPPORTED;
  }
  if (where.proprietary && SESSION[ins] !== undefined) return SESSION[ins];
  if (!at.inDomain) return readInstruction(where, ins);
  if (where.proprietary) return DOMAIN[ins] ?? SW.INS_NOT_SUPPORTED;
  if (ins === INS_SELECT || ins === INS.MANAGE_CHANNEL) return readInstruction(where, ins);
  if (ins === INS.GET_DATA) return DOMAIN[ins]!;
  return DOMAIN[ins] === undefined ? SW.INS_NOT_SUPPORTED : SW.CLA_NOT_SUPPORTED;
}
