/** Which failures are worth another try, which end a card, and which stop the line. */
import { CardError, DataError, ReaderError, SecurityError, SimbootError } from '../../errors/index.js';
import type { Reason } from '../store/port.js';
import type { Failure, FailureKind } from './slot/state.js';

/** The card left the reader, or the reader the machine. */
const GONE: ReadonlySet<string> = new Set([
  'READER_EMPTY',
  'READER_CARD_REMOVED',
  'READER_VANISHED',
  'READER_NOT_FOUND',
]);
/** Of the machine and its keys, not of this card: every card would fail with it. */
const LINE: ReadonlySet<string> = new Set([
  'READER_SERVICE_DOWN',
  'READER_SERVICE_DENIED',
  'READER_PCSC_BINDING_MISSING',
  'READER_FARM_UNREACHABLE',
  'SECURITY_KEY_WIPED',
  'SECURITY_KEY_CUSTODY',
]);

/** Decides by kind and code of an error; its message goes on in the reason and never holds a secret. */
export function failureOf(error: unknown): Failure {
  return { kind: kindOf(error), reason: reasonFrom(error) };
}

function kindOf(error: unknown): FailureKind {
  if (!(error instanceof SimbootError) || LINE.has(error.code)) return 'line';
  if (GONE.has(error.code)) return 'gone';
  if (error.code === 'CARD_NOT_REPEATABLE') return 'not-repeatable';
  if (error.code === 'USAGE_LINE_CONFLICT') return 'conflict';
  if (error instanceof ReaderError || error instanceof CardError) return 'contact';
  if (error instanceof SecurityError) return 'card';
  if (error instanceof DataError) return 'data';
  return 'line';
}

/** Code and words of any error; a defect shows its class and words. */
export function reasonFrom(error: unknown): Reason {
  if (error instanceof SimbootError) return { code: error.code, message: error.message };
  if (error instanceof Error) return { code: 'INTERNAL', message: `${error.name}: ${error.message}` };
  return { code: 'INTERNAL', message: String(error) };
}
