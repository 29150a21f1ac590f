/** `simboot bootstrap protect`: a bootstrap document as the message of a push. */
import type { Command } from 'commander';
import { parseBootstrap, protectBootstrap, protectedContentType } from '../../src/bootstrap/index.js';
import { toHex } from '../../src/bytes/index.js';
import { type AssociationOptions, associationOptions, readAssociation } from '../association.js';
import type { CliContext } from '../context.js';
import { inFile, readInput, writeOutput } from '../files.js';
import { examples } from '../help.js';

interface Options extends AssociationOptions {
  readonly out?: string;
}

export function register(parent: Command, cli: CliContext): void {
  const command = associationOptions(
    parent
      .command('protect')
      .description('encrypt and authenticate a bootstrap document under DMBIK and DMBEK (DM 2.0 §9.3.1.3)')
      .argument('<file>', 'application/dmmo+json, - for standard input')
      .option('--out <file>', 'where the message goes; without it, hex on standard output'),
  ).action(async (file: string, options: Options) => {
    const document = await readInput(cli, file);
    inFile(file, () => parseBootstrap(document));
    const association = await readAssociation(cli, options);
    const message = protectBootstrap(document, association, { random: cli.random });
    if (options.out !== undefined) await writeOutput(options.out, message);
    const contentType = protectedContentType();
    const shown = {
      octets: message.length,
      contentType,
      ...(options.out === undefined ? { hex: toHex(message) } : { file: options.out }),
    };
    cli.result(shown, () =>
      options.out === undefined ? toHex(message) : `${options.out}: ${message.length} octets, ${contentType}`,
    );
  });
  examples(command, [
    [
      'simboot bootstrap protect bootstrap.json --naf-key @ks_naf.hex --naf-fqdn dm.example.com --ua-id 03ff000001 --rand 23553cbe9637a89d218ae64dae47bf35 --p-tid p1@naf --out message.bin',
      'for one push',
    ],
  ]);
}
