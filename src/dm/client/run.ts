/** The commands of a Package#2, one after the other; what fails does not stop the next (DM 2.0 §5.2.3). */

import type { Answer, CommandContext, CommandOutcome } from './commands/command.js';
import { COMMAND_TABLE } from './commands/table.js';
import type { CommandRun, Waiting } from './running.js';
import { finishRun } from './session.js';
import { sessionWith, updateSession } from './session-state.js';
import type { Turn } from './turn.js';

/** Goes on with the run of a session until a command has to wait, or to its end. */
export function runCommands(turn: Turn, serverId: string): void {
  for (;;) {
    const run = turn.state.sessions.get(serverId)?.run;
    if (run === undefined) return;
    const command = run.commands[run.results.length];
    if (command === undefined) {
      finishRun(turn, serverId, run);
      return;
    }
    const [name, ...parameters] = command;
    if (!settle(turn, serverId, start({ turn, serverId }, name, parameters))) return;
  }
}

function start(context: CommandContext, name: string, parameters: readonly string[]): CommandOutcome {
  const command = COMMAND_TABLE.get(name);
  if (command === undefined) return { sc: 501 };
  const { min, max } = command.parameters;
  if (parameters.length < min || parameters.length > max) return { sc: 400 };
  return command.start(context, parameters);
}

/** What the command in progress waited for has come: its end, or one more thing to wait for. */
export function resumeCommand(turn: Turn, serverId: string, answer: Answer): void {
  const { run } = sessionWith(turn, serverId);
  const waiting = run?.waiting;
  if (run === undefined || waiting === undefined) return;
  const command = COMMAND_TABLE.get(run.commands[run.results.length]![0])!;
  if (settle(turn, serverId, command.resume!({ turn, serverId }, waiting, answer)))
    runCommands(turn, serverId);
}

/** Writes down what became of the command; false where it waits. */
function settle(turn: Turn, serverId: string, outcome: CommandOutcome): boolean {
  const { commands, results, hasEnd } = sessionWith(turn, serverId).run!;
  const run: CommandRun = { commands, results, hasEnd };
  if ('on' in outcome) {
    updateSession(turn, serverId, { run: { ...run, waiting: outcome satisfies Waiting } });
    return false;
  }
  updateSession(turn, serverId, { run: { ...run, results: [...results, outcome] } });
  return true;
}
