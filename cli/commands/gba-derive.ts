/** `simboot gba derive`: from CK and IK to DMBIK and DMBEK. */
import { type Command, Option } from 'commander';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { UsageError } from '../../src/errors/index.js';
import {
  DM_KEY_LABELS,
  type DmKeyLabel,
  dmKeys,
  ks,
  ksExtNaf,
  ksIntNaf,
  nafId,
} from '../../src/gba/index.js';
import { akaText } from '../aka.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { SECRET_SOURCES } from '../secrets.js';

interface Options {
  readonly ck: string;
  readonly ik: string;
  readonly rand: string;
  readonly impi: string;
  readonly nafFqdn: string;
  readonly uaId: string;
  readonly gba: 'me' | 'u';
  readonly nafKey: 'ext' | 'int';
  readonly label: DmKeyLabel;
}

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('derive')
    .description('Ks, NAF_Id, the keys of the NAF, DMBIK and DMBEK (TS 33.220 Annex B, DM 2.0 §9.3.1.3)')
    .requiredOption('--ck <hex>', `CK, 16 octets as hex, or ${SECRET_SOURCES}`)
    .requiredOption('--ik <hex>', `IK, 16 octets as hex, or ${SECRET_SOURCES}`)
    .requiredOption('--rand <hex>', 'RAND, 16 octets')
    .requiredOption('--impi <identity>', 'private identity of the subscriber')
    .requiredOption('--naf-fqdn <name>', 'host name of the DM server, letter by letter as both ends use it')
    .requiredOption(
      '--ua-id <hex>',
      'Ua security protocol identifier, five octets; none is registered for DM',
    )
    .addOption(new Option('--gba <kind>', 'where Ks is known').choices(['me', 'u']).default('me'))
    .addOption(
      new Option('--naf-key <which>', 'the key that DMBIK and DMBEK come from; int needs --gba u')
        .choices(['ext', 'int'])
        .default('ext'),
    )
    .addOption(
      new Option('--label <octets>', 'how the clause is read: six octets, or the quoted five')
        .choices(Object.keys(DM_KEY_LABELS))
        .default('dm-bik'),
    )
    .action(async (options: Options) => {
      const { gba, nafKey, label } = options;
      if (nafKey === 'int' && gba === 'me')
        throw new UsageError('USAGE_ARGUMENT', '--naf-key int needs --gba u: GBA_ME has no Ks_int_NAF');
      const ck = await cli.secrets.hexOrLiteral(options.ck, '--ck');
      const ik = await cli.secrets.hexOrLiteral(options.ik, '--ik');
      const id = nafId(options.nafFqdn, fromHex(options.uaId));
      const input = { ks: ks(ck, ik), rand: fromHex(options.rand), impi: options.impi, nafId: id };
      const ext = ksExtNaf(input);
      const int = ksIntNaf(input);
      const { dmbik, dmbek } = dmKeys(nafKey === 'int' ? int : ext, label);
      const octets = {
        ks: input.ks,
        naf_id: id,
        ...(gba === 'me' ? { ks_naf: ext } : { ks_ext_naf: ext, ks_int_naf: int }),
        dmbik,
        dmbek,
      };
      const document = Object.fromEntries(Object.entries(octets).map(([name, key]) => [name, toHex(key)]));
      cli.result(document, () => akaText(document));
    });
  examples(command, [
    [
      'simboot gba derive --ck @ck.hex --ik @ik.hex --rand 23553cbe9637a89d218ae64dae47bf35 --impi 001010000000001@ims.mnc001.mcc001.3gppnetwork.org --naf-fqdn dm.example.com --ua-id 03ff000001',
      'with an experimental identifier',
    ],
  ]);
}
