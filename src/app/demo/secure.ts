/** The demonstration's secure channel: the same document where only DM 2.0 Appendix H reaches it. */
import { type CardKeys, planWrite, readBootstrap, writeBootstrap } from '../../bootstrap/index.js';
import { equal, fromHex } from '../../bytes/index.js';
import { openCard } from '../../card/index.js';
import { MemoryKey } from '../../crypto/index.js';
import { SimbootError } from '../../errors/index.js';
import { createSimulatedCard } from '../../simulator/index.js';
import { type DemoOptions, DemoReader, type DemoStep, unexpected } from './step.js';

/** The keys of the simulated profile, which are everybody's. */
const TEST_KEY = '404142434445464748494A4B4C4D4E4F';
const KEY_VERSION = 0x30;

/**
 * Writes the document to a card that shows it inside a secure channel only, reads it there, and is refused outside.
 *
 * @param keys with the ADM of the card
 */
export async function throughSecureChannel(
  options: DemoOptions,
  document: Uint8Array,
  keys: CardKeys,
): Promise<DemoStep> {
  const reader = new DemoReader('demo reader 4', createSimulatedCard({ profile: 'uicc-scp03-only' }));
  const secureChannel = { keySet: testKeys(), random: options.random };
  const written = await reader.use(async (channel) => {
    const card = await openCard(channel, { mode: '3g' });
    return writeBootstrap(await planWrite(card, { document, keys: { ...keys, secureChannel } }));
  });
  if (written.verified !== true) throw unexpected('the card did not keep what was written');
  const exchanges = reader.takeExchanges();
  const found = await reader.use(async (channel) =>
    readBootstrap(await openCard(channel, { mode: '3g' }), { secureChannel }),
  );
  if (!equal(found.document, document)) throw unexpected('the device has another document');
  return {
    id: 'secure-channel',
    title: 'The same through a secure channel',
    told:
      'The application is selected in clear, then card and host prove their keys to each other (SCP03), and every ' +
      'further command and answer is encrypted and authenticated (level 33). The keys here are the well-known test ' +
      'keys: on a real card they would protect nothing.',
    results: [
      `${written.file}: ${written.updates} updates; every octet and attribute read back`,
      `a device with the keys reads ${found.document.length} octets, the same as written`,
      `a device without them: ${await refusal(reader)}`,
    ],
    exchanges,
  };
}

function testKeys() {
  const key = () => new MemoryKey(fromHex(TEST_KEY));
  return { keys: { enc: key(), mac: key(), dek: key() }, version: KEY_VERSION, mode: 'S8' } as const;
}

async function refusal(reader: DemoReader): Promise<string> {
  try {
    await reader.use(async (channel) => readBootstrap(await openCard(channel, { mode: '3g' })));
  } catch (error) {
    if (error instanceof SimbootError && error.code === 'SECURITY_ACCESS_DENIED') return error.message;
    throw error;
  }
  throw unexpected('the document shows outside the secure channel');
}
