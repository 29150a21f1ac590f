/** The security association of a protected message, from options (`bootstrap protect`, `bootstrap unprotect`). */
import { type Command, Option } from 'commander';
import type { SecurityAssociation } from '../src/bootstrap/index.js';
import { fromHex } from '../src/bytes/index.js';
import { UsageError } from '../src/errors/index.js';
import { DM_KEY_LABELS, type DmKeyLabel, dmKeys, nafId } from '../src/gba/index.js';
import type { CliContext } from './context.js';
import { SECRET_SOURCES } from './secrets.js';

export interface AssociationOptions {
  readonly nafKey?: string;
  readonly dmbik?: string;
  readonly dmbek?: string;
  readonly label: DmKeyLabel;
  readonly nafFqdn: string;
  readonly uaId: string;
  readonly rand: string;
  readonly pTid: string;
}

/** Far enough for a message that is opened by hand. */
const NEVER = new Date('9999-12-31T23:59:59Z');

/** The options of an association. */
export function associationOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--naf-key <source>', `Ks_NAF or Ks_ext_NAF, 32 octets as hex: ${SECRET_SOURCES}`).conflicts(
        ['dmbik', 'dmbek'],
      ),
    )
    .option('--dmbik <source>', 'integrity key in place of --naf-key')
    .option('--dmbek <source>', 'encryption key in place of --naf-key')
    .addOption(
      new Option('--label <octets>', 'how DMBIK and DMBEK come from --naf-key')
        .choices(Object.keys(DM_KEY_LABELS))
        .default('dm-bik'),
    )
    .requiredOption('--naf-fqdn <name>', 'host name of the DM server')
    .requiredOption('--ua-id <hex>', 'Ua security protocol identifier, five octets')
    .requiredOption('--rand <hex>', 'RAND of the push, 16 octets')
    .requiredOption('--p-tid <name>', 'P-TID of the push');
}

/**
 * @throws UsageError `USAGE_ARGUMENT` where keys are missing or have other lengths
 */
export async function readAssociation(
  cli: CliContext,
  options: AssociationOptions,
): Promise<SecurityAssociation> {
  const rand = fromHex(options.rand);
  if (rand.length !== 16) throw new UsageError('USAGE_ARGUMENT', `--rand has 16 octets, not ${rand.length}`);
  return {
    pTid: options.pTid,
    nafId: nafId(options.nafFqdn, fromHex(options.uaId)),
    rand,
    keys: await readKeys(cli, options),
    expires: NEVER,
  };
}

async function readKeys(cli: CliContext, { nafKey, dmbik, dmbek, label }: AssociationOptions) {
  if (nafKey !== undefined) return dmKeys(await cli.secrets.hex(nafKey, '--naf-key'), label);
  if (dmbik === undefined || dmbek === undefined)
    throw new UsageError('USAGE_ARGUMENT', 'give --naf-key, or both --dmbik and --dmbek');
  return { dmbik: await key(cli, dmbik, '--dmbik'), dmbek: await key(cli, dmbek, '--dmbek') };
}

async function key(cli: CliContext, source: string, name: string): Promise<Uint8Array> {
  const octets = await cli.secrets.hex(source, name);
  if (octets.length === 32) return octets;
  throw new UsageError('USAGE_ARGUMENT', `${name} has 32 octets, not ${octets.length}`);
}
