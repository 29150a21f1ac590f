/** The file system of a card: MF, DFs and ADFs, EFs (TS 102 221 §8.1 to §8.3, TS 51.011 §6). */
import { equal } from '../../bytes/index.js';

/** Life cycle status (TS 102 221 §11.1.1.4.9). */
export type LifeCycle = 'creation' | 'initialisation' | 'activated' | 'deactivated' | 'terminated';

export type EfStructure = 'transparent' | 'linear' | 'cyclic';

interface NodeBase {
  /** 16-bit file identifier; an ADF that is reached by its AID alone has none. */
  readonly fid: number | undefined;
  /** Name of the specification, for people. */
  readonly name: string | undefined;
  readonly parent: Df | undefined;
  state: LifeCycle;
  /** One data object: 8B, 8C or AB with its value (TS 102 221 §11.1.1.4.7). */
  readonly security: SecurityAttributes;
}

export interface SecurityAttributes {
  readonly tag: 0x8b | 0x8c | 0xab;
  readonly value: Uint8Array;
}

/** An elementary file. Records lie one after another in `content`; in a cyclic file record 1 is the newest. */
export interface Ef extends NodeBase {
  readonly kind: 'ef';
  readonly structure: EfStructure;
  content: Uint8Array;
  /** Octets a record; 0 for a transparent file. */
  readonly recordLength: number;
  /** Short file identifier, 1 to 30. */
  readonly sfi: number | undefined;
}

/** The MF (no parent), a DF (with a file identifier) or an ADF (with an AID, perhaps without identifier). */
export interface Df extends NodeBase {
  readonly kind: 'df';
  readonly aid: Uint8Array | undefined;
  /** Key references in its PIN status template, in order. */
  readonly pins: readonly number[];
  /** Octets that CREATE FILE reserved for the directory (tag 81). */
  readonly totalSize: number | undefined;
  readonly children: FileNode[];
}

export type FileNode = Df | Ef;

export const FID_MF = 0x3f00;
/** Stands for the ADF of the current application (TS 102 221 §8.3). */
export const FID_CURRENT_ADF = 0x7fff;

/** Records in a linear fixed or cyclic file; 0 for a transparent one. */
export function recordCount(ef: Ef): number {
  return ef.recordLength === 0 ? 0 : Math.floor(ef.content.length / ef.recordLength);
}

export function childByFid(df: Df, fid: number): FileNode | undefined {
  return df.children.find((child) => child.fid === fid);
}

/** Every DF with an AID that starts with `aid` (right-truncated, TS 102 221 §8.5.1.1), in the order of the card. */
export function applicationsByAid(mf: Df, aid: Uint8Array): Df[] {
  const out: Df[] = [];
  for (const node of walk(mf)) {
    if (node.kind !== 'df' || node.aid === undefined || node.aid.length < aid.length) continue;
    if (equal(node.aid.subarray(0, aid.length), aid)) out.push(node);
  }
  return out;
}

export function* walk(node: FileNode): Generator<FileNode> {
  yield node;
  if (node.kind === 'df') for (const child of node.children) yield* walk(child);
}

/** The EF with a short file identifier under a DF (TS 102 221 §8.3). */
export function childBySfi(df: Df, sfi: number): Ef | undefined {
  return df.children.find((child): child is Ef => child.kind === 'ef' && child.sfi === sfi);
}
