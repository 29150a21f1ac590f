/** `simboot mo tree`: MO instances, or the MOs of a device description, as trees (DM 2.0 §6.3.1.5). */
import type { Command } from 'commander';
import { decodeDmmo, type Finding, readDdf } from '../../src/mo/index.js';
import type { CliContext } from '../context.js';
import { collect, ddfFindings, definitionsOf, isXml, readDdfFiles } from '../definitions.js';
import { inFile, readInput } from '../files.js';
import { examples } from '../help.js';
import { findingsList } from '../render/findings.js';
import { definitionTree, instanceTree, shownDefinition, shownInstance } from '../render/mo.js';
import { tree } from '../render/tree.js';

/** A file of instances may hold a whole device. */
const LIMITS = { maxOctets: 64 * 1024 * 1024 };

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('tree')
    .description(
      'draw MO instances or a device description: formats, occurrences, access; secrets as a length',
    )
    .argument('<file>', 'application/dmmo+json or a DDF in XML, - for standard input')
    .option('--ddf <file>', 'device description of other MOs (repeatable)', collect, [])
    .option('--reveal', 'show secrets as well')
    .action(async (file: string, { ddf, reveal = false }: { ddf: string[]; reveal?: boolean }) => {
      const bytes = await readInput(cli, file);
      if (isXml(bytes)) showDescription(cli, file, bytes);
      else await showInstances(cli, file, bytes, ddf, reveal);
    });
  examples(command, [
    ['simboot mo tree pump.xml', 'the MOs that a device description has'],
    ['simboot mo tree pump.json --ddf pump.xml', 'instances with format and access of each node'],
  ]);
  command.addHelpText('after', `\n${LEGEND}`);
}

const LEGEND =
  'Behind a name: + one or more, * any number, ? none or one, +N one to N, *N none to N (DM 2.0 §6.3.1.5).';

function showDescription(cli: CliContext, file: string, bytes: Uint8Array): void {
  const { version, man, mod, definitions, findings } = inFile(file, () => readDdf(bytes));
  const json = {
    version,
    ...(man === undefined ? {} : { man }),
    ...(mod === undefined ? {} : { mod }),
    definitions: definitions.map(({ moid, name, path, root }) => ({
      moid,
      name,
      ...(path === undefined ? {} : { path }),
      root: shownDefinition(root),
    })),
    findings,
  };
  cli.result(json, () =>
    paragraphs(
      [
        [`DDF ${version}`, man, mod].filter((each) => each !== undefined).join(', '),
        ...definitions.map((each) => tree(definitionTree(each))),
      ],
      findings,
      cli,
    ),
  );
}

async function showInstances(
  cli: CliContext,
  file: string,
  bytes: Uint8Array,
  ddf: readonly string[],
  reveal: boolean,
): Promise<void> {
  const described = await readDdfFiles(cli, ddf);
  const definitions = definitionsOf(described);
  const { objects, findings } = inFile(file, () => decodeDmmo(bytes, LIMITS));
  const shown = objects.map((object) => ({ object, ...shownInstance(object, definitions, reveal) }));
  const all = [...ddfFindings(described), ...findings];
  const instances = shown.map(({ object, definition, nodes }) => ({
    clientUri: object.clientUri,
    definition: definition?.name ?? null,
    nodes,
  }));
  cli.result({ instances, findings: all }, () =>
    paragraphs(
      shown.map(({ object, nodes }) => tree(instanceTree(object.clientUri, nodes))),
      all,
      cli,
    ),
  );
}

function paragraphs(parts: readonly string[], findings: readonly Finding[], cli: CliContext): string {
  return [...parts, ...(findings.length === 0 ? [] : [findingsList(findings, cli.colours)])].join('\n\n');
}
