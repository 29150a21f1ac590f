/** What the drivers throw, as errors of simboot. Their own messages stay in the cause. */
import { SimbootError, UsageError } from '../../errors/index.js';

const FULL = new Set(['SQLITE_FULL', '53100', 'ENOSPC', 'EDQUOT']);
const READ_ONLY = new Set(['SQLITE_READONLY', 'SQLITE_CANTOPEN', '25006']);

/**
 * @param error what a driver threw
 * @param store name of the store, without a password
 * @returns a typed error where the driver's code tells the reason; anything else as it is, since that is a defect
 */
export function storeFailure(error: unknown, store: string): unknown {
  if (error instanceof SimbootError) return error;
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== 'string' && !isConnectionLoss(error)) return error;
  const reason = typeof code === 'string' ? code : 'connection lost';
  const options = { cause: error, details: { store, reason } };
  if (FULL.has(reason)) {
    return new UsageError('USAGE_STORE_FULL', `the store ${store} is full (${reason})`, options);
  }
  const what = READ_ONLY.has(reason.replace(/^(SQLITE_[A-Z]+)_.*$/, '$1')) ? 'cannot be written' : 'failed';
  return new UsageError('USAGE_STORE_FAILED', `the store ${store} ${what} (${reason})`, options);
}

/** node-postgres reports a cut connection without a code. */
function isConnectionLoss(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(Connection terminated|Client has encountered|timeout exceeded)/.test(error.message)
  );
}
