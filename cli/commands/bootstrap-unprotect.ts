/** `simboot bootstrap unprotect`: the document in the message of a push. */
import type { Command } from 'commander';
import { parseBootstrap, summarizeBootstrap, unprotectBootstrap } from '../../src/bootstrap/index.js';
import { type AssociationOptions, associationOptions, readAssociation } from '../association.js';
import { fingerprint } from '../bootstrap.js';
import type { CliContext } from '../context.js';
import { inFile, readInput, writeOutput } from '../files.js';
import { examples } from '../help.js';

interface Options extends AssociationOptions {
  readonly out?: string;
}

export function register(parent: Command, cli: CliContext): void {
  const command = associationOptions(
    parent
      .command('unprotect')
      .description('verify a protected bootstrap message, then decrypt it (DM 2.0 §9.3.1.3)')
      .argument('<file>', 'the message, - for standard input')
      .option('--out <file>', 'where the document goes, with its secrets; without it, what is in it is told'),
  ).action(async (file: string, options: Options) => {
    const message = await readInput(cli, file);
    const association = await readAssociation(cli, options);
    const only = { find: (pTid: string) => (pTid === association.pTid ? association : undefined), use() {} };
    const { document, mediaType } = unprotectBootstrap(message, only, cli.clock.now());
    const parsed = inFile(file, () => parseBootstrap(document));
    if (options.out !== undefined) await writeOutput(options.out, document, 0o600);
    const shown = {
      octets: document.length,
      sha256: fingerprint(document),
      mediaType,
      ...(options.out === undefined ? {} : { file: options.out }),
    };
    cli.result(shown, () =>
      [`genuine: ${document.length} octets of ${mediaType}`, ...summarizeBootstrap(parsed.document)].join(
        '\n',
      ),
    );
  });
  examples(command, [
    [
      'simboot bootstrap unprotect message.bin --naf-key @ks_naf.hex --naf-fqdn dm.example.com --ua-id 03ff000001 --rand 23553cbe9637a89d218ae64dae47bf35 --p-tid p1@naf --out bootstrap.json',
      'the document of one push',
    ],
  ]);
}
