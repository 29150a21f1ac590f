/** `simboot mo validate`: MO instances against their definitions, with the place of each mistake. */
import type { Command } from 'commander';
import { DataError, SimbootError } from '../../src/errors/index.js';
import { decodeDmmo, type Finding, readDdf, type ValidateOptions, validateMos } from '../../src/mo/index.js';
import type { CliContext } from '../context.js';
import { collect, ddfFindings, definitionsOf, isXml, readDdfFiles } from '../definitions.js';
import { readInput } from '../files.js';
import { examples } from '../help.js';
import { findingsList } from '../render/findings.js';

/** A file of instances may hold a whole device. */
const LIMITS = { maxOctets: 64 * 1024 * 1024 };

interface Judged {
  readonly file: string;
  readonly octets: number;
  readonly instances: number;
  readonly valid: boolean;
  readonly findings: readonly Finding[];
}

interface Options {
  readonly ddf: string[];
  readonly partial?: boolean;
  readonly exposed?: boolean;
}

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('validate')
    .description(
      'check MO instances against the definitions of simboot and of device descriptions, or a description',
    )
    .argument('<file...>', 'application/dmmo+json or a DDF in XML, - for standard input')
    .option('--ddf <file>', 'device description of other MOs (repeatable)', collect, [])
    .option('--partial', '{} may stand for children that were not asked for (lv=)')
    .option('--exposed', 'as a device shows them to a server: nodes without Get are not there')
    .action(async (files: string[], { ddf, ...rest }: Options) => {
      const described = await readDdfFiles(cli, ddf);
      const definitions = definitionsOf(described);
      const judged: Judged[] = [];
      for (const file of files)
        judged.push(judge(file, await readInput(cli, file), { definitions, ...rest }));
      const valid = judged.every((each) => each.valid);
      const notes = ddfFindings(described);
      cli.result({ valid, files: judged, ddf: notes }, () =>
        [
          ...(notes.length === 0 ? [] : [findingsList(notes, cli.colours)]),
          ...judged.map((each) => `${each.file}\n${findingsList(each.findings, cli.colours, 'valid')}`),
        ].join('\n'),
      );
      if (!valid) refuse(judged);
    });
  examples(command, [
    ['simboot mo validate mos.json', 'findings; exit code 2 if there is an error'],
    ['simboot mo validate pump.json --ddf pump.xml', 'an MO that a maker describes'],
  ]);
}

function judge(file: string, bytes: Uint8Array, options: ValidateOptions): Judged {
  const { instances, findings: all } = isXml(bytes) ? description(bytes) : instancesIn(bytes, options);
  const valid = !all.some(({ severity }) => severity === 'error');
  return { file, octets: bytes.length, instances, valid, findings: all };
}

type Content = Pick<Judged, 'instances' | 'findings'>;

function instancesIn(bytes: Uint8Array, options: ValidateOptions): Content {
  return readable(() => {
    const { objects, findings } = decodeDmmo(bytes, LIMITS);
    return { instances: objects.length, findings: [...findings, ...validateMos(objects, options)] };
  });
}

function description(bytes: Uint8Array): Content {
  return readable(() => ({ instances: 0, findings: readDdf(bytes).findings }));
}

/** A file that cannot be read has one finding, as `bootstrap validate` tells it. */
function readable(read: () => Content): Content {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SimbootError)) throw error;
    const { path = '$', line, column } = error.details as { path?: string; line?: number; column?: number };
    const where = line === undefined ? path : `line ${line}, column ${column}`;
    const finding = { severity: 'error', code: error.code, where, message: error.message } as const;
    return { instances: 0, findings: [finding] };
  }
}

function refuse(judged: readonly Judged[]): never {
  const bad = judged.filter(({ valid }) => !valid);
  const errors = bad
    .flatMap(({ findings }) => findings)
    .filter(({ severity }) => severity === 'error').length;
  const message = `${bad.map(({ file }) => file).join(', ')}: ${errors} ${errors === 1 ? 'mistake' : 'mistakes'}`;
  throw new DataError('DATA_MO', message, { details: { errors } });
}
