/** How commands reach a BSF: credentials of the NAF, and whom to trust. */
import type { SendOptions } from '../src/net/index.js';
import type { CliContext } from './context.js';
import { readInput } from './files.js';

interface BsfOptions {
  readonly nafFqdn: string;
  readonly password?: string;
  readonly trust?: string;
}

/** The credentials and trust that the options name. */
export async function bsfSendOptions(
  cli: CliContext,
  { nafFqdn, password, trust }: BsfOptions,
): Promise<SendOptions> {
  return {
    ...(password === undefined
      ? {}
      : {
          credentials: {
            kind: 'http',
            user: nafFqdn,
            password: await cli.secrets.text(password, '--password'),
          },
        }),
    ...(trust === undefined ? {} : { trust: { anchors: await readInput(cli, trust) } }),
  };
}
