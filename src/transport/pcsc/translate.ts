/** From an error of the binding to ours, with a look at the reader where the code alone does not tell. */
import { ReaderError, type ReaderErrorCode } from '../../errors/index.js';
import { readerFailure } from '../failures.js';
import type { NativeBinding } from './binding.js';
import { pcscFailure } from './codes.js';
import { ReaderMonitor } from './monitor.js';

/** pcscd asks its drivers every 0.4 s whether the card is there; after this it surely knows. */
const NOTICE = 1_200;

/**
 * An error about the service as a whole.
 *
 * @param granted whether the service has answered before: then it does not refuse now, it ends (pcscd hangs up then
 *   as it does on users whom it refuses)
 */
export function serviceError(error: Error, during: string, granted = false): ReaderError {
  const { name, code } = pcscFailure(error);
  const isGone =
    code === 'look' || code === 'READER_VANISHED' || (granted && code === 'READER_SERVICE_DENIED');
  const ours = isGone ? 'READER_SERVICE_DOWN' : code;
  return new ReaderError(ours, `${serviceWords(ours)} (${during}: ${name})`, {
    cause: error,
    details: { during, pcsc: name },
  });
}

function serviceWords(code: ReaderErrorCode): string {
  if (code === 'READER_SERVICE_DOWN') return 'the PC/SC service is not running';
  if (code === 'READER_SERVICE_DENIED') return 'the PC/SC service refuses this user';
  return 'the PC/SC service failed';
}

/** An error about one reader. */
export function readerError(
  binding: NativeBinding,
  error: Error,
  reader: string,
  during: string,
): Promise<ReaderError> {
  const { name, code } = pcscFailure(error);
  return named(binding, { name, code, error }, reader, during);
}

/** An answer without a single octet: drivers give it for a card that is silent, and for one that is gone. */
export function emptyAnswer(binding: NativeBinding, reader: string): Promise<ReaderError> {
  return named(binding, { name: 'empty answer', code: 'look' }, reader, 'exchange');
}

async function named(
  binding: NativeBinding,
  failure: { name: string; code: ReaderErrorCode | 'look'; error?: Error },
  reader: string,
  during: string,
): Promise<ReaderError> {
  const { name, code, error } = failure;
  let found = code === 'look' ? await look(binding, reader) : code;
  // Whoever was let in before is not refused now: pcscd hangs up like that, too, while it ends.
  if (found === 'READER_SERVICE_DENIED' && during !== 'connect') found = 'READER_SERVICE_DOWN';
  const asked = `${during}: ${name}`;
  if (found === 'READER_SERVICE_DOWN' || found === 'READER_SERVICE_DENIED') {
    return new ReaderError(found, `${reader}: ${serviceWords(found)} (${asked})`, {
      details: { reader, during, pcsc: name },
      ...(error === undefined ? {} : { cause: error }),
    });
  }
  // A connected card that is missing was there before.
  if (found === 'READER_EMPTY' && during !== 'connect') {
    return readerFailure('READER_CARD_REMOVED', reader, asked, error);
  }
  return readerFailure(found === 'mute' ? muteOr(name) : found, reader, asked, error);
}

/** An invalid handle with reader and card in place: the service was started anew meanwhile. */
function muteOr(name: string): ReaderErrorCode {
  return name === 'SCARD_E_INVALID_HANDLE' ? 'READER_SERVICE_DOWN' : 'READER_CARD_MUTE';
}

/** What is wrong with a reader whose exchange failed; `mute` if reader and card are in place after all. */
async function look(binding: NativeBinding, reader: string): Promise<ReaderErrorCode | 'mute'> {
  let monitor: ReaderMonitor | undefined;
  try {
    const watching = new ReaderMonitor(binding);
    monitor = watching;
    const missing = () => watching.readers.get(reader)?.card !== 'present';
    if (!(await watching.until(missing, NOTICE))) return 'mute';
    const card = watching.readers.get(reader)?.card;
    if (card === undefined) return 'READER_VANISHED';
    return card === 'absent' ? 'READER_EMPTY' : 'READER_CARD_MUTE';
  } catch {
    return 'READER_SERVICE_DOWN';
  } finally {
    void monitor?.stop();
  }
}
