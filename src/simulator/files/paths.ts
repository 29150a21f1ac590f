/** Files by the paths that people write: `3F00/7F50/6431`, with the profile's name for an ADF without identifier. */
import type { Df, FileNode } from './node.js';

export function fileAtPath(mf: Df, path: string): FileNode | undefined {
  const [root, ...steps] = path.toUpperCase().split('/');
  if (root !== '3F00') return undefined;
  let node: FileNode = mf;
  for (const step of steps) {
    if (node.kind !== 'df') return undefined;
    const next: FileNode | undefined = node.children.find(
      (child) => labelOf(child) === step || child.name?.toUpperCase() === step,
    );
    if (next === undefined) return undefined;
    node = next;
  }
  return node;
}

function labelOf(node: FileNode): string | undefined {
  return node.fid?.toString(16).toUpperCase().padStart(4, '0');
}
