/** SELECT and STATUS in 3G mode (TS 102 221 §11.1.1, §11.1.2). */
import { SW } from '../../apdu/index.js';
import { encodeTlv } from '../../bytes/index.js';
import { fcpTemplate } from '../files/fcp.js';
import { applicationsByAid, type Df, FID_CURRENT_ADF, FID_MF, type FileNode } from '../files/node.js';
import { findByFid, findByPath, initialSelection, moveTo, type Selection } from '../files/select.js';
import type { Answer, Command, Machine } from '../machine/machine.js';
import { domainInformation } from '../security-domain/commands/select.js';

const P1 = { FID: 0x00, CHILD_DF: 0x01, PARENT: 0x03, AID: 0x04, FROM_MF: 0x08, FROM_CURRENT: 0x09 } as const;
const RETURN_MASK = 0x0c;
const RETURN = { FCI: 0x00, FCP: 0x04, NOTHING: 0x0c } as const;
const SESSION_MASK = 0x60;
const SESSION = { ACTIVATE: 0x00, TERMINATE: 0x40 } as const;
const AID_LENGTH = { MIN: 5, MAX: 16 } as const;

export function select(machine: Machine, at: Selection, command: Command, channel: number): Answer {
  const { p1, p2 } = command;
  const refused = refusedP2(machine, p2);
  if (refused !== undefined) return { sw: refused };
  if (p1 === P1.AID) return selectByAid(machine, at, command, channel);
  if ((p2 & ~RETURN_MASK) !== 0) return { sw: SW.INCORRECT_P1P2 };
  const found = findFile(machine, at, command);
  if (typeof found === 'number') return { sw: found };
  if (at.inDomain) leaveApplication(machine, at, channel);
  return arrive(machine, at, found, p2);
}

/** Cards differ in the variants of P2 that they take. */
function refusedP2(machine: Machine, p2: number): number | undefined {
  const { select: variants } = machine.behaviour;
  const wanted = p2 & RETURN_MASK;
  if ((p2 & 0x80) !== 0 || wanted === 0x08) return SW.INCORRECT_P1P2;
  if (wanted === RETURN.FCI && typeof variants.p2_00 === 'number') return variants.p2_00;
  if (wanted === RETURN.NOTHING && typeof variants.p2_0C === 'number') return variants.p2_0C;
  return undefined;
}

function findFile(machine: Machine, at: Selection, { p1, data }: Command): FileNode | number {
  switch (p1) {
    case P1.FID: {
      if (data.length === 0) return machine.mf;
      if (data.length !== 2) return SW.WRONG_LENGTH;
      return findByFid(machine.mf, at, fidAt(data, 0)) ?? SW.FILE_NOT_FOUND;
    }
    case P1.CHILD_DF: {
      if (data.length !== 2) return SW.WRONG_LENGTH;
      const child = findByPath(at.df, [fidAt(data, 0)]);
      return child?.kind === 'df' ? child : SW.FILE_NOT_FOUND;
    }
    case P1.PARENT:
      return data.length === 0 ? (at.df.parent ?? SW.FILE_NOT_FOUND) : SW.WRONG_LENGTH;
    case P1.FROM_MF:
    case P1.FROM_CURRENT:
      return findPath(machine.mf, at, p1, data);
    default:
      return SW.INCORRECT_P1P2;
  }
}

/** 3F00 is never part of a path; 7FFF at the start of a path from the MF is the current application. */
function findPath(mf: Df, at: Selection, p1: number, data: Uint8Array): FileNode | number {
  if (data.length === 0 || data.length % 2 !== 0) return SW.WRONG_LENGTH;
  const fids = Array.from({ length: data.length / 2 }, (_, i) => fidAt(data, 2 * i));
  if (p1 === P1.FROM_CURRENT) return findByPath(at.df, fids) ?? SW.FILE_NOT_FOUND;
  if (fids[0] === FID_MF) return SW.FILE_NOT_FOUND;
  if (fids[0] !== FID_CURRENT_ADF) return findByPath(mf, fids) ?? SW.FILE_NOT_FOUND;
  if (at.application === undefined) return SW.FILE_NOT_FOUND;
  return findByPath(at.application, fids.slice(1)) ?? SW.FILE_NOT_FOUND;
}

