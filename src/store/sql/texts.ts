/** PostgreSQL takes no NUL and no half of a surrogate pair in a text; SQLite would cut at it. */
import { UsageError } from '../../errors/index.js';

const UNSTORABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Whether a row can have this text; what cannot be stored is not found either. */
export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/** Words for people, with what cannot be stored replaced by U+FFFD. */
export function toStorable(words: string): string {
  return words.replace(new RegExp(UNSTORABLE, 'g'), '\ufffd');
}

/** @throws UsageError `USAGE_ARGUMENT` */
export function requireStorable(text: string, what: string): void {
  if (!isStorable(text))
    throw new UsageError('USAGE_ARGUMENT', `a ${what} has characters that no store keeps`);
}
