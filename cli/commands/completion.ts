/** `simboot completion`: scripts for the shells, made from the commands themselves. */
import { Argument, type Command } from 'commander';
import { COMPLETION_SCRIPTS, type CompletionWords } from '../completion.js';
import type { CliContext } from '../context.js';
import { examples } from '../help.js';

export function register(parent: Command, cli: CliContext): void {
  const command = parent
    .command('completion')
    .description('print a completion script for bash, zsh or fish')
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(COMPLETION_SCRIPTS)))
    .action(async (shell: keyof typeof COMPLETION_SCRIPTS) => {
      const words = wordsOf(await cli.wholeProgram());
      const script = COMPLETION_SCRIPTS[shell](words);
      cli.result({ shell, script }, () => script.trimEnd());
    });
  examples(command, [
    ['source <(simboot completion bash)', 'complete in this bash'],
    ['simboot completion zsh > ~/.zsh/completions/_simboot', 'complete in every zsh'],
    ['simboot completion fish > ~/.config/fish/completions/simboot.fish', 'complete in every fish'],
  ]);
}

function wordsOf(program: Command): CompletionWords {
  const words: CompletionWords = {};
  const visit = (command: Command, path: string, inherited: readonly string[]): void => {
    const options = [...inherited, ...command.options.map((option) => option.long ?? option.short ?? '')];
    words[path] = [...command.commands.map((child) => child.name()), ...options];
    for (const child of command.commands) visit(child, `${path} ${child.name()}`.trim(), options);
  };
  visit(program, '', ['--help']);
  return words;
}
