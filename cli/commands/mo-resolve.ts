/** `simboot mo resolve`: which nodes a ClientURI names (DM 2.0 §6.1). */
import type { Command } from 'commander';
import { type Resolution, resolveClientUri } from '../../src/dm/index.js';
import { DataError } from '../../src/errors/index.js';
import {
  decodeDmmo,
  encodeText,
  MO_DEFINITIONS,
  type MoTree,
  type NodeRef,
  treeFromDmmo,
} from '../../src/mo/index.js';
import type { CliContext } from '../context.js';
import { collect, readDdfFiles } from '../definitions.js';
import { inFile, readInput } from '../files.js';
import { examples } from '../help.js';
import { type TreeNode, tree } from '../render/tree.js';

/** A file of instances may hold a whole device. */
const LIMITS = { maxOctets: 64 * 1024 * 1024 };

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('resolve')
    .description('the nodes that a ClientURI names in a file of MO instances')
    .requiredOption(
      '--instances <file>',
      'application/dmmo+json, each ClientURI MOID/MIID/; - for standard input',
    )
    .option('--ddf <file>', 'device description, for the types of values (repeatable)', collect, [])
    .argument('<uri>', 'ClientURI; quote it, the shell reads (, * and & otherwise')
    .action(async (uri: string, { instances, ddf }: { instances: string; ddf: string[] }) => {
      const described = (await readDdfFiles(cli, ddf)).flatMap(({ definitions }) => definitions);
      const bytes = await readInput(cli, instances);
      const content = inFile(instances, () => treeFromDmmo(decodeDmmo(bytes, LIMITS).objects, described));
      const result = resolveClientUri(content, uri, { definitions: [...described, ...MO_DEFINITIONS] });
      show(cli, content, uri, result);
    });
  examples(command, [
    ["simboot mo resolve --instances mos.json 'urn:example:mo:1.0/*/Setting'", 'a node in every instance'],
    [
      "simboot mo resolve --instances mos.json 'urn:example:mo:1.0/(x)/?nv=(x)/ID:GPS'",
      'the instance with that ID',
    ],
  ]);
  command.addHelpText(
    'after',
    '\nExit code 0 for an answer: status 200, or 404 where no node fits or, without *, more than one.\n' +
      'Exit code 2 for a malformed ClientURI (status 400) and for a file that cannot be read.',
  );
}

function show(cli: CliContext, content: MoTree, uri: string, result: Resolution): void {
  const nodes = result.nodes.map(({ moid, miid, path }) => ({ moid, miid, path: pathText(path) }));
  if (result.status === 200) {
    cli.result({ status: 200, nodes }, () => picture(content, result.nodes));
    return;
  }
  const { status, reason } = result;
  if (cli.options.json) cli.json({ status, nodes, reason });
  else if (status === 404) cli.out(`404: ${reason}`);
  if (status === 400) throw new DataError('DATA_CLIENT_URI', reason, { details: { uri } });
}

function pathText(path: readonly string[]): string {
  return `/${path.map(encodeText).join('/')}`;
}

// Values are left out: an MO may hold keys, and its definition need not be known.
function picture(content: MoTree, refs: readonly NodeRef[]): string {
  const instances = new Map<string, TreeNode[]>();
  for (const ref of refs) {
    const key = `${ref.moid}/${encodeText(ref.miid)}`;
    instances.set(key, [
      ...(instances.get(key) ?? []),
      { label: `${pathText(ref.path)}${kindOf(content, ref)}` },
    ]);
  }
  const children = [...instances].map(([label, nodes]) => ({ label, children: nodes }));
  return tree({ label: `200: ${refs.length} ${refs.length === 1 ? 'node' : 'nodes'}`, children });
}

function kindOf(content: MoTree, ref: NodeRef): string {
  const node = content.node(ref);
  if (node?.kind !== 'interior') return '';
  const { size } = node.children;
  return `  (${size} ${size === 1 ? 'child' : 'children'})`;
}
