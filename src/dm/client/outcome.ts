/** How a session ended (DM 2.0 §5.3.9, §5.6). */
export type Outcome =
  /** The server sent END. */
  | { readonly kind: 'ended' }
  | {
      readonly kind: 'aborted';
      readonly reason: AbortReason;
      readonly message: string;
      readonly status?: number;
    };

/**
 * `http-status`: a response other than 2xx that nothing recovers from; `http-failed`: no response; `package`: what
 * came is not a Package#2; `limit`: more rounds or commands than allowed; `account`: there is no usable account;
 * `power`: the device was switched off during the session.
 */
export type AbortReason = 'http-status' | 'http-failed' | 'package' | 'limit' | 'account' | 'power';
