/** Class and instruction to command (TS 102 221 §10.1.1, §10.1.2, table 10.5; TS 51.011 §9.2). */
import { CLA_2G, SW } from '../../apdu/index.js';
import {
  changeState,
  createFile,
  deleteFile,
  resizeFile,
  terminateFile,
} from '../commands/administration.js';
import { authenticate } from '../commands/authenticate.js';
import { readBinary, updateBinary } from '../commands/binary.js';
import { manageChannel } from '../commands/channel.js';
import { changeChv, switchChv, unblockChv, verifyChv } from '../commands/chv.js';
import {
  changeState2g,
  readBinary2g,
  readRecord2g,
  select2g,
  status2g,
  updateBinary2g,
  updateRecord2g,
} from '../commands/gsm.js';
import { changePin, disablePin, enablePin, unblockPin, verifyPin } from '../commands/pin.js';
import { readRecord, updateRecord } from '../commands/records.js';
import { select, status } from '../commands/select.js';
import type { Selection } from '../files/select.js';
import type { Answer, Command, Machine } from './machine.js';

/** What the class octet says. */
export type CommandClass =
  | { readonly mode: '2g'; readonly channel: 0 }
  | {
      readonly mode: '3g';
      readonly channel: number;
      readonly proprietary: boolean;
      readonly secured: boolean;
    };

/** Whether P3 is the length of data to the card or from it, and what carries the command out. */
export interface Instruction {
  readonly direction: 'in' | 'out';
  readonly classes: 'interindustry' | 'proprietary' | '2g';
  readonly run: (machine: Machine, at: Selection, command: Command, channel: number) => Answer;
  /** The answer comes over T=1 whether the command has an Le or not, as GlobalPlatform cards do it. */
  readonly answersWithoutLe?: boolean;
}

export const INS_GET_RESPONSE = 0xc0;
export const INS_SELECT = 0xa4;

const INS = {
  DEACTIVATE: 0x04,
  VERIFY: 0x20,
  CHANGE: 0x24,
  DISABLE: 0x26,
  ENABLE: 0x28,
  UNBLOCK: 0x2c,
  ACTIVATE: 0x44,
  MANAGE_CHANNEL: 0x70,
  AUTHENTICATE: 0x88,
  SELECT: INS_SELECT,
  READ_BINARY: 0xb0,
  READ_RECORD: 0xb2,
  RESIZE_FILE: 0xd4,
  UPDATE_BINARY: 0xd6,
  UPDATE_RECORD: 0xdc,
  CREATE_FILE: 0xe0,
  DELETE_FILE: 0xe4,
  TERMINATE_DF: 0xe6,
  TERMINATE_EF: 0xe8,
  STATUS: 0xf2,
} as const;

const INTERINDUSTRY: Readonly<Record<number, Instruction>> = {
  [INS.DEACTIVATE]: incoming((machine, at, command) => changeState(machine, at, command, 'deactivated')),
  [INS.VERIFY]: incoming((machine, _at, command) => verifyPin(machine, command)),
  [INS.CHANGE]: incoming((machine, _at, command) => changePin(machine, command)),
  [INS.DISABLE]: incoming((machine, _at, command) => disablePin(machine, command)),
  [INS.ENABLE]: incoming((machine, _at, command) => enablePin(machine, command)),
  [INS.UNBLOCK]: incoming((machine, _at, command) => unblockPin(machine, command)),
  [INS.ACTIVATE]: incoming((machine, at, command) => changeState(machine, at, command, 'activated')),
  [INS.MANAGE_CHANNEL]: outgoing((machine, _at, command, channel) =>
    manageChannel(machine, channel, command),
  ),
  [INS.AUTHENTICATE]: incoming(authenticate),
  [INS.SELECT]: incoming(select),
  [INS.READ_BINARY]: outgoing(readBinary),
  [INS.READ_RECORD]: outgoing(readRecord),
  [INS.UPDATE_BINARY]: incoming(updateBinary),
  [INS.UPDATE_RECORD]: incoming(updateRecord),
  [INS.CREATE_FILE]: incoming(createFile),
  [INS.DELETE_FILE]: incoming(deleteFile),
  [INS.TERMINATE_DF]: incoming((machine, at) => terminateFile(machine, at, 'df')),
  [INS.TERMINATE_EF]: incoming((machine, at) => terminateFile(machine, at, 'ef')),
};

const PROPRIETARY: Readonly<Record<number, Instruction>> = {
  [INS.RESIZE_FILE]: { ...incoming(resizeFile), classes: 'proprietary' },
  [INS.STATUS]: { ...outgoing(status), classes: 'proprietary' },
};

const GSM: Readonly<Record<number, Instruction>> = Object.fromEntries(
  Object.entries({
    [INS.DEACTIVATE]: outgoing((machine, at, command) => changeState2g(machine, at, command, 'deactivated')),
    [INS.VERIFY]: incoming((machine, _at, command) => verifyChv(machine, command)),
    [INS.CHANGE]: incoming((machine, _at, command) => changeChv(machine, command)),
    [INS.DISABLE]: incoming((machine, _at, command) => switchChv(machine, command, false)),
    [INS.ENABLE]: incoming((machine, _at, command) => switchChv(machine, command, true)),
    [INS.UNBLOCK]: incoming((machine, _at, command) => unblockChv(machine, command)),
    [INS.ACTIVATE]: outgoing((machine, at, command) => changeState2g(machine, at, command, 'activated')),
    [INS.SELECT]: incoming(select2g),
    [INS.READ_BINARY]: outgoing(readBinary2g),
    [INS.READ_RECORD]: outgoing(readRecord2g),
    [INS.UPDATE_BINARY]: incoming(updateBinary2g),
    [INS.UPDATE_RECORD]: incoming(updateRecord2g),
    [INS.STATUS]: outgoing(status2g),
  }).map(([ins, instruction]) => [ins, { ...instruction, classes: '2g' as const }]),
);

function incoming(run: Instruction['run']): Instruction {
  return { direction: 'in', classes: 'interindustry', run };
}

function outgoing(run: Instruction['run']): Instruction {
  return { direction: 'out', classes: 'interindustry', run };
}

/** The class octet, or a status word where no card takes it. */
export function readClass(cla: number): CommandClass | number {
  if (cla === CLA_2G) return { mode: '2g', channel: 0 };
  const first = (cla & 0x40) === 0;
  const known = first ? (cla & 0x30) === 0 : (cla & 0x10) === 0;
  if (!known)
    return (cla & 0x10) !== 0 && (cla & 0x20) === 0 ? SW_CHAINING_NOT_SUPPORTED : SW.CLA_NOT_SUPPORTED;
  if (cla === 0xff) return SW.CLA_NOT_SUPPORTED;
  const channel = first ? cla & 0x03 : (cla & 0x0f) + 4;
  const secured = first ? (cla & 0x0c) !== 0 : (cla & 0x20) !== 0;
  return { mode: '3g', channel, proprietary: (cla & 0x80) !== 0, secured };
}

const SW_CHAINING_NOT_SUPPORTED = 0x6884;

/** The command for an instruction in a class, or 6D00 (unknown) or 6E00 (known in another class). */
export function readInstruction(where: CommandClass, ins: number): Instruction | number {
  if (where.mode === '2g') return GSM[ins] ?? SW.INS_NOT_SUPPORTED;
  const [own, other] = where.proprietary ? [PROPRIETARY, INTERINDUSTRY] : [INTERINDUSTRY, PROPRIETARY];
  return own[ins] ?? (other[ins] === undefined ? SW.INS_NOT_SUPPORTED : SW.CLA_NOT_SUPPORTED);
}
