/** The smartcard at switching on (DM 2.0 §8.1, Appendices G and H): what is read, and when it tells nothing. */
import type { CardChannel } from '../../apdu/index.js';
import { type BootstrapOnCard, type CardKeys, readBootstrap } from '../../bootstrap/index.js';
import { decodeIccid } from '../../bytes/index.js';
import { type Card, type OpenOptions, openCard } from '../../card/index.js';
import type { CardReadResult } from '../../dm/index.js';
import { SimbootError } from '../../errors/index.js';

const EF_ICCID = [0x3f00, 0x2fe2] as const;

/** The directories were read to their end, and there is no bootstrap: that is an answer, not a failure. */
const ABSENT: ReadonlySet<string> = new Set(['CARD_NO_PKCS15', 'CARD_NO_DODF', 'CARD_NO_BOOTSTRAP']);

export interface CardSourceOptions {
  /** Opens the reader; called at every switching on. */
  readonly open: () => Promise<CardChannel>;
  readonly mode?: OpenOptions['mode'];
  /** PIN, and the secure channel where the bootstrap is to come through one. */
  readonly keysOn?: (channel: CardChannel) => CardKeys;
  /** Whether the device takes this card (SIM lock); every card unless told. */
  readonly accepts?: (iccid: string | undefined) => boolean;
}

/**
 * Reads the bootstrap of the card. Only a complete read is `ok`: a card without a bootstrap is, with no document; a
 * missing reader, a wrong PIN, a refused secure channel, a torn card or a document whose writing was interrupted is
 * not, so that it removes nothing (docs/decisions/card-bootstrap-at-start.md).
 */
export async function readCard(options: CardSourceOptions): Promise<CardReadResult> {
  let channel: CardChannel | undefined;
  try {
    channel = await options.open();
    const card = await openCard(channel, { mode: options.mode ?? 'auto' });
    return await readFrom(card, options, options.keysOn?.(channel) ?? {});
  } catch (error) {
    if (error instanceof SimbootError) return { ok: false, reason: `${error.message} (${error.code})` };
    throw error;
  } finally {
    await channel?.close();
  }
}

async function readFrom(card: Card, { accepts }: CardSourceOptions, keys: CardKeys): Promise<CardReadResult> {
  const iccid = await readIccid(card);
  if (accepts && !accepts(iccid)) return { ok: false, reason: 'the device does not take this card' };
  const who = iccid === undefined ? {} : { iccid };
  let found: BootstrapOnCard;
  try {
    found = await readBootstrap(card, keys);
  } catch (error) {
    if (!(error instanceof SimbootError) || !ABSENT.has(error.code) || error.details.unreachable) throw error;
    return { ok: true, ...who, documents: [] };
  }
  if (found.state === 'interrupted') {
    return { ok: false, reason: `writing ${found.file} was interrupted: the document is not whole` };
  }
  return { ok: true, ...who, documents: found.state === 'document' ? [found.document] : [] };
}

async function readIccid(card: Card): Promise<string | undefined> {
  try {
    return decodeIccid(await card.readBinary({ path: EF_ICCID }));
  } catch (error) {
    if (error instanceof SimbootError && (error.kind === 'card' || error.kind === 'data')) return undefined;
    throw error;
  }
}
