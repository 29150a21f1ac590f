/**
 * Keys, PINs and passphrases from where the process list and the shell history do not show them:
 * `@file`, `env:NAME`, `fd:N`, or `-` (standard input; typed without echo at a terminal).
 */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fromHex } from '../src/bytes/index.js';
import { DataError, UsageError } from '../src/errors/index.js';
import type { CliInput, CliIo } from './io.js';
import { promptHidden } from './prompt.js';

/** For option descriptions: what SOURCE may be. */
export const SECRET_SOURCES = '@file, env:NAME, fd:N or - (standard input, or typed without echo)';

/** Reads secrets; `name` is the option, as messages name it (`--adm-hex`). */
export interface SecretReader {
  /** Octets written as hex in the source. */
  hex(source: string, name: string): Promise<Uint8Array>;
  /** Octets of the characters themselves, 20 to 7E. */
  ascii(source: string, name: string): Promise<Uint8Array>;
  /** The text itself, UTF-8, without the line end. */
  text(source: string, name: string): Promise<string>;
  /** The octets as they stand in the source: key files in PEM or DER. */
  octets(source: string, name: string): Promise<Uint8Array>;
  /** For calculators only: also takes the hex itself, and warns that it shows in the process list. */
  hexOrLiteral(source: string, name: string): Promise<Uint8Array>;
}

export function secretReader(io: CliIo, warn: (text: string) => void): SecretReader {
  const octets = sourceReader(io);
  const text = async (source: string, name: string) => withoutLineEnd(await octets(source, name), name);
  const hex = async (source: string, name: string) => hexSecret(await text(source, name), name);
  return {
    text,
    octets: async (source, name) => Uint8Array.from(filled(await octets(source, name), name)),
    hex,
    ascii: async (source, name) => asciiSecret(await text(source, name), name),
    hexOrLiteral: async (source, name) => {
      if (isSource(source)) return hex(source, name);
      const value = hexSecret(source, name);
      warn(`${name} given literally shows in the process list and the shell history; use ${SECRET_SOURCES}`);
      return value;
    },
  };
}

function isSource(source: string): boolean {
  return source === '-' || /^(@.|env:.|fd:\d)/.test(source);
}

function sourceReader(io: CliIo): (source: string, name: string) => Promise<Buffer> {
  let stdinTakenBy: string | undefined;
  return async (source, name) => {
    if (source === '-') {
      if (stdinTakenBy !== undefined) {
        throw refused(`${name}: standard input was read for ${stdinTakenBy} already`);
      }
      stdinTakenBy = name;
      return fromStdin(io, name);
    }
    if (source.startsWith('env:')) return fromEnv(io, source.slice(4), name);
    if (/^fd:\d{1,4}$/.test(source)) return fromDescriptor(Number(source.slice(3)), name);
    if (source.startsWith('@') && source.length > 1) return fromFile(source.slice(1), name);
    throw refused(`${name} does not take the secret itself, which would show in the process list`);
  };
}

function refused(message: string): UsageError {
  return new UsageError('USAGE_SECRET_SOURCE', message);
}

async function fromFile(path: string, name: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new UsageError('USAGE_FILE_UNREADABLE', `${name}: cannot read ${path} (${why})`, {
      cause,
      details: { path },
    });
  }
}

function fromEnv(io: CliIo, variable: string, name: string): Buffer {
  const value = io.env[variable];
  if (!value) throw refused(`${name}: the environment variable ${variable} is not set or empty`);
  return Buffer.from(value);
}

async function fromDescriptor(fd: number, name: string): Promise<Buffer> {
  try {
    return await collect(createReadStream('', { fd }));
  } catch {
    throw refused(`${name}: file descriptor ${fd} cannot be read`);
  }
}

async function fromStdin(io: CliIo, name: string): Promise<Buffer> {
  if (io.stdin.isTTY) return Buffer.from(await promptHidden(io, `${name}: `));
  return collect(io.stdin);
}

async function collect(input: AsyncIterable<unknown> | CliInput): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

function withoutLineEnd(content: Buffer, name: string): string {
  return filled(content.toString('utf8').replace(/\r?\n$/, ''), name);
}

function filled<T extends { readonly length: number }>(content: T, name: string): T {
  if (content.length === 0) throw refused(`${name}: the source is empty`);
  return content;
}

function hexSecret(text: string, name: string): Uint8Array {
  try {
    return fromHex(text);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError('DATA_HEX', `${name}: ${error.message}`, { details: error.details });
  }
}

function asciiSecret(text: string, name: string): Uint8Array {
  const wrong = [...text].findIndex((character) => character < ' ' || character > '~');
  if (wrong >= 0) {
    throw new UsageError('USAGE_ARGUMENT', `${name}: character ${wrong + 1} is not printable ASCII`, {
      details: { position: wrong + 1 },
      next: 'Give octets outside 20-7E as hex, with the option that ends in -hex.',
    });
  }
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}
