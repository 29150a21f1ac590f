/**
 * The whole chain on simulated cards: an account becomes a document, the document goes onto a UICC in 3G mode and onto
 * a SIM in 2G mode, is read back, goes through a secure channel, and survives a card that is torn out in the middle
 * (DM 2.0 §8.1, Appendices G and H); a device takes it from a card and has its first session (§5.2); a line makes a batch.
 */
import {
  createBootstrap,
  inspectCard,
  planWrite,
  readBootstrap,
  summarizeBootstrap,
  writeBootstrap,
} from '../../bootstrap/index.js';
import { equal } from '../../bytes/index.js';
import { type Card, openCard, parseKeyValue } from '../../card/index.js';
import { SimbootError } from '../../errors/index.js';
import { createSimulatedCard, type SimulatedCard } from '../../simulator/index.js';
import { factoryLine } from './batch.js';
import { pushedBootstrap } from './push.js';
import { throughSecureChannel } from './secure.js';
import { firstSession } from './session.js';
import { type DemoOptions, DemoReader, type DemoStep, unexpected } from './step.js';

/** ADM1 of the simulated profiles; a SIM cannot tell its tries, so the consent is explicit. */
const ADM = parseKeyValue({ ascii: '12345678' });
const KEYS = { adm: ADM, policy: { consentUnknownTries: true } };

/** The steps; `runDemo` loads them. */
export async function* demonstrate(options: DemoOptions): AsyncGenerator<DemoStep> {
  const document = makeDocument(options);
  yield document.step;

  const uicc = createSimulatedCard({ profile: 'uicc' });
  const reader = new DemoReader('demo reader 1', uicc);
  yield await inspectBlank(reader);
  yield await planned(reader, document.bytes);
  yield await written(reader, document.bytes);
  yield await readAsDevice(reader, document.bytes);
  yield await throughSecureChannel(options, document.bytes, KEYS);

  const sim = createSimulatedCard({ profile: 'sim' });
  yield await in2gMode(new DemoReader('demo reader 2', sim), document.bytes);
  yield await tornOut(options);
  yield cardTime(uicc, sim);
  yield await firstSession(options);
  yield await pushedBootstrap(options);
  yield* factoryLine(options);
}

function makeDocument({ clock, random }: DemoOptions): { bytes: Uint8Array; step: DemoStep } {
  const { bytes, document } = createBootstrap(accountFor('dm1', random(16)), { clock });
  return {
    bytes,
    step: {
      id: 'document',
      title: 'An account becomes a bootstrap document',
      told:
        'A DM account (server, address, pre-shared key) is serialized as application/dmmo+json. ' +
        'The key is fresh and random; it is in the document, and nowhere on this screen.',
      results: [
        ...summarizeBootstrap(document),
        `${bytes.length} octets of JSON, UTF-8 without byte order mark`,
      ],
      exchanges: [],
    },
  };
}

function accountFor(srvId: string, key: Uint8Array) {
  const account = {
    srvId,
    srvUri: `https://${srvId}.example.com/dm`,
    name: 'Example operator',
    trsp: { psk: { identity: `device-1@${srvId}.example.com`, key } },
  };
  return { accounts: [account] };
}

async function inspectBlank(reader: DemoReader): Promise<DemoStep> {
  const report = await onCard(reader, (card) => inspectCard(card));
  return {
    id: 'inspect',
    title: 'A blank UICC is inspected',
    told:
      'EF(DIR) names the PKCS#15 application, its object directory points to the data object directory, ' +
      'and there is no bootstrap yet.',
    results: [
      `ICCID ${report.iccid}, ${report.mode.toUpperCase()} mode`,
      ...report.findings.map(({ severity, message }) => `${severity}: ${message}`),
    ],
    exchanges: reader.takeExchanges(),
  };
}

async function planned(reader: DemoReader, bytes: Uint8Array): Promise<DemoStep> {
  const summary = await onCard(reader, async (card) => {
    const plan = await planWrite(card, { document: bytes, keys: KEYS });
    await plan.close();
    return plan.summary;
  });
  return {
    id: 'plan',
    title: 'The write is planned before anything is written',
    told:
      'Sizes, access rules and keys are checked first. A card that cannot take the document is refused ' +
      'while it is still as it was.',
    results: [
      ...summary.updates.map(
        ({ file, offset, data, purpose }) => `${file} at ${offset}: ${data.length} octets, ${purpose}`,
      ),
      `${summary.exchanges.total} commands, ${summary.octets.written} octets written, ${summary.octets.read} read back`,
    ],
    exchanges: reader.takeExchanges(),
  };
}

