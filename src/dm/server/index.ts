/** The server's session core: packages in, commands out, scripts, data repository, questions to the user. No I/O. */
export type * from './question.js';
export type * from './records.js';
export type * from './script/types.js';
export type * from './store.js';
export type * from './types.js';
