/** DM 2.0 Appendix H with keys that exist only in a PKCS#11 token and on the card: written, read, verified, erased. */
import { randomBytes } from 'node:crypto';
import {
  eraseBootstrap,
  planErase,
  planWrite,
  readBootstrap,
  verifyBootstrap,
  writeBootstrap,
} from '../../src/bootstrap/index.js';
import { TokenKeyStore } from '../../src/crypto/index.js';
import { createSimulatedCard, type SimulatedCard } from '../../src/simulator/index.js';
import {
  documentOf,
  KEYS,
  profileWith,
  reinsert,
  type Setup,
  SimChannel,
} from '../bootstrap-card/support.js';
import { simboot } from '../cli/harness.js';
import { requireSoftHsm } from '../support/softhsm.js';

const DOCUMENT = documentOf(700, 't');
const VERSION = 0x30;

requireSoftHsm('a card whose keys are in a token', (token) => {
  /** A card with fresh random keys, which go into the token and are forgotten here. */
  async function issue(name: string, octets: number, mode: 'S8' | 'S16'): Promise<SimulatedCard> {
    const raw = { enc: randomBytes(octets), mac: randomBytes(octets), dek: randomBytes(octets) };
    const profile = profileWith(mode === 'S16' ? 'uicc-scp03-s16' : 'uicc-scp03-only', ({ data }) => {
      const hex = (key: Buffer): string => key.toString('hex').toUpperCase();
      const keySets = { 30: { enc: hex(raw.enc), mac: hex(raw.mac), dek: hex(raw.dek) } };
      (data.securityDomain as Record<string, unknown>).keySets = keySets;
    });
    const card = createSimulatedCard({ profile });
    const store = await TokenKeyStore.open(token);
    await store.import({ name, version: VERSION, mode }, raw);
    await store.close();
    for (const key of Object.values(raw)) key.fill(0);
    return card;
  }

  test.each([
    [16, 'S8'],
    [24, 'S8'],
    [32, 'S16'],
  ] as const)('AES of %i octets, %s', async (octets, mode) => {
    const name = `card-${octets}`;
    const card = await issue(name, octets, mode);
    const store = await TokenKeyStore.open(token);
    const keySet = await store.keySet(name);
    expect(keySet.keys.enc.custody).toBe('pkcs11');
    const keys = { ...KEYS, secureChannel: { keySet } };
    const setup: Setup = await reinsert(card, '3g');
    const written = await writeBootstrap(await planWrite(setup.card, { document: DOCUMENT, keys }));
    expect(written.verified).toBe(true);
    expect((await verifyBootstrap(setup.card, { document: DOCUMENT }, keys)).differences).toEqual([]);
    expect((await readBootstrap(setup.card, keys)).document).toEqual(DOCUMENT);
    const erased = await eraseBootstrap(await planErase(setup.card, { keys }));
    expect(erased.verified).toBe(true);
    expect(card.keyCounters(VERSION)?.failures).toBe(0);
    await store.close();
  });

  test('the same from the command line, and a PIN of the token that is wrong', async () => {
    const card = await issue('line', 16, 'S8');
    const run = (command: string[], pin: string) =>
      simboot(
        [
          ...['--json', 'card', ...command, '--scp03', 'line', '--passphrase', 'env:TOKEN_PIN'],
          ...['--store', `pkcs11:${token.module}?token=${token.token}`],
        ],
        { env: { TOKEN_PIN: pin }, openChannels: async () => [await SimChannel.connect(card)] },
      );
    const inspected = await run(['inspect'], token.pin);
    expect(inspected.code).toBe(0);
    expect(inspected.json()).toMatchObject({ bootstrap: { state: 'document' } });
    expect(inspected.stderr).toBe('');
    const before = card.exchanges.length;
    const refused = await run(['inspect'], '1111');
    expect([refused.code, refused.json()]).toMatchObject([4, { error: { code: 'SECURITY_PKCS11_PIN' } }]);
    expect(card.exchanges).toHaveLength(before);
  });
});
