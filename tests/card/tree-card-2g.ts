/** A 2G card of directories and files that knows selection alone, by the rules of TS 51.011 §6.5. */
import type { CardChannel } from '../../src/apdu/index.js';
import { concat, uint16 } from '../../src/bytes/index.js';

type Path = readonly number[];

const isDirectory = (path: Path): boolean => [0x3f, 0x7f, 0x5f].includes(path.at(-1)! >> 8);
const same = (a: Path, b: Path): boolean => a.length === b.length && a.every((fid, i) => fid === b[i]);

export function treeCard2g(tree: readonly Path[]) {
  let directory: Path = [0x3f00];
  let file: Path | undefined;
  let waiting: Uint8Array = new Uint8Array(0);
  let count = 0;

  /** MF, current directory, its children, its parent, and DFs next to it. */
  const reachable = (fid: number): Path | undefined => {
    const parent = directory.slice(0, -1);
    const candidates = [[0x3f00], directory, [...directory, fid], parent];
    const sibling = [...parent, fid];
    if (isDirectory(sibling)) candidates.push(sibling);
    return candidates.find((path) => path.at(-1) === fid && tree.some((known) => same(known, path)));
  };

  const select = (fid: number): Uint8Array => {
    count++;
    const target = reachable(fid);
    if (!target) return Uint8Array.of(0x94, 0x04);
    if (isDirectory(target)) [directory, file] = [target, undefined];
    else file = target;
    waiting = isDirectory(target)
      ? concat([0, 0, 0, 0], uint16(fid), [fid === 0x3f00 ? 1 : 2], new Uint8Array(15))
      : concat([0, 0, 0, 4], uint16(fid), [4, 0, 0, 0, 0, 1, 2, 0, 0]);
    return Uint8Array.of(0x9f, waiting.length);
  };

  const channel: CardChannel = {
    reader: 'tree',
    atr: Uint8Array.of(0x3b, 0x00),
    protocol: 'T=0',
    async transmit(command) {
      if (command[1] === 0xa4) return select((command[5]! << 8) | command[6]!);
      if (command[1] === 0xc0) return concat(waiting, [0x90, 0x00]);
      return Uint8Array.of(0x6d, 0x00);
    },
    async reset() {},
    async close() {},
  };
  /** The current EF, if there is one, and the current directory. */
  const current = (): Path[] => (file ? [file, directory] : [directory]);
  return { channel, current, selects: () => count };
}
