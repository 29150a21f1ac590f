/** `simboot card apdu`: commands as they are, for experts. */
import { type Command, Option } from 'commander';
import { ApduProcessor, type CardChannel, decodeCommand, explainStatus } from '../../src/apdu/index.js';
import { fromHex, hex16, toHex } from '../../src/bytes/index.js';
import { UsageError } from '../../src/errors/index.js';
import { onChannels } from '../card/open.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';

/** VERIFY, CHANGE, DISABLE, ENABLE, UNBLOCK: a wrong value costs a try (TS 102 221 §11.1.9 to §11.1.13). */
const PIN_COMMANDS: readonly number[] = [0x20, 0x24, 0x26, 0x28, 0x2c];

interface Exchange {
  readonly command: string;
  readonly response: string;
  readonly sw: string;
  readonly meaning: string;
}

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('apdu')
    .description('send command APDUs and show the answers')
    .argument('<hex...>', 'commands, one argument each')
    .addOption(
      new Option('--force', 'also send commands that present or change a PIN: a wrong value costs a try'),
    )
    .action(async (texts: string[], { force }: { force?: boolean }) => {
      const commands = texts.map((text) => fromHex(text));
      refusePinCommands(commands, force ?? false);
      await onChannels(cli, async (channel) => {
        const exchanges = await send(channel, commands);
        return {
          document: { reader: channel.reader, atr: toHex(channel.atr), exchanges },
          text: () => exchanges.map((one) => exchangeText(one, cli)).join('\n'),
        };
      });
    });
  examples(command, [
    ['simboot card apdu 00A40004023F00', 'SELECT the MF'],
    ['simboot card apdu 00A40804022F00 00B2010426', 'two commands, one after the other'],
    ['simboot card apdu A0A40000023F00 --json', 'for scripts'],
  ]);
}

/** The empty VERIFY only asks for the tries. */
function refusePinCommands(commands: readonly Uint8Array[], force: boolean): void {
  const risky = commands.find((bytes) => {
    const { ins, data } = decodeCommand(bytes);
    return PIN_COMMANDS.includes(ins) && data !== undefined;
  });
  if (!risky || force) return;
  throw new UsageError('USAGE_ARGUMENT', `${toHex(risky.subarray(0, 4))} presents or changes a PIN or key`, {
    next: 'A wrong value costs a try, and the value shows in the process list. Use --pin or --adm-hex of the other commands, or --force.',
  });
}

async function send(channel: CardChannel, commands: readonly Uint8Array[]): Promise<Exchange[]> {
  const processor = new ApduProcessor(channel);
  const exchanges: Exchange[] = [];
  for (const bytes of commands) {
    const { data, sw } = await processor.send(decodeCommand(bytes));
    exchanges.push({
      command: toHex(bytes),
      response: toHex(data),
      sw: hex16(sw).toLowerCase(),
      meaning: explainStatus(sw).meaning,
    });
  }
  return exchanges;
}

function exchangeText({ command, response, sw, meaning }: Exchange, cli: CliContext): string {
  const { dim } = cli.colours;
  return `${dim('→')} ${command.toUpperCase()}\n${dim('←')} ${response.toUpperCase()} ${sw.toUpperCase()} (${meaning})`;
}
