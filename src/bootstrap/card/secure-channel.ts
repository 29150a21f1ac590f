/** The secure channel between reading EF(DIR) and everything else (DM 2.0 Appendix H). */
import { type AccessCondition, type Card, type FileInfo, keysNeeded } from '../../card/index.js';
import { CardError } from '../../errors/index.js';
import { type HandshakeOptions, Scp03Handshake, type Scp03Session } from '../../globalplatform/index.js';

/**
 * Keys and wishes for the secure channel. Level 33 unless told otherwise. The same options serve any number of cards:
 * each operation opens a channel of its own and closes it.
 */
export type SecureChannelOptions = Omit<
  HandshakeOptions,
  'logicalChannel' | 'selectedAid' | 'hostChallenge' | 'extendedLength'
>;

/** A card as it is seen through its secure channel. */
export interface SecuredCard {
  readonly card: Card;
  readonly session: Scp03Session;
}

/**
 * Opens the secure channel on the logical channel where the application is selected, in clear until then.
 *
 * @param selected what SELECT answered
 * @throws SecurityError as `Scp03Handshake.complete`: nothing was sent after INITIALIZE UPDATE unless the card proved
 *   its keys; CardError if the card has no secure channel to offer
 */
export async function secureCard(
  card: Card,
  aid: Uint8Array,
  selected: FileInfo,
  options: SecureChannelOptions,
): Promise<SecuredCard> {
  if (card.mode === '2g' || selected.kind !== 'adf') {
    throw new CardError('CARD_MODE', 'a secure channel needs the application selected by its AID', {
      next: 'Use --mode 3g on a card that has the PKCS#15 application as an ADF.',
    });
  }
  const session = await new Scp03Handshake(card.processor, {
    ...options,
    logicalChannel: card.logicalChannel,
    selectedAid: aid,
  }).complete();
  const limits = { maxRead: session.maxResponseData, maxUpdate: session.maxCommandData };
  return { card: card.secured(session, limits), session };
}

/** Whether a rule that cannot be satisfied in clear could be inside a secure channel. */
export function wantsSecureChannel(condition: AccessCondition): boolean {
  const isPossible = (secureChannel: boolean): boolean =>
    keysNeeded(condition, [], { secureChannel }).ways.length > 0;
  return isPossible(true) && !isPossible(false);
}
