/** File control parameters in the answer to SELECT (TS 102 221 §11.1.1.3, §11.1.1.4). */
import { concat, encodeTlv, uint16 } from '../../bytes/index.js';
import type { PinStore } from '../security/pins.js';
import { KEY_UNIVERSAL_PIN } from '../security/pins.js';
import { isAdministrative } from '../security/rules.js';
import { type Df, type Ef, type FileNode, type LifeCycle, recordCount } from './node.js';

const TEMPLATE_FCP = 0x62;
const TEMPLATE_FCI = 0x6f;

/** Life cycle octets (§11.1.1.4.9). */
export const LIFE_CYCLE: Readonly<Record<LifeCycle, number>> = {
  creation: 0x01,
  initialisation: 0x03,
  deactivated: 0x04,
  activated: 0x05,
  terminated: 0x0c,
};

const DESCRIPTOR = { transparent: 0x41, linear: 0x42, cyclic: 0x46, df: 0x78 } as const;
const DATA_CODING = 0x21;

export interface FcpContext {
  readonly pins: PinStore;
  readonly freeMemory: number;
  /** 6F in place of 62, for P2 = 00 on cards that answer it with an FCI. */
  readonly fci?: boolean;
}

/** The template for a file, in the order of tables 11.4 (EF) and 11.5 (MF, DF, ADF). */
export function fcpTemplate(node: FileNode, context: FcpContext): Uint8Array {
  const inside = node.kind === 'ef' ? efParameters(node) : dfParameters(node, context);
  return encodeTlv(context.fci === true ? TEMPLATE_FCI : TEMPLATE_FCP, inside);
}

function efParameters(ef: Ef): Uint8Array {
  return concat(
    encodeTlv(0x82, efDescriptor(ef)),
    encodeTlv(0x83, uint16(ef.fid ?? 0)),
    encodeTlv(0x8a, [LIFE_CYCLE[ef.state]]),
    encodeTlv(ef.security.tag, ef.security.value),
    encodeTlv(0x80, uint16(ef.content.length)),
    encodeTlv(0x88, ef.sfi === undefined ? [] : [ef.sfi << 3]),
  );
}

function efDescriptor(ef: Ef): Uint8Array {
  const head = [DESCRIPTOR[ef.structure], DATA_CODING];
  if (ef.structure === 'transparent') return Uint8Array.from(head);
  return concat(head, uint16(ef.recordLength), [recordCount(ef)]);
}

function dfParameters(df: Df, context: FcpContext): Uint8Array {
  return concat(
    encodeTlv(0x82, [DESCRIPTOR.df, DATA_CODING]),
    df.fid === undefined ? [] : encodeTlv(0x83, uint16(df.fid)),
    df.aid === undefined ? [] : encodeTlv(0x84, df.aid),
    encodeTlv(0xa5, proprietary(df, context.freeMemory)),
    encodeTlv(0x8a, [LIFE_CYCLE[df.state]]),
    encodeTlv(df.security.tag, df.security.value),
    encodeTlv(0xc6, pinStatus(df, context.pins)),
    df.totalSize === undefined ? [] : encodeTlv(0x81, uint16(df.totalSize)),
  );
}

/** UICC characteristics in the MF alone, available memory everywhere (§11.1.1.4.6). */
function proprietary(df: Df, freeMemory: number): Uint8Array {
  const characteristics = df.parent === undefined ? encodeTlv(0x80, [0x71]) : [];
  const free = [0, (freeMemory >> 16) & 0xff, (freeMemory >> 8) & 0xff, freeMemory & 0xff];
  return concat(characteristics, encodeTlv(0x83, free));
}

/** PIN status template (§11.1.1.4.10, §9.5.2): the PS octets, then the key references in the same order. */
function pinStatus(df: Df, pins: PinStore): Uint8Array {
  const status = new Uint8Array(Math.max(1, Math.ceil(df.pins.length / 8)));
  const keys = df.pins.map((reference, index) => {
    const enabled = isAdministrative(reference) || pins.find(reference)?.enabled === true;
    if (enabled) status[index >> 3]! |= 0x80 >> (index & 7);
    const usage =
      reference === KEY_UNIVERSAL_PIN ? encodeTlv(0x95, [pins.universalReplaces ? 0x08 : 0x00]) : [];
    return concat(usage, encodeTlv(0x83, [reference]));
  });
  return concat(encodeTlv(0x90, status), ...keys);
}
