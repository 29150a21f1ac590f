/** What the `card` commands share: keys from safe sources, files named by identifier, the document. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CardKeys } from '../../src/bootstrap/index.js';
import { encodePin, parseKeyValue } from '../../src/card/index.js';
import { UsageError } from '../../src/errors/index.js';
import type { CliContext } from '../context.js';
import { SECRET_SOURCES } from '../secrets.js';

export interface KeyOptions {
  readonly pin?: string;
  readonly admHex?: string;
  readonly admAscii?: string;
  readonly admKey?: number;
  readonly allowLastTry?: boolean;
  readonly consentUnknownTries?: boolean;
}

/** The PIN, for commands that only read. */
export function addPinOptions(command: Command): Command {
  return command
    .option('--pin <source>', `PIN, 4 to 8 digits; from ${SECRET_SOURCES}`)
    .option('--allow-last-try', 'present a PIN or ADM although one try is left')
    .option('--consent-unknown-tries', 'present an ADM once although the card cannot tell its tries');
}

/** PIN and ADM, for commands that write. */
export function addKeyOptions(command: Command): Command {
  return addPinOptions(command)
    .option('--adm-hex <source>', `ADM as 16 hex digits; from ${SECRET_SOURCES}`)
    .option('--adm-ascii <source>', `ADM as 8 characters; from ${SECRET_SOURCES}`)
    .addOption(
      new Option('--adm-key <hex>', 'key reference of the ADM where the card does not tell it').argParser(
        octet,
      ),
    );
}

/** The keys that the options name. */
export async function readKeys(cli: CliContext, options: KeyOptions): Promise<CardKeys> {
  const { pin, admHex, admAscii, admKey } = options;
  if (admHex !== undefined && admAscii !== undefined) {
    throw new UsageError('USAGE_ARGUMENT', 'give the ADM as --adm-hex or as --adm-ascii, not both');
  }
  const adm =
    admHex !== undefined
      ? parseKeyValue({ hex: await cli.secrets.text(admHex, '--adm-hex') })
      : admAscii !== undefined
        ? parseKeyValue({ ascii: await cli.secrets.text(admAscii, '--adm-ascii') })
        : undefined;
  return {
    ...(pin === undefined ? {} : { pin: encodePin(await cli.secrets.text(pin, '--pin')) }),
    ...(adm ? { adm } : {}),
    ...(admKey === undefined ? {} : { admKey }),
    policy: {
      allowLastTry: options.allowLastTry ?? false,
      consentUnknownTries: options.consentUnknownTries ?? false,
    },
  };
}

/** An octet of two hex digits. */
function octet(text: string): number {
  if (!/^[0-9a-f]{2}$/i.test(text)) throw new InvalidArgumentError('Two hex digits are expected.');
  return Number.parseInt(text, 16);
}

/** A file identifier of four hex digits. */
export function fid(text: string): number {
  if (!/^[0-9a-f]{4}$/i.test(text))
    throw new InvalidArgumentError('Four hex digits are expected, such as 6431.');
  return Number.parseInt(text, 16);
}

/** A number of octets, 1 to 32767. */
export function octets(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 0x7fff) {
    throw new InvalidArgumentError('A number of octets from 1 to 32767 is expected.');
  }
  return value;
}