/** By AID, complete or cut off on the right; P2 says which occurrence, and whether the session ends. */
function selectByAid(machine: Machine, at: Selection, { p2, data }: Command, channel: number): Answer {
  if (machine.domain?.isNamed(data)) return selectDomain(machine, at, p2, channel);
  if (data.length === 0) {
    leaveApplication(machine, at, channel);
    moveTo(at, machine.mf);
    return arrive(machine, at, machine.mf, p2);
  }
  if (data.length < AID_LENGTH.MIN || data.length > AID_LENGTH.MAX) return { sw: SW.WRONG_DATA };
  const found = occurrence(applicationsByAid(machine.mf, data), at, p2 & 0x03);
  if (found === undefined) return { sw: machine.behaviour.select.unknownAid };
  const session = p2 & SESSION_MASK;
  if (session === SESSION.TERMINATE) return terminateSession(machine, at, found, channel);
  if (session !== SESSION.ACTIVATE) return { sw: SW.INCORRECT_P1P2 };
  if (at.application !== undefined && at.application !== found) machine.pins.forgetLocal();
  leaveApplication(machine, at, channel);
  at.application = found;
  return arrive(machine, at, found, p2);
}

function occurrence(applications: readonly Df[], at: Selection, which: number): Df | undefined {
  const current = at.application === undefined ? -1 : applications.indexOf(at.application);
  switch (which) {
    case 0x00:
      return applications[0];
    case 0x01:
      return applications.at(-1);
    case 0x02:
      return applications[current + 1];
    default:
      return current < 0 ? applications.at(-1) : applications[current - 1];
  }
}

/** The application is left and the channel stands at the MF again (TS 102 221 §11.1.1.2, table 11.2). */
function terminateSession(machine: Machine, at: Selection, application: Df, channel: number): Answer {
  if (at.application !== application) return { sw: SW.CONDITIONS_NOT_SATISFIED };
  machine.pins.forgetLocal();
  leaveApplication(machine, at, channel);
  Object.assign(at, initialSelection(machine.mf));
  return { sw: SW.OK };
}

/** The security domain: no files, so that the channel stands at the MF; a name in P2 b2 b1 finds one alone. */
function selectDomain(machine: Machine, at: Selection, p2: number, channel: number): Answer {
  if ((p2 & SESSION_MASK) !== SESSION.ACTIVATE) return { sw: SW.INCORRECT_P1P2 };
  if ((p2 & 0x03) !== 0) return { sw: machine.behaviour.select.unknownAid };
  if (at.application !== undefined) machine.pins.forgetLocal();
  leaveApplication(machine, at, channel);
  Object.assign(at, initialSelection(machine.mf), { inDomain: true });
  if ((p2 & RETURN_MASK) === RETURN.NOTHING) return { sw: SW.OK };
  return { sw: SW.OK, data: domainInformation(machine.domain!) };
}

/** The application session ends, and with it a secure channel (GPC Amendment D §5.6). */
function leaveApplication(machine: Machine, at: Selection, channel: number): void {
  at.inDomain = false;
  machine.domain?.terminate(channel);
}

function arrive(machine: Machine, at: Selection, node: FileNode, p2: number): Answer {
  moveTo(at, node);
  const sw =
    node.state === 'deactivated'
      ? SW.SELECTED_FILE_DEACTIVATED
      : node.state === 'terminated'
        ? 0x6285
        : SW.OK;
  const wanted = p2 & RETURN_MASK;
  if (wanted === RETURN.NOTHING) return { sw };
  const fci = wanted === RETURN.FCI && machine.behaviour.select.p2_00 === 'fci';
  const { pins, freeMemory } = machine;
  return { sw, data: fcpTemplate(node, { pins, freeMemory, fci }) };
}

/** STATUS: about the current directory, never about the EF (§11.1.2). */
export function status(machine: Machine, at: Selection, { p1, p2, data }: Command): Answer {
  if (data.length > 0) return { sw: SW.WRONG_LENGTH };
  if (p1 > 0x02) return { sw: SW.INCORRECT_P1P2 };
  if (p2 === 0x00) return { sw: SW.OK, data: fcpTemplate(at.df, machine) };
  if (p2 === 0x0c) return { sw: SW.OK };
  if (p2 !== 0x01) return { sw: SW.INCORRECT_P1P2 };
  const aid = at.application?.aid;
  return aid === undefined ? { sw: SW.REFERENCED_DATA_NOT_FOUND } : { sw: SW.OK, data: encodeTlv(0x84, aid) };
}

function fidAt(data: Uint8Array, offset: number): number {
  return (data[offset]! << 8) | data[offset + 1]!;
}
