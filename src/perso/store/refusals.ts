/** Why stores of lines refuse; the same words whatever the store is kept in. */
import { CardError, UsageError } from '../../errors/index.js';

/** Another process was faster, or the caller's copy of the record is old. */
export function conflict(batchId: string, number: number, why: string): UsageError {
  return new UsageError('USAGE_LINE_CONFLICT', `record ${number} of batch ${batchId}: ${why}`, {
    details: { batch: batchId, record: number },
  });
}

/** The station belongs to another process by now, or was given up for dead. */
export function fenced(station: string): UsageError {
  return new UsageError(
    'USAGE_LINE_FENCED',
    `station ${station} is another process by now, or was given up`,
    {
      details: { station },
    },
  );
}

/** A clock of the wall that is behind by less is only held. */
const TOLERANCE_MS = 2000;

/**
 * Entries of a journal must not go back in time.
 *
 * @param wall milliseconds since 1970, as the clock says now
 * @param head time of the last entry of the station's journal
 * @throws UsageError `USAGE_LINE_CLOCK`
 */
export function requireClock(wall: number, head: number): void {
  if (wall + TOLERANCE_MS >= head) return;
  throw new UsageError(
    'USAGE_LINE_CLOCK',
    `the clock says ${new Date(wall).toISOString()}, the last entry of the journal is of ${new Date(head).toISOString()}`,
    { details: { clock: wall, journal: head } },
  );
}

/** `CARD_TAKEN`: the card carries, or may carry, another record. */
export function cardTaken(cardId: string): CardError {
  return new CardError('CARD_TAKEN', `card ${cardId} has a record already, or must not have one`, {
    details: { card: cardId },
  });
}

/** `USAGE_BATCH_UNKNOWN`; `why` where the batch is there but not in a state for this. */
export function batchUnknown(batchId: string, why = 'there is no such batch'): UsageError {
  return new UsageError('USAGE_BATCH_UNKNOWN', `batch ${batchId}: ${why}`, { details: { batch: batchId } });
}

/** `USAGE_BATCH_EXISTS`: the name is taken. */
export function batchExists(batchId: string): UsageError {
  return new UsageError('USAGE_BATCH_EXISTS', `there is a batch ${batchId} already`, {
    details: { batch: batchId },
  });
}
