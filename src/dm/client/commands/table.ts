/** The twelve commands by name (DM 2.0 §5.3). */
import type { CommandName } from '../../messages.js';
import type { Command } from './command.js';
import { CONT } from './cont.js';
import { DEFAULT } from './default.js';
import { DELETE } from './delete.js';
import { END } from './end.js';
import { EXEC } from './exec.js';
import { GET } from './get.js';
import { HGET } from './hget.js';
import { SHOW } from './show.js';
import { SUB, UNSUB } from './sub.js';
import { HPOST, HPUT } from './upload.js';

const COMMANDS: Readonly<Record<CommandName, Command>> = {
  HGET,
  HPUT,
  HPOST,
  DELETE,
  EXEC,
  GET,
  SHOW,
  CONT,
  END,
  DEFAULT,
  SUB,
  UNSUB,
};

/** A map: names like `constructor` are no commands. */
export const COMMAND_TABLE: ReadonlyMap<string, Command> = new Map(Object.entries(COMMANDS));
