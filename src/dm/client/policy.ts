/** What the people who run a device decide, and the limits that keep a hostile server from its memory and time. */
import { TREE_LIMITS, type TreeLimits } from '../../mo/index.js';

export interface ClientPolicy {
  /** `false` grants every server everything (DM 2.0 §10). */
  readonly accessControl: boolean;
  /** §8.1: a security policy may switch the smartcard bootstrap off. */
  readonly smartcardBootstrap: boolean;
  /** Whether the user is asked before an account is added or changed (§12.2, Perm). */
  readonly confirmBootstrap: boolean;
  /** Whether plain HTTP may carry a session or a bootstrap; repositories and pages may be http in any case. */
  readonly plainHttpSessions: boolean;
  /** Whether a notification without digest is dropped although its account has a notification secret. */
  readonly requireDigest: boolean;
  /** Oldest TIMESTAMP that is taken, in seconds. */
  readonly notificationAgeSeconds: number;
  /** Whether there is a browser for SHOW. */
  readonly browser: boolean;
  /** The value of a single leaf goes as text/plain (Appendix F, I.1); otherwise all data is dmmo. */
  readonly plainLeaves: boolean;
}

/** Access control on, smartcard bootstrap on without question, sessions over HTTPS alone. */
export const DEFAULT_CLIENT_POLICY: ClientPolicy = {
  accessControl: true,
  smartcardBootstrap: true,
  confirmBootstrap: false,
  plainHttpSessions: false,
  requireDigest: false,
  notificationAgeSeconds: 24 * 60 * 60,
  browser: true,
  plainLeaves: true,
};

export interface ClientLimits {
  /** Commands in one Package#2. */
  readonly commands: number;
  /** Packages the client sends in one session. */
  readonly packages: number;
  /** CONT commands followed in one session. */
  readonly continued: number;
  /** Octets of one response that is read. */
  readonly bodyOctets: number;
  /** What there is room for in the tree. */
  readonly tree: TreeLimits;
  /** Objects and arrays inside each other. */
  readonly depth: number;
  readonly subscriptions: number;
  readonly defaults: number;
  /** Alerts that wait for a server; the oldest are dropped beyond. */
  readonly alerts: number;
  /** EXECs that run at the same time. */
  readonly execs: number;
}

/** Enough for a phone, little enough for a sensor. */
export const DEFAULT_CLIENT_LIMITS: ClientLimits = {
  commands: 256,
  packages: 256,
  continued: 8,
  bodyOctets: 1024 * 1024,
  tree: TREE_LIMITS,
  depth: 64,
  subscriptions: 256,
  defaults: 256,
  alerts: 256,
  execs: 64,
};
