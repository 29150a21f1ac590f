/** Who moves the cards: a person, commands of the job, a farm. */
export { farmHandler } from './farm.js';
export { type HookOptions, hookHandler } from './hook.js';
export { manualHandler } from './manual.js';
