/** Ways of a push to its device. */

/** Both parts of one push: push information goes first. */
export interface PushParts {
  readonly pushInfo: Uint8Array;
  readonly message: Uint8Array;
}

/**
 * Sends both parts to an address. That it resolves says that they left, not that they arrived.
 *
 * It throws NetworkError where the way is closed, and DataError `DATA_PUSH` with the numbers for parts that the way does
 * not carry.
 */
export type PushBearer = (address: string, parts: PushParts, signal: AbortSignal) => Promise<void>;
