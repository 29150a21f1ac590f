/** Addressing of records, the same in both modes (TS 102 221 §8.2.2, §11.1.5; TS 51.011 §6.4, §8.5). */
import { type Ef, recordCount } from './node.js';
import type { Selection } from './select.js';

export const RECORD_MODE = { NEXT: 0x02, PREVIOUS: 0x03, ABSOLUTE: 0x04 } as const;

/**
 * The number, from 1, of the record that P1 and the mode name; undefined where there is none. Next and previous move
 * the record pointer, absolute leaves it.
 */
export function addressRecord(at: Selection, ef: Ef, p1: number, mode: number): number | undefined {
  const count = recordCount(ef);
  if (mode === RECORD_MODE.ABSOLUTE) {
    const wanted = p1 === 0 ? at.record : p1;
    return wanted !== undefined && wanted >= 1 && wanted <= count ? wanted : undefined;
  }
  const moved = mode === RECORD_MODE.NEXT ? following(at.record, count, ef) : preceding(at.record, count, ef);
  if (moved !== undefined) at.record = moved;
  return moved;
}

function following(pointer: number | undefined, count: number, ef: Ef): number | undefined {
  if (count === 0) return undefined;
  if (pointer === undefined) return 1;
  if (pointer < count) return pointer + 1;
  return ef.structure === 'cyclic' ? 1 : undefined;
}

function preceding(pointer: number | undefined, count: number, ef: Ef): number | undefined {
  if (count === 0) return undefined;
  if (pointer === undefined) return count;
  if (pointer > 1) return pointer - 1;
  return ef.structure === 'cyclic' ? count : undefined;
}

/** Offset of a record in the content of its file. */
export function recordOffset(ef: Ef, record: number): number {
  return (record - 1) * ef.recordLength;
}

export function readRecordOf(ef: Ef, record: number): Uint8Array {
  const from = recordOffset(ef, record);
  return ef.content.slice(from, from + ef.recordLength);
}
