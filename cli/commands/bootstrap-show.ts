/** `simboot bootstrap show`: a bootstrap document in words, secrets as a length. */
import type { Command } from 'commander';
import {
  parseBootstrap,
  redactBootstrap,
  type ShownMo,
  summarizeBootstrap,
} from '../../src/bootstrap/index.js';
import { toHex } from '../../src/bytes/index.js';
import { isJsonObject, type JsonValue } from '../../src/mo/index.js';
import { fingerprint } from '../bootstrap.js';
import type { CliContext } from '../context.js';
import { readInput } from '../files.js';
import { examples } from '../help.js';
import { findingsList } from '../render/findings.js';
import { type TreeNode, tree } from '../render/tree.js';

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('show')
    .description('show a bootstrap document; secrets as a length')
    .argument('<file>', 'application/dmmo+json, - for standard input')
    .option('--reveal', 'show secrets as well')
    .action(async (file: string, { reveal = false }: { reveal?: boolean }) => {
      const bytes = await readInput(cli, file);
      const { document, findings } = parseBootstrap(bytes, { lenient: true, now: cli.clock.now() });
      const shown = redactBootstrap(document, { reveal });
      const json = {
        octets: bytes.length,
        sha256: fingerprint(bytes),
        document: shown,
        ...(reveal ? { hex: toHex(bytes) } : {}),
        findings,
      };
      cli.result(json, () =>
        [
          `${bytes.length} octets, SHA-256 ${json.sha256}`,
          ...summarizeBootstrap(document),
          '',
          ...shown.map((object) => tree(objectTree(object))),
          '',
          findingsList(findings, cli.colours),
        ].join('\n'),
      );
    });
  examples(command, [
    ['simboot bootstrap show bootstrap.json', 'accounts, nodes and findings'],
    ['simboot bootstrap show bootstrap.json --reveal --json', 'everything, for scripts'],
  ]);
}

function objectTree({ clientUri, ddf, cv, moData }: ShownMo): TreeNode {
  const extras = Object.entries({ DDF: ddf, CV: cv }).flatMap(([name, value]) =>
    value === undefined ? [] : [nodeTree(name, value)],
  );
  const nodes = Object.entries(moData).map(([name, value]) => nodeTree(name, value));
  return { label: plain(clientUri), children: [...extras, ...nodes] };
}

function nodeTree(name: string, value: JsonValue): TreeNode {
  if (isJsonObject(value)) {
    if (typeof value.length === 'number' || typeof value.hex === 'string') {
      return { label: plain(`${name} = ${leafText(value)}`) };
    }
    return {
      label: plain(name),
      children: Object.entries(value).map(([child, content]) => nodeTree(child, content)),
    };
  }
  return { label: plain(`${name} = ${JSON.stringify(value)}`) };
}

function leafText({ secret, hidden, length, hex, utf8 }: Record<string, JsonValue>): string {
  const shown = [
    ...(secret === true ? [`secret, ${length} octets`] : []),
    ...(hidden === true ? [`not shown, ${length} octets of text`] : []),
    ...(hex === undefined ? [] : [String(hex)]),
    ...(utf8 === undefined ? [] : [JSON.stringify(utf8)]),
  ];
  return shown.join(' ');
}

// A foreign document must not move the cursor of the terminal.
function plain(text: string): string {
  return text.replace(/\p{C}/gu, '\ufffd');
}
