/** Path (PKCS#15 v1.1 §6.1.5): file identifiers, and where in the file. */
import { concat, uint16 } from '../bytes/index.js';
import type { FilePath } from '../card/index.js';
import { Fields, type Node, readUnsigned } from './asn1.js';
import type { ReadContext } from './context.js';
import type { Pkcs15Path } from './types.js';
import { type Block, context, implicit, integer, octets, sequence, unwritable } from './write.js';

const MF = 0x3f00;

/**
 * @param node a SEQUENCE, or the [n] IMPLICIT of one
 * @throws DataError `DATA_PKCS15`
 */
export function readPath(node: Node, context: ReadContext): Pkcs15Path {
  const fields = new Fields(node.children, context);
  const octetsOfPath = fields.require(0x04, 'path', node);
  const index = fields.take(0x02);
  const length = fields.take(0x80);
  fields.ignoreRest();
  if ((index === undefined) !== (length === undefined)) {
    context.note('warning', 'path-index-length', node.offset, 'index and length are not there together');
  }
  return {
    path: readFilePath(octetsOfPath.content, octetsOfPath.offset, context),
    ...(index && { index: readUnsigned(index, context) }),
    ...(length && { length: readUnsigned(length, context) }),
  };
}

/**
 * The file identifiers in the octets of a path.
 *
 * @throws DataError `DATA_PKCS15` unless they are two octets each, and at least one
 */
export function readFilePath(bytes: Uint8Array, offset: number, context: ReadContext): FilePath {
  if (bytes.length === 0 || bytes.length % 2 !== 0) {
    throw context.broken(offset, `path of ${bytes.length} octets, where file identifiers have two each`);
  }
  return Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i]! * 256 + bytes[2 * i + 1]!);
}

/** @throws DataError `DATA_PKCS15` unless every file identifier has two octets and there is at least one */
export function filePathOctets(path: FilePath, what = 'path'): Uint8Array {
  if (path.length === 0) throw unwritable(what, 'has no file identifier');
  const wrong = path.find((fid) => !Number.isInteger(fid) || fid < 0 || fid > 0xffff);
  if (wrong !== undefined) throw unwritable(what, `${wrong} is not a file identifier`);
  return concat(...path.map(uint16));
}

function pathFields(path: Pkcs15Path): readonly (Block | undefined)[] {
  if ((path.index === undefined) !== (path.length === undefined)) {
    throw unwritable('path', 'index and length must be given together');
  }
  return [
    octets(filePathOctets(path.path)),
    path.index === undefined ? undefined : integer(path.index, 'path index', 0, 0xffff),
    path.length === undefined ? undefined : implicit(0, integer(path.length, 'path length', 0, 0xffff)),
  ];
}

export function pathBlock(path: Pkcs15Path): Block {
  return sequence(...pathFields(path));
}

/** A path as [n] IMPLICIT. */
export function implicitPath(tagNumber: number, path: Pkcs15Path): Block {
  return context(tagNumber, ...pathFields(path));
}

/**
 * Whether a path starts at the MF.
 *
 * @example [isAbsolute([0x3f00, 0x7f50]), isAbsolute([0x6420])] // → [true, false]
 */
export function isAbsolute(path: FilePath): boolean {
  return path[0] === MF;
}
