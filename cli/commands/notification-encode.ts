/** `simboot notification encode`: a DM notification (Package#0) from its options. */
import type { Command } from 'commander';
import { toHex } from '../../src/bytes/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { addFieldOptions, type FieldOptions, notificationOf } from '../notification.js';

export function register(parent: Command, cli: CliContext): void {
  const command = addFieldOptions(
    parent.command('encode').description('make a DM notification; with --secret it gets its digest'),
  ).action(async (options: FieldOptions) => {
    const hex = toHex(await notificationOf(cli, options));
    cli.result({ hex }, () => hex);
  });
  examples(command, [
    ['simboot notification encode --req-mos', 'the shortest one that asks for the list of MOs'],
    [
      'simboot notification encode --server-id dms1 --notification-id 7 --timestamp now --secret @noti.hex',
      'with time and digest',
    ],
    ['simboot notification encode --con-type wlan any', 'over WLAN if there is one'],
  ]);
}
