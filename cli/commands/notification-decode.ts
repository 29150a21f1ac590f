/** `simboot notification decode`: what a DM notification (Package#0) says, and whether its digest is right. */
import type { Command } from 'commander';
import { decodeNotification, verifyDigest } from '../../src/dm/index.js';
import { type CliContext, EXIT } from '../context.js';
import { examples } from '../help.js';
import {
  addSecretOptions,
  optionLines,
  type SecretOptions,
  secretsOf,
  shownOptions,
} from '../notification.js';
import { argumentOctets } from '../pkcs15.js';
import { findingsList } from '../render/findings.js';

export function register(parent: Command, cli: CliContext): void {
  const command = addSecretOptions(
    parent
      .command('decode')
      .description('show a DM notification; with --secret its digest is checked')
      .argument('<hex>', 'the notification as hex; @FILE (hex or octets), or - for standard input'),
  ).action(async (hex: string, options: SecretOptions) => {
    const bytes = await argumentOctets(cli, hex);
    const notification = decodeNotification(bytes);
    const secrets = await secretsOf(cli, options);
    const unchecked = notification.digest === undefined ? 'absent' : 'unverified';
    const digest = secrets === undefined ? unchecked : verifyDigest(bytes, secrets);
    const shown = shownOptions(notification);
    const { version, findings } = notification;
    cli.result({ version, options: shown, digest, findings }, () => {
      const head = `DM notification, version ${version}, digest ${digest}`;
      return `${head}\n${optionLines(shown)}\n${findingsList(findings, cli.colours)}`;
    });
    if (digest === 'invalid') cli.finish(EXIT.DIFFERENCES);
  });
  examples(command, [
    ['simboot notification decode 20806000', 'a notification with REQ-MOS alone'],
    ['simboot notification decode @noti.bin --secret env:NOTI', 'exit code 6 if the digest is wrong'],
  ]);
}
