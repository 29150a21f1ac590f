/** `simboot milenage`: what the functions of a subscription give for one challenge. */
import { type Command, Option } from 'commander';
import { Milenage, milenageOpc } from '../../src/crypto/index.js';
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
  readonly op?: string;
  readonly opc?: string;
}

export function register(parent: Command, cli: CliContext): void {
  const command = challengeOptions(
    parent.command('milenage').description('f1 to f5* of Milenage and the AUTN of one challenge (TS 35.206)'),
  )
    .addOption(new Option('--op <hex>', `OP, 16 octets as hex, or ${SECRET_SOURCES}`).conflicts('opc'))
    .addOption(new Option('--opc <hex>', `OPc, 16 octets as hex, or ${SECRET_SOURCES}`))
    .action(async (options: Options) => {
      const { k, rand, sqn, amf } = await akaInputs(cli, options);
      const secret = options.opc ?? options.op;
      if (secret === undefined) throw new UsageError('USAGE_ARGUMENT', 'one of --op and --opc is needed');
      const given = await cli.secrets.hexOrLiteral(secret, options.opc === undefined ? '--op' : '--opc');
      const opc = options.opc === undefined ? milenageOpc(k, given) : given;
      const document = akaOutputs(new Milenage({ k, opc }), { opc }, rand, sqn, amf);
      cli.result(document, () => akaText(document));
    });
  examples(command, [
    [
      'simboot milenage --k @k.hex --opc @opc.hex --rand 23553cbe9637a89d218ae64dae47bf35 --sqn 000000000021 --amf 8000',
      'with the keys in files',
    ],
  ]);
}
