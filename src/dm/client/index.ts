/** The client session core (DM 2.0 §5, §8): a state machine without I/O. */
export type { AbortReason, Outcome } from './outcome.js';
export {
  type ClientLimits,
  type ClientPolicy,
  DEFAULT_CLIENT_LIMITS,
  DEFAULT_CLIENT_POLICY,
} from './policy.js';
export type * from './types.js';
