/**
 * A card through a secure channel at level 33 against the same card in clear (DM 2.0 Appendix H): every exchange and
 * every octet of inspect, write with verification, and verify, handshake included. Simulated cards, so the counts are the
 * same on every machine; the seconds are those of the card-time model. Needs a build. `--json` for scripts.
 */
const dist = process.env.SIMBOOT_DIST ?? new URL('../dist', import.meta.url).pathname;
const { inspectCard, planWrite, verifyBootstrap, writeBootstrap } = await import(
  `${dist}/src/bootstrap/index.js`
);
const { openCard } = await import(`${dist}/src/card/index.js`);
const { MemoryKey } = await import(`${dist}/src/crypto/index.js`);
const { createSimulatedCard, loadProfile } = await import(`${dist}/src/simulator/index.js`);

/** The test keys of the profiles: AES-128, and AES-256 in S16 mode. */
const KEY = '404142434445464748494A4B4C4D4E4F';
const CARDS = [
  ['uicc-scp03', 'T=1', 'S8', KEY],
  ['uicc-scp03-t0', 'T=0', 'S8', KEY],
  ['uicc-scp03-s16', 'T=1', 'S16', KEY + KEY],
];
/** Octets of the file and of the document in it. */
const SIZES = [
  [512, 300],
  [2048, 1500],
  [8192, 8000],
];
const OPERATIONS = ['inspect', 'first write', 'overwrite', 'verify'];
const clearKeys = { adm: octetsOf('12345678') };

const rows = [];
for (const [profile, protocol, scp03, key] of CARDS) {
  for (const [size, used] of SIZES) {
    for (const operation of OPERATIONS) {
      const clear = await measure({ profile, size, used, operation, keys: clearKeys });
      const keys = { ...clearKeys, secureChannel: { keySet: keySetOf(key, scp03) } };
      const secured = await measure({ profile, size, used, operation, keys });
      rows.push({ protocol, scp03, size, used, operation, clear, secured });
    }
  }
}
if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
else print(rows);

async function measure({ profile, size, used, operation, keys }) {
  const emulator = createSimulatedCard({ profile: profileWith(profile, size) });
  if (operation !== 'first write') {
    const first = operation === 'overwrite' ? document(used - 20, 'o') : document(used, 'n');
    await write(await insert(emulator), first, clearKeys);
  }
  const exchangesBefore = emulator.exchanges.length;
  const card = await insert(emulator);
  const timeBefore = emulator.cardTime;
  const wanted = document(used, 'n');
  if (operation === 'inspect') await inspectCard(card, { keys });
  else if (operation === 'verify') expectNone(await verifyBootstrap(card, { document: wanted }, keys));
  else await write(card, wanted, keys);
  const log = emulator.exchanges.slice(exchangesBefore);
  return {
    exchanges: log.length,
    octets: log.reduce((sum, { command, response }) => sum + command.length + (response?.length ?? 0), 0),
    seconds: Math.round(emulator.cardTime - timeBefore) / 1000,
  };
}

async function insert(emulator) {
  const channel = {
    reader: 'bench',
    atr: await emulator.powerOn(),
    protocol: emulator.protocol,
    transmit: async (command) => (await emulator.transmit(command)).response,
    reset: async () => {},
    close: async () => {},
  };
  return openCard(channel, { mode: '3g' });
}

async function write(card, wanted, keys) {
  expectNone(await writeBootstrap(await planWrite(card, { document: wanted, keys })));
}

function expectNone({ differences }) {
  if (differences.length > 0) throw new Error(differences[0].message);
}

function keySetOf(hex, mode) {
  const key = () => new MemoryKey(Uint8Array.from(Buffer.from(hex, 'hex')));
  return { keys: { enc: key(), mac: key(), dek: key() }, version: 0x30, mode };
}

function profileWith(name, size) {
  const data = structuredClone(loadProfile(name).data);
  data.root.files['7F50'].files['6431'].size = size;
  return { name: `${name} with ${size} octets`, data };
}

function document(length, letter) {
  return octetsOf(`["${letter.repeat(length - 4)}"]`);
}

function octetsOf(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function print(all) {
  const values = ['exchanges', 'octets', 'seconds'];
  const header = ['T', 'SCP03', 'file', 'document', 'operation'];
  const lines = all.map(({ protocol, scp03, size, used, operation, clear, secured }) => [
    ...[protocol, scp03, size, used, operation],
    ...values.flatMap((value) => [secured[value], clear[value], (secured[value] / clear[value]).toFixed(2)]),
  ]);
  const head = [...header, ...values.flatMap((value) => [value, 'in clear', 'ratio'])];
  for (const line of [head, head.map(() => '---'), ...lines]) console.log(`| ${line.join(' | ')} |`);
}
