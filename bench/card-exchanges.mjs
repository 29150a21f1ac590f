/**
 * Exchanges and octets of `card inspect`, `card write` (with verification) and `card verify` against the least that
 * they need: for each file that the operation has to touch one SELECT with its answer, and its content in full-length
 * exchanges: once for inspect and verify; twice, written and read back, for EF DM_Bootstrap when it is written; three
 * times for EF(DODF) when it is changed, because its entries of others have to be known before. What an operation needs
 * besides (logical channel, retry counter, ADM) is shown apart, and the last column counts it in. Needs a build. `--json` for scripts.
 */
const dist = process.env.SIMBOOT_DIST ?? new URL('../dist', import.meta.url).pathname;
const { inspectCard, planWrite, verifyBootstrap, writeBootstrap } = await import(
  `${dist}/src/bootstrap/index.js`
);
const { openCard } = await import(`${dist}/src/card/index.js`);
const { createSimulatedCard, loadProfile } = await import(`${dist}/src/simulator/index.js`);

const TARGET = 1.15;
const READ = 256;
const UPDATE = 255;
const PKCS15 = '3F00/7F50';
const keys = { adm: octetsOf('12345678'), policy: { consentUnknownTries: true } };
const CARDS = [
  ['3g', 'T=1'],
  ['3g', 'T=0'],
  ['2g', 'T=1'],
  ['2g', 'T=0'],
];
/** Octets of the file and of the document in it. */
const SIZES = [
  [512, 300],
  [2048, 1500],
  [8192, 8000],
];

const rows = [];
for (const [mode, protocol] of CARDS) {
  for (const [size, used] of SIZES) {
    for (const operation of ['inspect', 'first write', 'overwrite', 'rewrite same', 'verify']) {
      rows.push(await measure({ mode, protocol, size, used, operation }));
    }
  }
}
if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
else print(rows);
process.exitCode = rows.every(({ ratio }) => ratio <= TARGET) ? 0 : 1;

async function measure({ mode, protocol, size, used, operation }) {
  const emulator = createSimulatedCard({ profile: profileWith(size), protocol });
  if (operation !== 'first write') {
    const first = operation === 'overwrite' ? document(used - 20, 'o') : document(used, 'n');
    const { card } = await insert(emulator, mode);
    await writeBootstrap(await planWrite(card, { document: first, keys }));
  }
  const { card, log } = await insert(emulator, mode);
  await run(card, operation, document(used, 'n'));
  const parts = classify(log);
  const content = contentOf(emulator, operation, parts);
  const least = {
    exchanges: parts.selects.length + content.exchanges,
    octets: sum(parts.selects) + content.octets,
  };
  const actual = { exchanges: log.length - parts.besides.length, octets: sum(log) - sum(parts.besides) };
  return {
    mode,
    protocol,
    size,
    used,
    operation,
    exchanges: actual.exchanges,
    least: least.exchanges,
    ratio: round(actual.exchanges / least.exchanges),
    octets: actual.octets,
    leastOctets: least.octets,
    octetRatio: round(actual.octets / least.octets),
    besides: parts.besides.length,
    ratioWithBesides: round(log.length / least.exchanges),
  };
}

async function insert(emulator, mode) {
  const atr = await emulator.powerOn();
  const log = [];
  const transmit = async (command) => {
    const { response } = await emulator.transmit(command);
    log.push({ command: command.slice(), response: response.slice() });
    return response;
  };
  const channel = { reader: 'bench', atr, protocol: emulator.protocol, transmit, reset: stop, close: stop };
  return { card: await openCard(channel, { mode }), log };
}

async function stop() {}

async function run(card, operation, wanted) {
  if (operation === 'inspect') return inspectCard(card);
  if (operation === 'verify') return expectNone(await verifyBootstrap(card, { document: wanted }));
  return expectNone(await writeBootstrap(await planWrite(card, { document: wanted, keys })));
}

function expectNone({ differences }) {
  if (differences.length > 0) throw new Error(differences[0].message);
}

/** The first SELECT of each file with its answer; records of EF.ARR and EF(DIR); MANAGE CHANNEL and VERIFY. */
function classify(log) {
  const seen = new Set();
  const selects = [];
  const records = new Map();
  const besides = [];
  let current;
  log.forEach((exchange, index) => {
    const { command } = exchange;
    const ins = command[1];
    const next = log[index + 1];
    if (ins === 0x70 || ins === 0x20) besides.push(exchange);
    if (ins === 0xa4) {
      current = Buffer.from(command.subarray(5, 5 + command[4]))
        .toString('hex')
        .slice(-4);
      if (command[2] === 0x04) current = 'application';
      if (seen.has(current)) return;
      seen.add(current);
      selects.push(exchange);
      if (next?.command[1] === 0xc0) selects.push(next);
    }
    if (ins === 0xb2) records.set(`${current} ${command[2]}`, exchange);
  });
  return { selects, records: [...records.values()], besides, files: seen };
}

function contentOf(emulator, operation, { records, files }) {
  const size = (fid, parent = PKCS15) => emulator.file(`${parent}/${fid}`).content.length;
  const touched = ['5031', '5032', '6420', '6431'].filter((fid) => files.has(fid));
  const writes = operation === 'overwrite' || operation === 'first write';
  const parts = [
    ...records.map(({ command, response }) => command.length + response.length),
    ...(files.has('2fe2') ? pieces(size('2FE2', '3F00'), READ) : []),
    ...touched.flatMap((fid) => pieces(size(fid), READ)),
    ...(writes ? pieces(size('6431'), UPDATE) : []),
    ...(operation === 'first write' ? [...pieces(size('6420'), READ), ...pieces(37, UPDATE)] : []),
  ];
  return { exchanges: parts.length, octets: parts.reduce((total, octets) => total + octets, 0) };
}

/** Octets on the contacts of the exchanges that carry `size` octets. */
function pieces(size, step) {
  const count = Math.ceil(size / step);
  return Array.from({ length: count }, (_, i) => Math.min(step, size - i * step) + 7);
}

function profileWith(size) {
  const data = structuredClone(loadProfile('uicc').data);
  data.root.files['7F50'].files['6431'].size = size;
  return { name: `uicc with ${size} octets`, data };
}

function document(length, letter) {
  return octetsOf(`["${letter.repeat(length - 4)}"]`);
}

function octetsOf(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function sum(exchanges) {
  return exchanges.reduce((total, { command, response }) => total + command.length + response.length, 0);
}

function round(value) {
  return Math.round(value * 100) / 100;
}

function print(all) {
  const header = [
    'mode',
    'T',
    'file',
    'document',
    'operation',
    'exchanges',
    'least',
    'ratio',
    'octets',
    'least',
    'ratio',
    'besides',
    'ratio with',
  ];
  const lines = all.map((row) => [
    row.mode,
    row.protocol,
    row.size,
    row.used,
    row.operation,
    row.exchanges,
    row.least,
    row.ratio.toFixed(2),
    row.octets,
    row.leastOctets,
    row.octetRatio.toFixed(2),
    row.besides,
    row.ratioWithBesides.toFixed(2),
  ]);
  for (const line of [header, header.map(() => '---'), ...lines]) console.log(`| ${line.join(' | ')} |`);
}
