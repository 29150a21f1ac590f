/** READ RECORD and UPDATE RECORD in 3G mode (TS 102 221 §11.1.5, §11.1.6). */
import { SW } from '../../apdu/index.js';
import { childBySfi, type Ef } from '../files/node.js';
import { addressRecord, RECORD_MODE, readRecordOf, recordOffset } from '../files/records.js';
import { moveTo, type Selection } from '../files/select.js';
import type { Answer, Command, Machine } from '../machine/machine.js';

export function readRecord(machine: Machine, at: Selection, command: Command): Answer {
  const ef = recordFile(at, command);
  if (typeof ef === 'number') return { sw: ef };
  if (!machine.allows(ef, 'read')) return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  if (ef.state !== 'activated') return { sw: SW.REFERENCE_DATA_UNUSABLE };
  const record = numbered(at, ef, command);
  if (record === undefined) return { sw: SW.RECORD_NOT_FOUND };
  return { sw: SW.OK, data: readRecordOf(ef, record) };
}

export function updateRecord(machine: Machine, at: Selection, command: Command): Answer {
  const ef = recordFile(at, command);
  if (typeof ef === 'number') return { sw: ef };
  if (!machine.allows(ef, 'update')) return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  if (ef.state !== 'activated') return { sw: SW.REFERENCE_DATA_UNUSABLE };
  if (command.data.length !== ef.recordLength) return { sw: SW.WRONG_LENGTH };
  if (ef.structure === 'cyclic') {
    if ((command.p2 & 0x07) !== RECORD_MODE.PREVIOUS) return { sw: SW.INCOMPATIBLE_FILE_STRUCTURE };
    if (command.p1 !== 0) return { sw: SW.INCORRECT_P1P2 };
    machine.pushRecord(ef, command.data);
    at.record = 1;
    return { sw: SW.OK };
  }
  const record = numbered(at, ef, command);
  if (record === undefined) return { sw: SW.RECORD_NOT_FOUND };
  machine.write(ef, recordOffset(ef, record), command.data);
  return { sw: SW.OK };
}

/**
 * P2 holds a short file identifier in its high bits, or 0 for the current file, and the mode in the low ones. An
 * identifier makes the file current and resets the record pointer.
 */
function recordFile(at: Selection, { p2 }: Command): Ef | number {
  const mode = p2 & 0x07;
  if (mode < RECORD_MODE.NEXT || mode > RECORD_MODE.ABSOLUTE) return SW.INCORRECT_P1P2;
  const sfi = p2 >> 3;
  if (sfi === 0) {
    if (at.ef === undefined) return SW.NO_CURRENT_EF;
    return at.ef.structure === 'transparent' ? SW.INCOMPATIBLE_FILE_STRUCTURE : at.ef;
  }
  const ef = childBySfi(at.df, sfi);
  if (ef === undefined) return SW.FILE_NOT_FOUND;
  if (ef.structure === 'transparent') return SW.INCOMPATIBLE_FILE_STRUCTURE;
  moveTo(at, ef);
  return ef;
}

function numbered(at: Selection, ef: Ef, { p1, p2 }: Command): number | undefined {
  return addressRecord(at, ef, p1, p2 & 0x07);
}
