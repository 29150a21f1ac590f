/** `simboot gba push-info`: one push information from a BSF. */
import { type Command, Option } from 'commander';
import { bsfClient } from '../../src/app/index.js';
import { fromHex, toHex } from '../../src/bytes/index.js';
import { UsageError } from '../../src/errors/index.js';
import { HttpClient } from '../../src/net/index.js';
import { akaText } from '../aka.js';
import { bsfSendOptions } from '../bsf.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { SECRET_SOURCES } from '../secrets.js';

interface Options {
  readonly bsf: string;
  readonly password?: string;
  readonly trust?: string;
  readonly ueId: string;
  readonly public?: boolean;
  readonly nafFqdn: string;
  readonly uaId: string;
  readonly pTid: string;
  readonly gba: 'me' | 'u';
  readonly life: string;
  readonly auts?: string;
  readonly rand?: string;
  readonly reveal?: boolean;
}

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('push-info')
    .description('ask a BSF for the push information of one device (TS 29.309); keys show with --reveal only')
    .requiredOption('--bsf <url>', 'root of the interface, such as https://bsf.example:8444')
    .option('--password <source>', `password of the NAF, whose user name is --naf-fqdn: ${SECRET_SOURCES}`)
    .option('--trust <file>', 'authorities or certificate of the BSF, PEM')
    .requiredOption('--ue-id <identity>', 'IMPI, or with --public an IMPU or telephone number')
    .option('--public', 'the identity is a public one')
    .requiredOption('--naf-fqdn <name>', 'host name of the DM server')
    .requiredOption('--ua-id <hex>', 'Ua security protocol identifier, five octets')
    .requiredOption('--p-tid <name>', 'name of the security association')
    .addOption(new Option('--gba <kind>', 'where Ks will be known').choices(['me', 'u']).default('me'))
    .option('--life <seconds>', 'life of the association', '3600')
    .option('--auts <hex>', 'resynchronisation: AUTS of the card, with --rand')
    .option('--rand <hex>', 'resynchronisation: RAND of the challenge that the card refused')
    .option('--reveal', 'show the keys too')
    .action((options: Options) => run(cli, options));
  examples(command, [
    [
      'simboot gba push-info --bsf https://127.0.0.1:8444 --trust simboot-bsf/tls-ec.pem --ue-id 001010123456789@ims.mnc001.mcc001.3gppnetwork.org --naf-fqdn dm.example.com --ua-id 03ff000001 --p-tid p1@naf',
      'from a BSF on this machine',
    ],
  ]);
}

async function run(cli: CliContext, options: Options): Promise<void> {
  const { auts, rand } = options;
  if ((auts === undefined) !== (rand === undefined))
    throw new UsageError('USAGE_ARGUMENT', '--auts and --rand go together');
  if (!/^[1-9]\d{0,7}$/.test(options.life))
    throw new UsageError('USAGE_ARGUMENT', '--life is a number of seconds');
  const http = new HttpClient({ clock: () => cli.clock.now() });
  try {
    const source = bsfClient({ apiRoot: options.bsf, http, send: await bsfSendOptions(cli, options) });
    const answer = await source(
      {
        ueId: options.ueId,
        ueIdType: options.public === true ? 'PUBLIC' : 'PRIVATE',
        uiccAppLabel: 'USIM',
        nafId: { nafFqdn: options.nafFqdn, uaSecProtId: fromHex(options.uaId) },
        ptId: options.pTid,
        uiccOrMe: options.gba === 'u' ? 'GBA_U' : 'GBA_ME',
        requestedLifeTime: new Date(cli.clock.now().getTime() + Number(options.life) * 1000),
        privateIdRequest: true,
        ...(auts === undefined || rand === undefined
          ? {}
          : { resynchronisation: { auts: fromHex(auts), rand: fromHex(rand) } }),
      },
      cli.signal,
    );
    const { gbaPushInfo, keyExpiryTime, impi, meKeyMaterial, uiccKeyMaterial } = answer;
    const document = {
      gba_push_info: toHex(gbaPushInfo),
      ...(impi === undefined ? {} : { impi }),
      ...(keyExpiryTime === undefined ? {} : { expires: keyExpiryTime.toISOString() }),
      ...(options.reveal !== true
        ? {}
        : {
            [options.gba === 'u' ? 'ks_ext_naf' : 'ks_naf']: toHex(meKeyMaterial),
            ...(uiccKeyMaterial === undefined ? {} : { ks_int_naf: toHex(uiccKeyMaterial) }),
          }),
    };
    cli.result(document, () => akaText(document));
  } finally {
    http.close();
  }
}