async function written(reader: DemoReader, bytes: Uint8Array): Promise<DemoStep> {
  const result = await onCard(reader, (card) => writeAndVerify(card, bytes));
  return {
    id: 'write-3g',
    title: 'Written on a logical channel in 3G mode, and verified',
    told:
      'The application is selected by its AID on a channel of its own. ADM1 is presented once, after its retry ' +
      'counter was read. Octet 0 of the document goes last: a half-written document is never in use.',
    results: [`${result.file}: ${result.updates} updates; every octet and attribute read back`],
    exchanges: reader.takeExchanges(),
  };
}

async function readAsDevice(reader: DemoReader, bytes: Uint8Array): Promise<DemoStep> {
  const found = await onCard(reader, (card) => readBootstrap(card));
  expectDocument(found.document, bytes, 'the device');
  return {
    id: 'read',
    title: 'A device reads it when it is switched on',
    told: 'The same way in as any device takes: EF(DIR), application, EF(ODF), EF(DODF), document.',
    results: [`${found.document.length} octets at ${found.file}, the same as written`],
    exchanges: reader.takeExchanges(),
  };
}

async function in2gMode(reader: DemoReader, bytes: Uint8Array): Promise<DemoStep> {
  const result = await onCard(reader, (card) => writeAndVerify(card, bytes));
  return {
    id: 'write-2g',
    title: 'The same on a SIM in 2G mode',
    told:
      'A SIM knows neither AIDs nor channels: the path is walked one file identifier at a time (class A0), and each ' +
      'answer is fetched with GET RESPONSE.',
    results: [`${result.file}: ${result.updates} updates; every octet and attribute read back`],
    exchanges: reader.takeExchanges(),
  };
}

/** A card with an old document loses power inside the UPDATE of the new one. */
async function tornOut(options: DemoOptions): Promise<DemoStep> {
  const card = createSimulatedCard({ profile: 'uicc' });
  const reader = new DemoReader('demo reader 3', card);
  const [before, after] = ['old', 'new'].map(
    (id) => createBootstrap(accountFor(id, options.random(16)), options).bytes,
  ) as [Uint8Array, Uint8Array];
  await onCard(reader, (opened) => writeAndVerify(opened, before));
  reader.takeExchanges();

  const told = await tearInBody(reader, card, after);
  reader.reinsert();
  const torn = await onCard(reader, (opened) => readBootstrap(opened));
  if (torn.state === 'document') throw unexpected('a document was in use after the tear');
  reader.takeExchanges();
  await onCard(reader, (opened) => writeAndVerify(opened, after));
  const repaired = await onCard(reader, (opened) => readBootstrap(opened));
  expectDocument(repaired.document, after, 'the repaired card');
  return {
    id: 'tear',
    title: 'A card is torn out in the middle of an UPDATE',
    told:
      'The old document is taken out of use first (octet 0 becomes FF), so what is left is recognisably blank; the ' +
      'next write repairs the card.',
    results: [
      `torn inside the body of the document: ${told}`,
      'switched on again: no bootstrap in use, as it must be',
      'written again: complete and verified',
    ],
    exchanges: [],
  };
}

async function tearInBody(reader: DemoReader, card: SimulatedCard, document: Uint8Array): Promise<string> {
  let armed = false;
  const onProgress = (octets: number): void => {
    if (armed || octets === 0) return;
    armed = true;
    card.faults.tearAt(1, { octets: 40 });
  };
  try {
    await onCard(reader, async (opened) => {
      await writeBootstrap(await planWrite(opened, { document, keys: KEYS }), { onProgress });
    });
  } catch (error) {
    if (error instanceof SimbootError) return error.message;
    throw error;
  }
  throw unexpected('the torn-out card went unnoticed');
}

function cardTime(uicc: SimulatedCard, sim: SimulatedCard): DemoStep {
  const seconds = (card: SimulatedCard): string => (card.cardTime / 1000).toFixed(1);
  return {
    id: 'card-time',
    title: 'How long real cards would have taken',
    told: 'The card-time model counts every octet at the speed of the card’s ATR and the time its memory needs.',
    results: [
      `UICC, T=1: ${seconds(uicc)} s for ${uicc.exchangeCount} exchanges (inspect, plan, write, verify, read)`,
      `SIM, T=0: ${seconds(sim)} s for ${sim.exchangeCount} exchanges (write, verify)`,
    ],
    exchanges: [],
  };
}

function onCard<T>(reader: DemoReader, run: (card: Card) => Promise<T>): Promise<T> {
  return reader.use(async (channel) => run(await openCard(channel, { mode: 'auto' })));
}

async function writeAndVerify(card: Card, document: Uint8Array) {
  const result = await writeBootstrap(await planWrite(card, { document, keys: KEYS }));
  if (result.verified !== true) throw unexpected('the card did not keep what was written');
  return result;
}

function expectDocument(actual: Uint8Array, expected: Uint8Array, who: string): void {
  if (!equal(actual, expected)) throw unexpected(`${who} has another document`);
}
