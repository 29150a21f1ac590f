/**
 * Where the application is used: on a logical channel of its own in 3G mode (DM 2.0 G.3.1), through a secure channel
 * where one is wanted (Appendix H), otherwise on the channel that the caller opened.
 */
import type { ApplicationLocation, Card, FileInfo } from '../../card/index.js';
import { CardError } from '../../errors/index.js';
import type { Scp03Session } from '../../globalplatform/index.js';
import { type SecureChannelOptions, type SecuredCard, secureCard } from './secure-channel.js';

export class ApplicationChannel {
  private channel: Card | undefined;
  private secured: SecuredCard | undefined;

  constructor(
    private readonly base: Card,
    private readonly wanted: SecureChannelOptions | undefined,
  ) {}

  /** The view that the application's files are reached by. */
  get card(): Card {
    return this.secured?.card ?? this.channel ?? this.base;
  }

  /** The secure channel, once it is open. */
  get session(): Scp03Session | undefined {
    return this.secured?.session;
  }

  /** Whether a secure channel is wanted that is not open yet: until then no key goes out. */
  get isPending(): boolean {
    return this.wanted !== undefined && this.secured === undefined;
  }

  /**
   * Opens a logical channel for the application.
   *
   * @returns false where the card has none to give; the basic channel serves then
   * @throws CardError `CARD_CHANNEL` if a secure channel is wanted: it would leave the basic channel unusable in clear
   */
  async open(): Promise<boolean> {
    if (this.base.mode === '2g' || this.base.logicalChannel !== 0 || this.channel) return true;
    try {
      this.channel = await this.base.openLogicalChannel();
      return true;
    } catch (error) {
      const isRefused = error instanceof CardError && error.code === 'CARD_CHANNEL';
      if (isRefused && !this.wanted) return false;
      throw error;
    }
  }

  /**
   * Opens the secure channel, where one is wanted, to the application that is selected.
   *
   * @param selected what SELECT answered
   * @returns what is odd about the card's side of it
   * @throws the errors of `secureCard`
   */
  async secure({ aid }: ApplicationLocation, selected: FileInfo): Promise<readonly string[]> {
    if (!this.wanted) return [];
    this.secured ??= await secureCard(this.card, aid, selected, this.wanted);
    return this.secured.session.warnings;
  }

  /** Closes the logical channel, and with it the secure channel. */
  async close(): Promise<void> {
    const { secured, channel } = this;
    this.channel = undefined;
    try {
      await (secured?.card ?? channel)?.close();
    } finally {
      secured?.session.close();
    }
  }
}
