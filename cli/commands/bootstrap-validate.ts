/** `simboot bootstrap validate`: what is wrong with a bootstrap document, with the place of each mistake. */
import type { Command } from 'commander';
import { validateBootstrap } from '../../src/bootstrap/index.js';
import { DataError } from '../../src/errors/index.js';
import { fingerprint } from '../bootstrap.js';
import type { CliContext } from '../context.js';
import { readInput } from '../files.js';
import { examples } from '../help.js';
import { findingsList } from '../render/findings.js';

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('validate')
    .description('check a bootstrap document against its format, the MO definitions and its certificates')
    .argument('<file>', 'application/dmmo+json, - for standard input')
    .action(async (file: string) => {
      const bytes = await readInput(cli, file);
      const findings = validateBootstrap(bytes, { now: cli.clock.now() });
      const errors = findings.filter(({ severity }) => severity === 'error').length;
      const valid = errors === 0;
      const document = { octets: bytes.length, sha256: fingerprint(bytes), valid, findings };
      cli.result(document, () => findingsList(findings, cli.colours, 'valid'));
      if (!valid) {
        const message = `${file} has ${errors} ${errors === 1 ? 'mistake' : 'mistakes'}`;
        throw new DataError('DATA_BOOTSTRAP', message, { details: { errors } });
      }
    });
  examples(command, [
    ['simboot bootstrap validate bootstrap.json', 'findings, worst first; exit code 2 if there is an error'],
  ]);
}
