/** `simboot tuak`: what the functions of a subscription give for one challenge. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { Tuak, tuakTopc } from '../../src/crypto/index.js';
import { UsageError } from '../../src/errors/index.js';
import { akaInputs, akaOutputs, akaText, challengeOptions } from '../aka.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { SECRET_SOURCES } from '../secrets.js';

interface Options {
  readonly k: string;
  readonly rand: string;
  readonly sqn: string;
  readonly amf: string;
  readonly top?: string;
  readonly topc?: string;
  readonly iterations: number;
  readonly macBits: number;
  readonly resBits: number;
  readonly ckBits: number;
  readonly ikBits: number;
}

export function register(parent: Command, cli: CliContext): void {
  const command = challengeOptions(
    parent.command('tuak').description('f1 to f5* of TUAK and the AUTN of one challenge (TS 35.231)'),
  )
    .addOption(new Option('--top <hex>', `TOP, 32 octets as hex, or ${SECRET_SOURCES}`).conflicts('topc'))
    .addOption(new Option('--topc <hex>', `TOPc, 32 octets as hex, or ${SECRET_SOURCES}`))
    .option('--iterations <n>', 'how often Keccak-f runs', wholeNumber, 1)
    .option('--mac-bits <n>', 'length of MAC: 64, 128 or 256', wholeNumber, 64)
    .option('--res-bits <n>', 'length of RES: 32, 64, 128 or 256', wholeNumber, 64)
    .option('--ck-bits <n>', 'length of CK: 128 or 256', wholeNumber, 128)
    .option('--ik-bits <n>', 'length of IK: 128 or 256', wholeNumber, 128)
    .action(async (options: Options) => {
      const { k, rand, sqn, amf } = await akaInputs(cli, options);
      const { iterations, macBits, resBits, ckBits, ikBits } = options;
      const secret = options.topc ?? options.top;
      if (secret === undefined) throw new UsageError('USAGE_ARGUMENT', 'one of --top and --topc is needed');
      const given = await cli.secrets.hexOrLiteral(secret, options.topc === undefined ? '--top' : '--topc');
      const topc = options.topc === undefined ? tuakTopc(k, given, iterations) : given;
      const functions = new Tuak({ k, topc, iterations, macBits, resBits, ckBits, ikBits });
      const document = akaOutputs(functions, { topc }, rand, sqn, amf);
      cli.result(document, () => akaText(document));
    });
  examples(command, [
    [
      'simboot tuak --k @k.hex --topc @topc.hex --rand 42424242424242424242424242424242 --sqn 000000000021 --amf 8000',
      'with the keys in files',
    ],
  ]);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('a whole number is needed');
  return Number(text);
}
