/** `simboot pkcs15 decode`: the content of a PKCS#15 file, entry by entry. */
import type { Command } from 'commander';
import { type JsonObject, type JsonValue, type Pkcs15File, pkcs15ToJson } from '../../src/pkcs15/index.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';
import { argumentOctets, fileOption } from '../pkcs15.js';
import { findingsList } from '../render/findings.js';
import { type TreeNode, tree } from '../render/tree.js';

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('decode')
    .description('show the entries of EF(DIR), EF(ODF), EF(DODF), EF(AODF) or EF(TokenInfo)')
    .addOption(fileOption())
    .argument('<hex>', 'content of the file or record as hex; @FILE (hex or octets), or - for standard input')
    .action(async (hex: string, { file }: { file: Pkcs15File }) => {
      const document = pkcs15ToJson(file, await argumentOctets(cli, hex));
      cli.result(document, () => {
        const count = document.entries.length;
        const label = `${count} ${count === 1 ? 'entry' : 'entries'} in ${document.used} octets`;
        const entries = document.entries.map((entry, index) => entryTree(`entry ${index + 1}`, entry));
        return `${tree({ label, children: entries })}\n${findingsList(document.findings, cli.colours)}`;
      });
    });
  examples(command, [
    ['simboot pkcs15 decode --file odf a706300404026420', 'one entry of EF(ODF)'],
    ['simboot pkcs15 decode --file dodf @dodf.bin --json', 'a whole file, for scripts'],
  ]);
}

function entryTree(label: string, value: JsonValue): TreeNode {
  if (typeof value !== 'object' || value === null) return { label: `${label}: ${String(value)}` };
  if (isList(value)) {
    if (value.every((item) => typeof item !== 'object')) return { label: `${label}: ${value.join(', ')}` };
    return { label, children: value.map((item, index) => entryTree(`${index + 1}`, item)) };
  }
  const fields = Object.entries(value as JsonObject);
  return { label, children: fields.map(([name, field]) => entryTree(name, field)) };
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
