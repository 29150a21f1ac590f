/** The server's session core: packages in, commands out, scripts, data repository, questions to the user. No I/O. */
export { admit, devIdOf, speaksFor } from './admit.js';
export { memoryStore } from './memory-store.js';
export { next } from './next.js';
export { DEFAULT_SERVER_POLICY } from './policy.js';
export { type Answer, type Choice, checkQuestion, type Question, readAnswer } from './question.js';
export type * from './records.js';
export { compileScript } from './script/compile.js';
export { defineScript, type ProgramDecision, type ProgramHistory } from './script/define.js';
export type * from './script/types.js';
export { afterWrite, emptyState, prune } from './state.js';
export type * from './store.js';
export type { Next } from './turn.js';
export type * from './types.js';
export { type PageOutcome, servePage } from './web/pages.js';
export type * from './writes.js';
