/** The commands of 2G mode, class A0 (TS 51.011 §8, §9.2, status words §9.4). */
import { SW, SW_2G } from '../../apdu/index.js';
import { selectAnswer2g } from '../files/answer-2g.js';
import type { Ef } from '../files/node.js';
import { addressRecord, RECORD_MODE, readRecordOf, recordOffset } from '../files/records.js';
import { findByFid, moveTo, type Selection } from '../files/select.js';
import type { Answer, Command, Machine } from '../machine/machine.js';
import type { Operation } from '../security/rules.js';

/** 67xx with the length that P3 should have had (§9.4.6). */
const SW_WRONG_P3 = 0x6700;
const SW_WRONG_P1P2 = SW.WRONG_P1P2;

export function select2g(machine: Machine, at: Selection, { p1, p2, data }: Command): Answer {
  if (p1 !== 0 || p2 !== 0) return { sw: SW_WRONG_P1P2 };
  if (data.length !== 2) return { sw: SW_WRONG_P3 | 2 };
  const node = findByFid(machine.mf, at, (data[0]! << 8) | data[1]!);
  if (node?.fid === undefined) return { sw: SW_2G.FILE_NOT_FOUND };
  moveTo(at, node);
  return { sw: SW.OK, data: selectAnswer2g(node, machine.pins, machine.freeMemory) };
}

/** STATUS answers about the current directory; a shorter P3 gets the first octets. */
export function status2g(machine: Machine, at: Selection, { p1, p2, le }: Command): Answer {
  if (p1 !== 0 || p2 !== 0) return { sw: SW_WRONG_P1P2 };
  const data = selectAnswer2g(at.df, machine.pins, machine.freeMemory);
  const wanted = le ?? 0;
  if (wanted > data.length) return { sw: SW_WRONG_P3 | data.length };
  return { sw: SW.OK, data: data.subarray(0, wanted) };
}

export function readBinary2g(machine: Machine, at: Selection, command: Command): Answer {
  const ef = currentEf(machine, at, 'read', (candidate) => candidate.structure === 'transparent');
  if (typeof ef === 'number') return { sw: ef };
  const offset = (command.p1 << 8) | command.p2;
  const left = ef.content.length - offset;
  if (left <= 0) return { sw: SW_2G.OUT_OF_RANGE };
  const le = command.le ?? 0;
  if (le > left) return { sw: SW_WRONG_P3 | (left & 0xff) };
  return { sw: SW.OK, data: ef.content.slice(offset, offset + le) };
}

export function updateBinary2g(machine: Machine, at: Selection, { p1, p2, data }: Command): Answer {
  const ef = currentEf(machine, at, 'update', (candidate) => candidate.structure === 'transparent');
  if (typeof ef === 'number') return { sw: ef };
  const offset = (p1 << 8) | p2;
  const left = ef.content.length - offset;
  if (left <= 0) return { sw: SW_2G.OUT_OF_RANGE };
  if (data.length === 0) return { sw: SW_WRONG_P3 };
  if (data.length > left) return { sw: SW_WRONG_P3 | (left & 0xff) };
  machine.write(ef, offset, data);
  return { sw: SW.OK };
}

export function readRecord2g(machine: Machine, at: Selection, { p1, p2, le }: Command): Answer {
  if (p2 < RECORD_MODE.NEXT || p2 > RECORD_MODE.ABSOLUTE) return { sw: SW_WRONG_P1P2 };
  const ef = currentEf(machine, at, 'read', (candidate) => candidate.recordLength > 0);
  if (typeof ef === 'number') return { sw: ef };
  if (le !== ef.recordLength) return { sw: SW_WRONG_P3 | ef.recordLength };
  const record = addressRecord(at, ef, p1, p2);
  return record === undefined ? { sw: SW_2G.OUT_OF_RANGE } : { sw: SW.OK, data: readRecordOf(ef, record) };
}

export function updateRecord2g(machine: Machine, at: Selection, { p1, p2, data }: Command): Answer {
  if (p2 < RECORD_MODE.NEXT || p2 > RECORD_MODE.ABSOLUTE) return { sw: SW_WRONG_P1P2 };
  const ef = currentEf(machine, at, 'update', (candidate) => candidate.recordLength > 0);
  if (typeof ef === 'number') return { sw: ef };
  if (data.length !== ef.recordLength) return { sw: SW_WRONG_P3 | ef.recordLength };
  if (ef.structure === 'cyclic') {
    if (p2 !== RECORD_MODE.PREVIOUS) return { sw: SW_2G.FILE_INCONSISTENT };
    machine.pushRecord(ef, data);
    at.record = 1;
    return { sw: SW.OK };
  }
  const record = addressRecord(at, ef, p1, p2);
  if (record === undefined) return { sw: SW_2G.OUT_OF_RANGE };
  machine.write(ef, recordOffset(ef, record), data);
  return { sw: SW.OK };
}

/** INVALIDATE and REHABILITATE: the current EF. */
export function changeState2g(
  machine: Machine,
  at: Selection,
  command: Command,
  to: 'activated' | 'deactivated',
): Answer {
  if (command.p1 !== 0 || command.p2 !== 0) return { sw: SW_WRONG_P1P2 };
  if (at.ef === undefined) return { sw: SW_2G.NO_EF_SELECTED };
  const operation = to === 'activated' ? 'activate' : 'deactivate';
  if (!machine.allows(at.ef, operation)) return { sw: SW_2G.ACCESS_DENIED };
  if (at.ef.state === to) return { sw: SW_2G.CONTRADICTION_INVALIDATION };
  at.ef.state = to;
  return { sw: SW.OK };
}

/** In the order of a SIM: a file, its structure, the right, the invalidation. */
function currentEf(
  machine: Machine,
  at: Selection,
  operation: Operation,
  fits: (ef: Ef) => boolean,
): Ef | number {
  const { ef } = at;
  if (ef === undefined) return SW_2G.NO_EF_SELECTED;
  if (!fits(ef)) return SW_2G.FILE_INCONSISTENT;
  if (!machine.allows(ef, operation)) return SW_2G.ACCESS_DENIED;
  return ef.state === 'activated' ? ef : SW_2G.CONTRADICTION_INVALIDATION;
}
