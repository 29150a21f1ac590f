/** The reader failures that both kinds of readers report, in the same words. */
import { ReaderError, type ReaderErrorCode } from '../errors/index.js';

const WORDS: Readonly<Partial<Record<ReaderErrorCode, string>>> = {
  READER_EMPTY: 'there is no card in the reader',
  READER_IN_USE: 'another program uses the reader',
  READER_CARD_REMOVED: 'the card was removed',
  READER_VANISHED: 'the reader is gone',
  READER_CARD_MUTE: 'the card does not answer',
  READER_PROTOCOL_MISMATCH: 'card and reader find no common protocol',
  READER_CARD_RESET: 'another program reset the card',
};

/**
 * The error of one reader.
 *
 * @param during what was asked for, for example `connect` or `exchange`
 */
export function readerFailure(
  code: ReaderErrorCode,
  reader: string,
  during: string,
  cause?: unknown,
): ReaderError {
  const words = WORDS[code] ?? (cause instanceof Error ? cause.message : 'failure');
  return new ReaderError(code, `${reader}: ${words} (${during})`, {
    details: { reader, during },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** @param names the readers that are there, named in the message so that a typing mistake shows */
export function readerNotFound(name: string, names: readonly string[]): ReaderError {
  const there = names.length === 0 ? 'there is none' : `there are: ${names.join(', ')}`;
  return new ReaderError('READER_NOT_FOUND', `no reader is called "${name}"; ${there}`, {
    details: { reader: name, readers: names },
  });
}
