/** `simboot bootstrap show`: a bootstrap document in words, secrets as a length. */
import type { Command } from 'commander';
import { parseBootstrap, redactBootstrap, summarizeBootstrap } from '../../src/bootstrap/index.js';
import { toHex } from '../../src/bytes/index.js';
import { fingerprint } from '../bootstrap.js';
import type { CliContext } from '../context.js';
import { inFile, readInput } from '../files.js';
import { examples } from '../help.js';
import { documentTrees } from '../render/document.js';
import { findingsList } from '../render/findings.js';

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('show')
    .description('show a bootstrap document; secrets as a length')
    .argument('<file>', 'application/dmmo+json, - for standard input')
    .option('--reveal', 'show secrets as well')
    .action(async (file: string, { reveal = false }: { reveal?: boolean }) => {
      const bytes = await readInput(cli, file);
      const { document, findings } = inFile(file, () =>
        parseBootstrap(bytes, { lenient: true, now: cli.clock.now() }),
      );
      const json = {
        octets: bytes.length,
        sha256: fingerprint(bytes),
        document: redactBootstrap(document, { reveal }),
        ...(reveal ? { hex: toHex(bytes) } : {}),
        findings,
      };
      cli.result(json, () =>
        [
          `${bytes.length} octets, SHA-256 ${json.sha256}`,
          ...summarizeBootstrap(document),
          '',
          ...documentTrees(redactBootstrap(document, { reveal, explain: true })),
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
