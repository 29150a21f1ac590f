/** The parser: global options, every command with its description, and the one command that was asked for in full. */
import { Command, Option } from 'commander';
import { COMMANDS, type CommandEntry, GROUPS } from './commands.js';
import type { CliContext, GlobalOptions } from './context.js';
import { examples } from './help.js';
import type { CliIo } from './io.js';
import { packageVersion } from './version.js';

/** Global options that take a value: the search for the command's name steps over them. */
const WITH_VALUE = ['--reader', '--trace', '--mode'];

/**
 * The program with the command that `argv` names loaded; the others are listed with their descriptions only, so that
 * a run pays for one command.
 */
export async function buildProgram(argv: readonly string[], cli: CliContext, io: CliIo): Promise<Command> {
  const wanted = entryFor(commandWords(argv));
  return assemble(cli, io, wanted === undefined ? [] : [wanted]);
}

/** The program with every command loaded: for shell completion and the tests. */
export function buildWholeProgram(cli: CliContext, io: CliIo): Promise<Command> {
  return assemble(cli, io, COMMANDS);
}

async function assemble(cli: CliContext, io: CliIo, loaded: readonly CommandEntry[]): Promise<Command> {
  const program = bareProgram(cli, io);
  const groups = new Map<string, Command>();
  for (const entry of COMMANDS) {
    const [first, second] = entry.name.split(' ') as [string, string?];
    const parent = second === undefined ? program : groupCommand(program, groups, first);
    if (loaded.includes(entry)) (await entry.load()).register(parent, cli);
    else parent.command(second ?? first).description(entry.description);
  }
  return program;
}

function bareProgram(cli: CliContext, io: CliIo): Command {
  const program = new Command('simboot')
    .description(
      'Personalizes SIM and UICC cards with an OMA DM 2.0 bootstrap, proves what is on a card, and drives sessions',
    )
    .version(packageVersion(), '--version', 'print the version')
    .option('--json', 'one JSON document on standard output, also for errors')
    .option('--reader <reader>', 'name or index of a reader, sim:PROFILE[?options], or all')
    .option('--trace <file>', 'record every exchange: .txt (annotated) or .pcap (GSMTAP, for Wireshark)')
    .option('--trace-reveal', 'let the trace show the content of every file (documents with their keys)')
    .option('-v, --verbose', 'more details, also of errors')
    .addOption(
      new Option('--mode <mode>', 'how to speak to the card').choices(['2g', '3g', 'auto']).default('auto'),
    )
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => cli.width,
      getErrHelpWidth: () => cli.width,
    })
    .exitOverride();
  program.hook('preAction', () => cli.setOptions(program.opts<GlobalOptions>()));
  examples(program, [
    ['simboot demo', 'the whole chain on simulated cards, no hardware'],
    ['simboot card inspect --reader 0', 'what is on the card in the first reader'],
    ['simboot help card write', 'everything about one command'],
  ]);
  return program;
}

function groupCommand(program: Command, groups: Map<string, Command>, name: string): Command {
  const known = groups.get(name);
  if (known) return known;
  const group = program.command(name).description(GROUPS[name] ?? name);
  groups.set(name, group);
  return group;
}

/** The first two words of `argv` that are no options, without a leading `help`. */
function commandWords(argv: readonly string[]): string[] {
  const words: string[] = [];
  for (let i = 0; i < argv.length && words.length < 3; i++) {
    const word = argv[i]!;
    if (WITH_VALUE.includes(word)) i++;
    else if (!word.startsWith('-')) words.push(word);
  }
  return (words[0] === 'help' ? words.slice(1) : words).slice(0, 2);
}

function entryFor(words: readonly string[]): CommandEntry | undefined {
  return COMMANDS.find((entry) => entry.name === words.join(' ') || entry.name === words[0]);
}
