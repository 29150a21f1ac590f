/** Simulated cards with a bootstrap, for the tests of the device. */
import type { CardChannel } from '../../src/apdu/index.js';
import { type CardKeys, planWrite, writeBootstrap } from '../../src/bootstrap/index.js';
import { encodeUtf8, fromHex } from '../../src/bytes/index.js';
import { openCard, parseKeyValue } from '../../src/card/index.js';
import { MemoryKey } from '../../src/crypto/index.js';
import { createSimulatedCard, type Profile, type SimulatedCard } from '../../src/simulator/index.js';
import { SimChannel } from '../bootstrap-card/support.js';

const ADM = parseKeyValue({ ascii: '12345678' });
const TEST_KEY = '404142434445464748494A4B4C4D4E4F';

/** The well-known keys of the profiles with SCP03, of DM 2.0 Appendix H. */
export function scp03Keys(hex = TEST_KEY): CardKeys {
  const key = () => new MemoryKey(fromHex(hex));
  return {
    secureChannel: { keySet: { keys: { enc: key(), mac: key(), dek: key() }, version: 0x30, mode: 'S8' } },
  };
}

/** A card in a slot of the device; it can be changed between two starts. */
export class Slot {
  readonly card: SimulatedCard;
  /** Every command since the last start, lower-case hex. */
  commands: string[] = [];

  constructor(profile: string | Profile) {
    this.card = createSimulatedCard({ profile });
  }

  readonly open = async (): Promise<CardChannel> => {
    const channel = await SimChannel.connect(this.card);
    this.commands = [];
    const transmit = channel.transmit.bind(channel);
    channel.transmit = (command: Uint8Array) => {
      this.commands.push(Buffer.from(command).toString('hex'));
      return transmit(command);
    };
    return channel;
  };

  /** Puts a document onto the card as a factory does; or tears the card out in the middle of it. */
  async write(document: string, keys: CardKeys = {}, { tearInside = false } = {}): Promise<void> {
    const channel = await this.open();
    const card = await openCard(channel);
    const plan = await planWrite(card, { document: encodeUtf8(document), keys: { ...keys, adm: ADM } });
    let isArmed = !tearInside;
    const onProgress = (octets: number): void => {
      if (isArmed || octets === 0) return;
      isArmed = true;
      this.card.faults.tearAt(1, { octets: 40 });
    };
    const { verified } = await writeBootstrap(plan, { onProgress });
    if (!verified) throw new Error('the card did not keep the document');
    await channel.close();
  }
}

/** A document of one account, written by hand from DM 2.0 §12.2 and §7.2.1.4. */
export function accountDocument(srvId: string, srvUri: string, more: Record<string, unknown> = {}): string {
  const account = {
    SrvID: srvId,
    SrvURI: srvUri,
    Name: `Server ${srvId}`,
    Perm: { 1: { MOID: '*' } },
    ...more,
  };
  return JSON.stringify([{ ClientURI: 'urn:oma:mo:oma-dm-dmacc:1.2//', MOData: { [srvId]: account } }]);
}
