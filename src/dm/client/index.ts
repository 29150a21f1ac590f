/** The client session core (DM 2.0 §5, §8): a state machine without I/O. */

export type * from './actions.js';
export type * from './client-state.js';
export type * from './environment.js';
export type * from './events.js';
export type * from './kept.js';
export { nextClientStep } from './next.js';
export type { AbortReason, Outcome } from './outcome.js';
export {
  type ClientLimits,
  type ClientPolicy,
  DEFAULT_CLIENT_LIMITS,
  DEFAULT_CLIENT_POLICY,
} from './policy.js';
export type * from './running.js';
export { newClientState, restoreClientState, serializeClientState } from './state.js';
