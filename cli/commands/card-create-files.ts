/** `simboot card create-files`: the files of DM 2.0 Appendix G on a card that has none. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { createFiles, DEFAULT_SIZES, type FileSizes } from '../../src/bootstrap/index.js';
import { fromHex } from '../../src/bytes/index.js';
import type { SecurityAttributes } from '../../src/card/index.js';
import { SimbootError } from '../../src/errors/index.js';
import { onCards } from '../card/open.js';
import { addKeyOptions, fid, type KeyOptions, octets, readKeys } from '../card/options.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';

interface CreateOptions extends KeyOptions {
  readonly dirRule: SecurityAttributes;
  readonly publicRule: SecurityAttributes;
  readonly bootstrapRule: SecurityAttributes;
  readonly pinTemplate?: Uint8Array;
  readonly size: number;
  readonly odfSize: number;
  readonly dodfSize: number;
  readonly aodfSize?: number;
  readonly file?: number;
  readonly dryRun?: boolean;
}

const FORMS = { '8b': 'referenced', '8c': 'compact', ab: 'expanded' } as const;
const TAGS = { '8b': 0x8b, '8c': 0x8c, ab: 0xab } as const;

export function register(parent: Command, cli: CliContext): void {
  const rule = (flags: string, what: string) =>
    new Option(flags, `access rule of ${what}: TAG:HEX with tag 8B (EF.ARR, record), 8C or AB`)
      .argParser(securityAttributes)
      .makeOptionMandatory();
  const command = addKeyOptions(
    parent
      .command('create-files')
      .description('create the PKCS#15 application and its files (3G mode, with the ADM)'),
  )
    .addOption(rule('--dir-rule <rule>', 'the application'))
    .addOption(rule('--public-rule <rule>', 'EF ODF, TokenInfo, DODF, AODF: READ always, UPDATE ADM'))
    .addOption(rule('--bootstrap-rule <rule>', 'EF DM_Bootstrap: READ always or PIN, UPDATE ADM'))
    .option('--pin-template <hex>', 'content of the PIN status template (C6) of the application', hexOctets)
    .option('--size <octets>', 'size of EF DM_Bootstrap', octets, DEFAULT_SIZES.bootstrap)
    .option('--odf-size <octets>', 'size of EF ODF', octets, DEFAULT_SIZES.odf)
    .option('--dodf-size <octets>', 'size of EF DODF', octets, DEFAULT_SIZES.dodf)
    .option('--aodf-size <octets>', 'size of EF AODF; without it the file is not created', octets)
    .addOption(new Option('--file <fid>', 'identifier of EF DM_Bootstrap; default 6431').argParser(fid))
    .option('--dry-run', 'say what would be created and change nothing')
    .action(async (options: CreateOptions) => create(cli, options));
  examples(command, [
    [
      'simboot card create-files --dir-rule 8B:2F0602 --public-rule 8B:2F0601 --bootstrap-rule 8B:2F0603 --adm-hex env:ADM',
      'rules from EF.ARR of the MF',
    ],
    [
      'simboot card create-files --dir-rule 8C:0610 --public-rule 8C:031000 --bootstrap-rule 8C:031000 --dry-run',
      'what would be created',
    ],
  ]);
}

async function create(cli: CliContext, options: CreateOptions): Promise<void> {
  const { dirRule, publicRule, bootstrapRule, pinTemplate, aodfSize, file } = options;
  const sizes: FileSizes = {
    ...DEFAULT_SIZES,
    odf: options.odfSize,
    dodf: options.dodfSize,
    bootstrap: options.size,
    ...(aodfSize === undefined ? {} : { aodf: aodfSize }),
  };
  const request = {
    security: { directory: dirRule, public: publicRule, bootstrap: bootstrapRule },
    keys: await readKeys(cli, options),
    sizes,
    dryRun: options.dryRun ?? false,
    ...(pinTemplate ? { pinTemplate } : {}),
    ...(file === undefined ? {} : { fids: { bootstrap: file } }),
  };
  await onCards(cli, async (card) => {
    const result = await createFiles(card, request);
    const verb = request.dryRun ? 'would create' : 'created';
    return {
      document: { dryRun: request.dryRun, ...result },
      text: () =>
        [
          ...result.created.map((name) => `${cli.colours.green('+')} ${verb} ${name}`),
          ...result.kept.map((name) => `  kept ${name}`),
          `${result.dirRecord === 'added' ? `${cli.colours.green('+')} ${verb}` : '  kept'} the record in EF(DIR)`,
        ].join('\n'),
    };
  });
}

/** `8B:2F0601`, `8C:031000`, `AB:…`. */
function securityAttributes(text: string): SecurityAttributes {
  const [, tag = '', hex = ''] = /^(8b|8c|ab):(.+)$/i.exec(text) ?? [];
  const key = tag.toLowerCase() as keyof typeof FORMS;
  if (!(key in FORMS)) throw new InvalidArgumentError('TAG:HEX is expected, such as 8B:2F0601 or 8C:031000.');
  return { form: FORMS[key], tag: TAGS[key], bytes: hexOctets(hex) } as SecurityAttributes;
}

function hexOctets(text: string): Uint8Array {
  try {
    return fromHex(text);
  } catch (error) {
    if (error instanceof SimbootError) throw new InvalidArgumentError(`Hex is expected: ${error.message}.`);
    throw error;
  }
}
