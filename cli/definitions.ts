/** Device descriptions (DDF) named on the command line. */
import {
  type DdfDocument,
  type Finding,
  MO_DEFINITIONS,
  type MoDefinition,
  readDdf,
} from '../src/mo/index.js';
import type { CliContext } from './context.js';
import { inFile, readInput } from './files.js';

export interface DdfFile extends DdfDocument {
  readonly file: string;
}

/** For an option that is given once for each file. */
export function collect(file: string, before: readonly string[]): string[] {
  return [...before, file];
}

/** JSON starts with a bracket or brace, XML with `<`, either behind white space. */
export function isXml(bytes: Uint8Array): boolean {
  return /^[\s\ufeff]*</.test(new TextDecoder().decode(bytes.subarray(0, 1024)));
}

/** @throws DataError with the file before its message; UsageError `USAGE_FILE_UNREADABLE` */
export async function readDdfFiles(cli: CliContext, files: readonly string[]): Promise<DdfFile[]> {
  const read: DdfFile[] = [];
  for (const file of files) {
    const xml = await readInput(cli, file);
    read.push({ file, ...inFile(file, () => readDdf(xml)) });
  }
  return read;
}

/** Those of the files, then those that simboot comes with. */
export function definitionsOf(files: readonly DdfFile[]): MoDefinition[] {
  return [...files.flatMap(({ definitions }) => definitions), ...MO_DEFINITIONS];
}

/** Findings of the files, each with the file before its place. */
export function ddfFindings(files: readonly DdfFile[]): Finding[] {
  return files.flatMap(({ file, findings }) =>
    findings.map((finding) => ({ ...finding, where: `${file}, ${finding.where}` })),
  );
}
