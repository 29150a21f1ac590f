/** `simboot pkcs15 encode`: the octets of a PKCS#15 file from its entries. */
import type { Command } from 'commander';
import { toHex } from '../../src/bytes/index.js';
import { DataError } from '../../src/errors/index.js';
import { type Pkcs15File, pkcs15FromJson } from '../../src/pkcs15/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { argumentText, fileOption } from '../pkcs15.js';

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('encode')
    .description('make EF(DIR), EF(ODF), EF(DODF), EF(AODF) or EF(TokenInfo) from what decode shows')
    .addOption(fileOption())
    .argument('<json>', 'the document or the entries as JSON; @FILE, or - for standard input')
    .action(async (json: string, { file }: { file: Pkcs15File }) => {
      const hex = toHex(pkcs15FromJson(file, parse(await argumentText(cli, json))));
      cli.result({ file, hex }, () => hex);
    });
  examples(command, [
    [`simboot pkcs15 encode --file odf '[{"kind":"dataObjects","path":"6420"}]'`, 'one entry of EF(ODF)'],
    ['simboot pkcs15 decode --file dodf HEX --json | simboot pkcs15 encode --file dodf -', 'there and back'],
  ]);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError('DATA_PKCS15', `the entries are not JSON: ${(cause as Error).message}`, { cause });
  }
}
