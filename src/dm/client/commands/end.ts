/** END: the other commands of its package are run, and no Package#3 follows (DM 2.0 §5.3.9). */
import type { Command } from './command.js';

// Its effect is that of the package as a whole: `CommandRun.hasEnd`.
export const END: Command = { parameters: { min: 0, max: 0 }, start: () => ({ sc: 200 }) };
