/** Audits cards as they come into readers: those that are there, or one after the other until a sample is complete. */
import type { CardChannel } from '../../apdu/index.js';
import { ReaderError } from '../../errors/index.js';
import type { CardAudit } from '../../perso/index.js';
import type { LineReaders } from './readers.js';

export interface AuditCardsOptions {
  readonly readers: LineReaders;
  readonly audit: (channel: CardChannel) => Promise<CardAudit>;
  /** Whether enough cards were audited; without it, the cards that are there now are enough. */
  readonly isEnough?: (cards: readonly CardAudit[]) => boolean;
  readonly onCard?: (card: CardAudit) => void;
  /** Ends the waiting; what was audited by then is returned. */
  readonly signal: AbortSignal;
}

/**
 * @returns what was found, in the order of the cards
 * @throws ReaderError `READER_EMPTY` where there is no card and nothing is waited for
 */
export async function auditCards(options: AuditCardsOptions): Promise<CardAudit[]> {
  const { readers, isEnough, signal } = options;
  const isOurs = (name: string): boolean => readers.slots === 'all' || readers.slots.includes(name);
  const done: CardAudit[] = [];
  if (isEnough === undefined) {
    const filled = (await readers.readers.list()).filter(
      ({ name, card }) => isOurs(name) && card !== 'absent',
    );
    if (filled.length === 0) throw new ReaderError('READER_EMPTY', 'there is no card in any reader');
    for (const { name } of filled) done.push(await auditOne(name, options));
    return done;
  }
  const over = new AbortController();
  const end = AbortSignal.any([signal, over.signal]);
  let last: Promise<void> = Promise.resolve();
  let failure: unknown;
  const take = async (name: string): Promise<void> => {
    if (end.aborted) return;
    done.push(await auditOne(name, options));
    if (isEnough(done)) over.abort();
  };
  await readers.readers.watch((event) => {
    if (event.kind !== 'card-inserted' || !isOurs(event.reader)) return;
    last = last
      .then(() => take(event.reader))
      .catch((error: unknown) => {
        failure ??= error;
        over.abort();
      });
  }, end);
  await last;
  if (failure !== undefined) throw failure;
  return done;
}

async function auditOne(name: string, { readers, audit, onCard }: AuditCardsOptions): Promise<CardAudit> {
  const channel = await readers.readers.connect(name);
  try {
    const card = await audit(channel);
    onCard?.(card);
    return card;
  } finally {
    await channel.close();
  }
}
