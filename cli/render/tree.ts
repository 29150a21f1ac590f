/** A tree drawn with lines. */

export interface TreeNode {
  readonly label: string;
  readonly children?: readonly TreeNode[];
}

export function tree(root: TreeNode): string {
  return [root.label, ...branches(root.children ?? [], '')].join('\n');
}

function branches(nodes: readonly TreeNode[], indent: string): string[] {
  return nodes.flatMap((node, index) => {
    const last = index === nodes.length - 1;
    return [
      `${indent}${last ? '└─ ' : '├─ '}${node.label}`,
      ...branches(node.children ?? [], `${indent}${last ? '   ' : '│  '}`),
    ];
  });
}
