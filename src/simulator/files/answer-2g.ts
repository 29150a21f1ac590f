/** The answer to SELECT and STATUS in 2G mode (TS 51.011 §9.2.1, §9.3). */
import { concat, uint16 } from '../../bytes/index.js';
import { conditionFor } from '../security/access.js';
import { conditionNibble } from '../security/condition.js';
import { chvStatus, KEY_PIN1, type PinStore } from '../security/pins.js';
import type { Operation } from '../security/rules.js';
import type { Df, Ef, FileNode } from './node.js';

const TYPE = { mf: 0x01, df: 0x02, ef: 0x04 } as const;
const STRUCTURE = { transparent: 0x00, linear: 0x01, cyclic: 0x03 } as const;
/** Clock stop allowed, no preferred level, 13/8 MHz (b8, CHV1 disabled, is added). */
const CHARACTERISTICS = 0x13;
/** INCREASE is never allowed, and the low nibble is reserved. */
const NO_INCREASE = 0xff;
const KEY_CHV2 = 0x81;

export function selectAnswer2g(node: FileNode, pins: PinStore, freeMemory: number): Uint8Array {
  return node.kind === 'ef' ? efAnswer(node, pins) : dfAnswer(node, pins, freeMemory);
}

/** 15 octets. */
function efAnswer(ef: Ef, pins: PinStore): Uint8Array {
  const nibble = (operation: Operation) => conditionNibble(conditionFor(ef, operation, pins));
  return concat(
    [0x00, 0x00],
    uint16(ef.content.length),
    uint16(ef.fid ?? 0),
    [TYPE.ef, 0x00],
    [(nibble('read') << 4) | nibble('update'), NO_INCREASE],
    [(nibble('activate') << 4) | nibble('deactivate')],
    [ef.state === 'activated' ? 0x01 : 0x00, 0x02, STRUCTURE[ef.structure], ef.recordLength],
  );
}

/** 23 octets: 13 for the directory, then 10 with the CHVs. */
function dfAnswer(df: Df, pins: PinStore, freeMemory: number): Uint8Array {
  const chv1 = pins.find(KEY_PIN1);
  const chv2 = pins.find(KEY_CHV2);
  const directories = df.children.filter((child) => child.kind === 'df' && child.fid !== undefined).length;
  const files = df.children.filter((child) => child.kind === 'ef').length;
  const codes = [chv1, chv2].filter((pin) => pin !== undefined).length * 2;
  const disabled = chv1?.enabled === false ? 0x80 : 0x00;
  return concat(
    [0x00, 0x00],
    uint16(Math.min(freeMemory, 0xffff)),
    uint16(df.fid ?? 0),
    [df.parent === undefined ? TYPE.mf : TYPE.df, 0, 0, 0, 0, 0, 0x0a],
    [CHARACTERISTICS | disabled, directories, files, codes, 0x00],
    [chvStatus(chv1?.tries), chvStatus(chv1?.unblockTries)],
    [chvStatus(chv2?.tries), chvStatus(chv2?.unblockTries), 0x00],
  );
}
