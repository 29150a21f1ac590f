/** What one of the twelve commands is (DM 2.0 §5.3). */
import type { ManagementAuthority } from '../../access/index.js';
import type { HttpAnswer } from '../environment.js';
import type { CommandResult, Waiting } from '../running.js';
import type { Turn } from '../turn.js';

export interface CommandContext {
  readonly turn: Turn;
  readonly serverId: string;
}

/** The end of a command, or what it waits for. */
export type CommandOutcome = CommandResult | Waiting;

/** What a waiting command gets. */
export type Answer =
  | HttpAnswer
  | { readonly kind: 'browser'; readonly ok: boolean; readonly rejected: boolean }
  | { readonly kind: 'exec'; readonly status: number; readonly completed: boolean };

export interface Command {
  /** Least and greatest number of parameters. */
  readonly parameters: { readonly min: number; readonly max: number };
  start(context: CommandContext, parameters: readonly string[]): CommandOutcome;
  /** Only commands that wait have it. */
  resume?(context: CommandContext, waiting: Waiting, answer: Answer): CommandOutcome;
}

/** The server whose command it is, as access control knows it. */
export function authorityOf({ serverId }: CommandContext): ManagementAuthority {
  return { kind: 'server', serverId };
}
