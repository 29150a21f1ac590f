/** What `pkcs15 decode` and `pkcs15 encode` share: the file option, and an argument that may name its source. */
import { Option } from 'commander';
import { decodeUtf8, fromHex } from '../src/bytes/index.js';
import { PKCS15_FILES } from '../src/pkcs15/index.js';
import type { CliContext } from './context.js';
import { readInput } from './files.js';

export function fileOption(): Option {
  return new Option('--file <file>', 'which PKCS#15 file it is')
    .choices([...PKCS15_FILES])
    .makeOptionMandatory();
}

/** The text of an argument: itself, `@file`, or `-` for standard input. */
export async function argumentText(cli: CliContext, argument: string): Promise<string> {
  const source = sourceOf(argument);
  return source === undefined ? argument : decodeUtf8(await readInput(cli, source)).trim();
}

/** The octets of an argument: hex, or a source that holds hex or (where it is not text) the octets themselves. */
export async function argumentOctets(cli: CliContext, argument: string): Promise<Uint8Array> {
  const source = sourceOf(argument);
  if (source === undefined) return fromHex(argument);
  const content = await readInput(cli, source);
  return content.every(isPlainText) ? fromHex(decodeUtf8(content)) : content;
}

function sourceOf(argument: string): string | undefined {
  if (argument === '-') return '-';
  return argument.length > 1 && argument.startsWith('@') ? argument.slice(1) : undefined;
}

function isPlainText(octet: number): boolean {
  return (octet >= 0x20 && octet < 0x7f) || octet === 0x09 || octet === 0x0a || octet === 0x0d;
}
