/** READ BINARY and UPDATE BINARY in 3G mode (TS 102 221 §11.1.3, §11.1.4). */
import { SW } from '../../apdu/index.js';
import { childBySfi, type Ef } from '../files/node.js';
import { moveTo, type Selection } from '../files/select.js';
import type { Answer, Command, Machine } from '../machine/machine.js';

/** ISO/IEC 7816-4 §5.6: the file, or what it refers to, is deactivated. */
const SW_DATA_INVALIDATED = SW.REFERENCE_DATA_UNUSABLE;

export function readBinary(machine: Machine, at: Selection, command: Command): Answer {
  const target = addressed(at, command);
  if (typeof target === 'number') return { sw: target };
  const { ef, offset } = target;
  if (!machine.allows(ef, 'read')) return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  if (ef.state !== 'activated') return { sw: SW_DATA_INVALIDATED };
  if (offset >= ef.content.length) return { sw: SW.WRONG_P1P2 };
  const le = command.le ?? 0;
  const data = ef.content.slice(offset, offset + le);
  return { sw: data.length < le && !command.takesAll ? SW.UNEXPECTED_END : SW.OK, data };
}

export function updateBinary(machine: Machine, at: Selection, command: Command): Answer {
  const { data } = command;
  const target = addressed(at, command);
  if (typeof target === 'number') return { sw: target };
  const { ef, offset } = target;
  if (!machine.allows(ef, 'update')) return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  if (ef.state !== 'activated') return { sw: SW_DATA_INVALIDATED };
  if (data.length === 0) return { sw: SW.WRONG_LENGTH };
  if (offset >= ef.content.length) return { sw: SW.WRONG_P1P2 };
  if (offset + data.length > ef.content.length) return { sw: SW.WRONG_LENGTH };
  machine.write(ef, offset, data);
  return { sw: SW.OK };
}

/** With b8 of P1, its low bits are a short file identifier and P2 the offset; the file becomes the current one. */
function addressed(at: Selection, { p1, p2 }: Command): { ef: Ef; offset: number } | number {
  if ((p1 & 0x80) === 0) {
    if (at.ef === undefined) return SW.NO_CURRENT_EF;
    if (at.ef.structure !== 'transparent') return SW.INCOMPATIBLE_FILE_STRUCTURE;
    return { ef: at.ef, offset: (p1 << 8) | p2 };
  }
  if ((p1 & 0x60) !== 0) return SW.INCORRECT_P1P2;
  const ef = childBySfi(at.df, p1 & 0x1f);
  if (ef === undefined) return SW.FILE_NOT_FOUND;
  if (ef.structure !== 'transparent') return SW.INCOMPATIBLE_FILE_STRUCTURE;
  moveTo(at, ef);
  return { ef, offset: p2 };
}
