/** Which file a SELECT reaches from where (TS 102 221 §8.4, TS 51.011 §6.5). */
import { childByFid, type Df, type Ef, FID_CURRENT_ADF, FID_MF, type FileNode } from './node.js';

/** What one logical channel has selected (TS 102 221 §8.4.1, §10.3). */
export interface Selection {
  df: Df;
  /** Undefined after the selection of a directory. */
  ef: Ef | undefined;
  /** The current application, for 7FFF. */
  application: Df | undefined;
  /** Record pointer, counted from 1; undefined after a selection. */
  record: number | undefined;
  /** The security domain is the selected application. */
  inDomain: boolean;
}

export function initialSelection(mf: Df): Selection {
  return { df: mf, ef: undefined, application: undefined, record: undefined, inDomain: false };
}

/** By file identifier: the MF, the current DF and its children, its parent, and DFs beside it (TS 102 221 §8.4.2). */
export function findByFid(mf: Df, at: Selection, fid: number): FileNode | undefined {
  if (fid === FID_MF) return mf;
  if (fid === FID_CURRENT_ADF) return at.application;
  const child = childByFid(at.df, fid);
  if (child) return child;
  if (at.df.fid === fid) return at.df;
  const parent = at.df.parent;
  if (parent === undefined) return undefined;
  if (parent.fid === fid) return parent;
  const sibling = childByFid(parent, fid);
  return sibling?.kind === 'df' ? sibling : undefined;
}

/** By path from a directory, each step a child (TS 102 221 §8.4.3). */
export function findByPath(from: Df, path: readonly number[]): FileNode | undefined {
  let node: FileNode = from;
  for (const fid of path) {
    if (node.kind !== 'df') return undefined;
    const next = childByFid(node, fid);
    if (next === undefined) return undefined;
    node = next;
  }
  return node;
}

/** Makes a file the current one. */
export function moveTo(at: Selection, node: FileNode): void {
  at.record = undefined;
  if (node.kind === 'ef') {
    at.ef = node;
    if (node.parent !== undefined) at.df = node.parent;
  } else {
    at.df = node;
    at.ef = undefined;
  }
}
