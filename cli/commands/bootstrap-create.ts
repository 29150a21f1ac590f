/** `simboot bootstrap create`: a bootstrap document from a description file or from options. */
import type { Command } from 'commander';
import {
  type BootstrapDescription,
  type CreatedBootstrap,
  createBootstrap,
  redactBootstrap,
  summarizeBootstrap,
} from '../../src/bootstrap/index.js';
import { toHex } from '../../src/bytes/index.js';
import { UsageError } from '../../src/errors/index.js';
import { type AccountOptions, describedByOptions, describedInFile, fingerprint } from '../bootstrap.js';
import type { CliContext } from '../context.js';
import { writeOutput } from '../files.js';
import { examples } from '../help.js';
import { findingsList } from '../render/findings.js';
import { SECRET_SOURCES } from '../secrets.js';

interface CreateOptions extends AccountOptions {
  readonly out?: string;
  readonly reveal?: boolean;
}

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('create')
    .description('make a bootstrap document (application/dmmo+json)')
    .argument(
      '[file]',
      'description in YAML or JSON, - for standard input; without it, options describe an account',
    )
    .option('--srv-id <id>', 'identifier of the DM server, unique in the device')
    .option('--srv-uri <uri>', 'where the device opens its sessions')
    .option('--name <text>', 'name of the server for the user')
    .option('--perm <moid...>', 'kinds of MO that the server may manage (default: *)')
    .option('--miid <name>', 'instance name (default: the device chooses)')
    .option('--psk-identity <text>', 'sessions: PSK identity')
    .option('--psk-key <source>', `sessions: PSK in hex digits, from ${SECRET_SOURCES}`)
    .option('--cert <file>', 'sessions: client certificate, PEM or DER')
    .option('--key <source>', `sessions: its private key, PEM or DER, from ${SECRET_SOURCES}`)
    .option('--noti-secret <source>', `notifications: secret in hex digits, from ${SECRET_SOURCES}`)
    .option('--bootstrap-uri <uri>', 'bootstrap server: its URI')
    .option('--bootstrap-psk-identity <text>', 'bootstrap server: PSK identity')
    .option('--bootstrap-psk-key <source>', 'bootstrap server: PSK, as --psk-key')
    .option('--bootstrap-cert <file>', 'bootstrap server: client certificate, PEM or DER')
    .option('--bootstrap-key <source>', 'bootstrap server: its private key, as --key')
    .option('--server-cert <file>', 'bootstrap server: its own certificate, PEM or DER')
    .option(
      '--out <file>',
      'write the document there (a new file is readable by its owner only) and print what is in it',
    )
    .option('--reveal', 'print secrets, also on a terminal')
    .action(async (file: string | undefined, options: CreateOptions) => {
      const created = createBootstrap(await description(cli, file, options), { clock: cli.clock });
      if (options.out !== undefined) await writeOutput(options.out, created.bytes, 0o600);
      render(cli, created, options);
    });
  examples(command, [
    ['simboot bootstrap create job.yaml --out bootstrap.json', 'from a description file'],
    [
      'simboot bootstrap create --srv-id dm1 --srv-uri https://dm.example.com --name Example --psk-identity dev1 --psk-key @dev1.key --out b.json',
      'one account from options',
    ],
    ['simboot bootstrap create job.yaml | sha256sum', 'the document itself on standard output'],
  ]);
}

async function description(
  cli: CliContext,
  file: string | undefined,
  options: CreateOptions,
): Promise<BootstrapDescription> {
  const { out, reveal, ...account } = options;
  if (file === undefined) return describedByOptions(cli, account);
  const [extra] = Object.keys(account);
  if (extra === undefined) return describedInFile(cli, file);
  const flag = `--${extra.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError('USAGE_ARGUMENT', `${flag} and the description file ${file} exclude each other`);
}

function render(cli: CliContext, created: CreatedBootstrap, { out, reveal = false }: CreateOptions): void {
  const { bytes, document, findings } = created;
  if (cli.options.json) {
    cli.json({
      ...(out === undefined ? {} : { out }),
      octets: bytes.length,
      sha256: fingerprint(bytes),
      document: redactBootstrap(document, { reveal }),
      ...(reveal ? { hex: toHex(bytes) } : {}),
      findings,
    });
    return;
  }
  if (findings.length > 0) cli.note(findingsList(findings, cli.colours));
  if (out !== undefined) {
    cli.out(`${out}: ${bytes.length} octets, SHA-256 ${fingerprint(bytes)}`);
    cli.out(summarizeBootstrap(document).join('\n'));
    return;
  }
  if (cli.isTTY && !reveal) {
    throw new UsageError('USAGE_ARGUMENT', 'the document would show its secrets on the terminal', {
      next: 'Write it to a file with --out FILE, or add --reveal.',
    });
  }
  cli.write(Buffer.from(bytes).toString('utf8'));
}
