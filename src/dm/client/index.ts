/** The client session core (DM 2.0 §5, §8): a state machine without I/O. */
export { next as nextClientStep } from './next.js';
export type { AbortReason, Outcome } from './outcome.js';
export {
  type ClientLimits,
  type ClientPolicy,
  DEFAULT_CLIENT_LIMITS,
  DEFAULT_CLIENT_POLICY,
} from './policy.js';
export { newClientState, restoreClientState, serializeClientState } from './state.js';
export type * from './types.js';
