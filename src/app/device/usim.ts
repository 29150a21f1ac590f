/** The USIM of a device: who the subscriber is, and AUTHENTICATE for pushes (TS 31.102 §4.2, §7.1; TS 33.223). */
import type { CardKeys } from '../../bootstrap/index.js';
import { decodeImsi } from '../../bytes/index.js';
import {
  type ApplicationLocation,
  authenticate,
  type Card,
  gbaBootstrap,
  gbaNafKey,
  openCard,
} from '../../card/index.js';
import { CardError } from '../../errors/index.js';
import { impiFromImsi, type PushAuthenticator } from '../../gba/index.js';
import { EF_DIR_RECORD } from '../../pkcs15/index.js';
import type { CardSourceOptions } from './card.js';

const EF_DIR = [0x3f00, 0x2f00] as const;
const EF_IMSI = 0x6f07;
const EF_AD = 0x6fad;
/** RID of 3GPP and the application code of a USIM (TS 101 220 Annex E). */
const USIM = [0xa0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02];
const PIN1 = 0x01;

/** A USIM that is open for one piece of work. */
interface OpenUsim {
  readonly card: Card;
  readonly application: ApplicationLocation;
}

/**
 * The USIM of the card in the device's reader, opened for each use: the card may be another one by then.
 *
 * @throws CardError `CARD_FILE_NOT_FOUND` from its methods for a card without a USIM; SecurityError for a PIN that is
 *   needed and not there; ReaderError
 */
export class UsimAuthenticator implements PushAuthenticator {
  constructor(private readonly source: CardSourceOptions) {}

  /** The private identity of the subscriber, from EF(IMSI) and EF(AD). */
  impi(): Promise<string> {
    return this.with(async ({ card, application }) => {
      const imsi = decodeImsi(await card.readBinary({ application, relative: [EF_IMSI] }));
      const administrative = await card.readBinary({ application, relative: [EF_AD] });
      return impiFromImsi(imsi, (administrative[3] ?? 2) === 3 ? 3 : 2);
    });
  }

  authenticate(rand: Uint8Array, autn: Uint8Array) {
    return this.with(({ card, application }) => authenticate(card, application, rand, autn));
  }

  gbaKey(rand: Uint8Array, autnStar: Uint8Array, nafId: Uint8Array, impi: Uint8Array) {
    return this.with(async ({ card, application }) => {
      const result = await gbaBootstrap(card, application, rand, autnStar);
      if (result.kind === 'resynchronise') return result;
      return { kind: 'accepted' as const, key: await gbaNafKey(card, application, nafId, impi) };
    });
  }

  private async with<T>(use: (usim: OpenUsim) => Promise<T>): Promise<T> {
    const channel = await this.source.open();
    try {
      const card = await openCard(channel, { mode: '3g' });
      const application = await findUsim(card);
      await presentPin(card, application, this.source.keysOn?.(channel) ?? {});
      return await use({ card, application });
    } finally {
      await channel.close();
    }
  }
}

async function findUsim(card: Card): Promise<ApplicationLocation> {
  for (const record of await card.readRecords({ path: EF_DIR })) {
    if (record[0] !== 0x61) continue;
    const { aid } = EF_DIR_RECORD.decode(record);
    if (USIM.every((octet, index) => aid[index] === octet)) return { aid };
  }
  throw new CardError('CARD_FILE_NOT_FOUND', 'EF(DIR) of the card names no USIM');
}

/** Presented only where the card asks for it, with the counter read before (`present` sees to that). */
async function presentPin(card: Card, application: ApplicationLocation, keys: CardKeys): Promise<void> {
  await card.selectApplication(application);
  if (keys.pin === undefined) return;
  const { state } = await card.pinStatus(PIN1);
  if (state === 'needed') await card.present(PIN1, keys.pin, keys.policy);
}
