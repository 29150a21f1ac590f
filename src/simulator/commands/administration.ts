/** CREATE, DELETE, RESIZE, ACTIVATE, DEACTIVATE, TERMINATE FILE (TS 102 222 §6.3 to §6.10; TS 102 221 §11.1.14, §11.1.15). */
import { SW } from '../../apdu/index.js';
import { decodeTlvs, equal, findTlv } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';
import { fileFromFcp } from '../files/create.js';
import { childByFid, type Df, type Ef, FID_CURRENT_ADF, FID_MF, type FileNode, walk } from '../files/node.js';
import { findByFid, findByPath, moveTo, type Selection } from '../files/select.js';
import { type Answer, type Command, footprint, type Machine } from '../machine/machine.js';

const SW_DF_NAME_EXISTS = 0x6a8a;
const MAX_FILE_SIZE = 0x7fff;

export function createFile(machine: Machine, at: Selection, { p1, p2, data }: Command): Answer {
  if (p1 !== 0 || p2 !== 0) return { sw: SW.INCORRECT_P1P2 };
  const parent = at.df;
  const made = tolerant(() => fileFromFcp(data, parent));
  if (typeof made === 'number') return { sw: made };
  if (!machine.allows(parent, made.kind === 'df' ? 'createDf' : 'createEf')) {
    return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  }
  const clash = clashes(machine.mf, parent, made);
  if (clash !== undefined) return { sw: clash };
  if (made.kind === 'ef' && made.content.length > MAX_FILE_SIZE) return { sw: SW.NOT_ENOUGH_MEMORY };
  if (!machine.allocate(footprint(made))) return { sw: SW.NOT_ENOUGH_MEMORY };
  parent.children.push(made);
  machine.octetsWritten += footprint(made);
  moveTo(at, made);
  if (made.kind === 'df' && made.aid !== undefined) at.application = made;
  return { sw: SW.OK };
}

function clashes(mf: Df, parent: Df, made: FileNode): number | undefined {
  const fid = made.fid ?? FID_MF;
  const reserved = fid === FID_MF || fid === FID_CURRENT_ADF || fid === 0xffff || fid === 0x0000;
  if (reserved) return SW.WRONG_DATA;
  if (parent.fid === fid || parent.parent?.fid === fid || childByFid(parent, fid)) return SW.FILE_EXISTS;
  if (made.kind === 'ef') {
    const taken = parent.children.some((child) => child.kind === 'ef' && child.sfi === made.sfi);
    return made.sfi !== undefined && taken ? SW.FILE_EXISTS : undefined;
  }
  const aid = made.aid;
  if (aid === undefined) return undefined;
  const named = [...walk(mf)].some((node) => node.kind === 'df' && node.aid && equal(node.aid, aid));
  return named ? SW_DF_NAME_EXISTS : undefined;
}

/** Deletes a child of the current directory, whose parent then is the current file. */
export function deleteFile(machine: Machine, at: Selection, { p1, p2, data }: Command): Answer {
  if (p1 !== 0 || p2 !== 0) return { sw: SW.INCORRECT_P1P2 };
  if (data.length !== 2) return { sw: SW.WRONG_LENGTH };
  const node = childByFid(at.df, (data[0]! << 8) | data[1]!);
  if (node?.parent === undefined) return { sw: SW.FILE_NOT_FOUND };
  const parent = node.parent;
  if (!machine.allows(node, 'delete') && !machine.allows(parent, 'deleteChild')) {
    return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  }
  if (usedElsewhere(machine, at, node)) return { sw: SW.CONDITIONS_NOT_SATISFIED };
  parent.children.splice(parent.children.indexOf(node), 1);
  machine.release(footprint(node));
  moveTo(at, parent);
  if (at.application === node) at.application = undefined;
  return { sw: SW.OK };
}

/** A file that another logical channel works in stays. */
function usedElsewhere(machine: Machine, at: Selection, node: FileNode): boolean {
  const inside = new Set(walk(node));
  for (const other of machine.channels.values()) {
    if (other === at) continue;
    if (inside.has(other.df) || (other.ef !== undefined && inside.has(other.ef))) return true;
    if (other.application !== undefined && inside.has(other.application)) return true;
  }
  return false;
}

/** Changes the size of an EF in the current directory; what is added is FF (TS 102 222 §6.10). */
export function resizeFile(machine: Machine, at: Selection, { p1, p2, data }: Command): Answer {
  if (p1 !== 0 || p2 !== 0) return { sw: SW.INCORRECT_P1P2 };
  const wanted = tolerant(() => resizeParameters(data));
  if (typeof wanted === 'number') return { sw: wanted };
  const node = childByFid(at.df, wanted.fid);
  if (node === undefined) return { sw: SW.FILE_NOT_FOUND };
  if (node.kind !== 'ef' || node.structure === 'cyclic') return { sw: SW.INCOMPATIBLE_FILE_STRUCTURE };
  if (!machine.allows(node, 'resize')) return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  if (node.recordLength > 0 && wanted.size % node.recordLength !== 0) return { sw: SW.WRONG_DATA };
  if (wanted.size > MAX_FILE_SIZE || !resizeTo(machine, node, wanted.size))
    return { sw: SW.NOT_ENOUGH_MEMORY };
  moveTo(at, node);
  return { sw: SW.OK };
}

function resizeParameters(data: Uint8Array): { fid: number; size: number } | number {
  const outer = decodeTlvs(data)[0];
  if (outer?.tag !== 0x62) return SW.WRONG_DATA;
  const parameters = decodeTlvs(outer.value);
  const fid = findTlv(parameters, 0x83)?.value;
  const size = findTlv(parameters, 0x80)?.value;
  if (fid?.length !== 2 || size === undefined || size.length === 0 || size.length > 4) return SW.WRONG_DATA;
  const octets = size.reduce((value, octet) => value * 256 + octet, 0);
  return octets === 0 ? SW.WRONG_DATA : { fid: (fid[0]! << 8) | fid[1]!, size: octets };
}

function resizeTo(machine: Machine, ef: Ef, size: number): boolean {
  if (size > ef.content.length && !machine.allocate(size - ef.content.length)) return false;
  if (size < ef.content.length) machine.release(ef.content.length - size);
  machine.octetsWritten += Math.max(0, size - ef.content.length);
  const content = new Uint8Array(size).fill(0xff);
  content.set(ef.content.subarray(0, size));
  ef.content = content;
  return true;
}

/** ACTIVATE and DEACTIVATE FILE: the current file, or one named as in SELECT. */
export function changeState(
  machine: Machine,
  at: Selection,
  command: Command,
  to: 'activated' | 'deactivated',
): Answer {
  const node = namedFile(machine, at, command);
  if (typeof node === 'number') return { sw: node };
  if (node.state === 'terminated') return { sw: SW.CONDITIONS_NOT_SATISFIED };
  if (!machine.allows(node, to === 'activated' ? 'activate' : 'deactivate')) {
    return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  }
  node.state = to;
  return { sw: SW.OK };
}

/** TERMINATE DF and TERMINATE EF: for ever. */
export function terminateFile(machine: Machine, at: Selection, kind: FileNode['kind']): Answer {
  const node = kind === 'ef' ? at.ef : at.df;
  if (node === undefined) return { sw: SW.NO_CURRENT_EF };
  if (node === machine.mf) return { sw: SW.CONDITIONS_NOT_SATISFIED };
  if (!machine.allows(node, 'terminate')) return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  node.state = 'terminated';
  return { sw: SW.OK };
}

function namedFile(machine: Machine, at: Selection, { p1, p2, data }: Command): FileNode | number {
  if (p2 !== 0) return SW.INCORRECT_P1P2;
  if (data.length === 0) return p1 === 0 ? (at.ef ?? at.df) : SW.INCORRECT_P1P2;
  if (data.length % 2 !== 0) return SW.WRONG_LENGTH;
  const fids = Array.from({ length: data.length / 2 }, (_, i) => (data[2 * i]! << 8) | data[2 * i + 1]!);
  if (p1 === 0x00 && fids.length === 1) return findByFid(machine.mf, at, fids[0]!) ?? SW.FILE_NOT_FOUND;
  if (p1 === 0x08) return findByPath(machine.mf, fids) ?? SW.FILE_NOT_FOUND;
  if (p1 === 0x09) return findByPath(at.df, fids) ?? SW.FILE_NOT_FOUND;
  return SW.INCORRECT_P1P2;
}

/** Malformed TLV in a command is wrong data, not a failure of the card. */
function tolerant<T>(parse: () => T): T | number {
  try {
    return parse();
  } catch (error) {
    if (error instanceof DataError) return SW.WRONG_DATA;
    throw error;
  }
}
