/**
 * The same card, behind the real PC/SC service, read by `simboot card inspect` and by OpenSC's `pkcs15-tool --dump`:
 * exchanges and octets with the card, and time of the whole process (median). Both read the document. Needs root,
 * pcscd, vsmartcard-vpcd, opensc, and a build. `--json` for scripts.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const RUNS = 11;
const READER = 'Virtual PCD 00 00';
const ROUTE = 'local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1'.split(' ');
const dist = process.env.SIMBOOT_DIST ?? new URL('../dist', import.meta.url).pathname;
const simboot = new URL('../cli/simboot.cjs', import.meta.url).pathname;
const { createBootstrap, planWrite, writeBootstrap } = await import(`${dist}/src/bootstrap/index.js`);
const { PcscReaderService, serveVpcd } = await import(`${dist}/src/transport/index.js`);
const { openCard } = await import(`${dist}/src/card/index.js`);
const { createSimulatedCard } = await import(`${dist}/src/simulator/index.js`);

// The test suites over the real service use the same lock: one at a time has it.
const LOCK = join(tmpdir(), 'simboot-pcscd.lock');
await takeLock();
const directory = mkdtempSync(join(tmpdir(), 'simboot-bench-'));
const service = new PcscReaderService();
// vpcd writes a length and its message apart, which costs a delayed acknowledgement each.
spawnSync('ip', ['route', 'change', ...ROUTE, 'quickack', '1', 'table', 'local']);
const pcscd = (await isRunning())
  ? undefined
  : spawn('/usr/sbin/pcscd', ['--foreground'], { stdio: 'ignore' });
try {
  await until((readers) => readers.some(({ name }) => name === READER));
  const rows = [];
  for (const protocol of ['T=1', 'T=0']) rows.push(...(await measure(protocol)));
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
  else print(rows);
} finally {
  pcscd?.kill();
  spawnSync('ip', ['route', 'change', ...ROUTE, 'table', 'local']);
  rmSync(LOCK, { force: true });
  rmSync(directory, { recursive: true });
}

async function takeLock() {
  for (let patience = 0; existsSync(LOCK); patience++) {
    if (!isAlive(Number(readFileSync(LOCK, 'utf8')))) break;
    if (patience > 600) throw new Error(`a test suite holds ${LOCK}`);
    await sleep(500);
  }
  writeFileSync(LOCK, String(process.pid));
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function measure(protocol) {
  const card = createSimulatedCard({ profile: 'uicc', protocol });
  const document = await personalize(card);
  const log = [];
  const transmit = card.transmit.bind(card);
  card.transmit = async (command) => {
    const answer = await transmit(command);
    if (answer.kind === 'response') log.push(command.length + answer.response.length);
    return answer;
  };
  const abort = new AbortController();
  const served = serveVpcd(card, { signal: abort.signal, retryDelay: 50 });
  await until((readers) => readers.some(({ name, card: state }) => name === READER && state !== 'absent'));
  const rows = [];
  for (const [name, program] of Object.entries(contestants())) {
    rows.push({ protocol, name, document, ...(await timed(log, program)) });
  }
  abort.abort();
  await served;
  await until((readers) => readers.some(({ name, card: state }) => name === READER && state === 'absent'));
  return rows;
}

/** A card with an account on it, written before it gets behind the service. */
async function personalize(emulator) {
  const account = { srvId: 'dm.example.com', srvUri: 'https://dm.example.com/dm', name: 'Example operator' };
  const psk = { identity: '8988211000000000011', key: new Uint8Array(32).fill(7) };
  const bootstrap = { serverUri: 'https://bootstrap.example.com', psk };
  const { bytes } = createBootstrap(
    { accounts: [{ ...account, bootstrap, noti: { secret: new Uint8Array(32).fill(9) } }] },
    { clock: { now: () => new Date() } },
  );
  const atr = await emulator.powerOn();
  const transmit = async (command) => (await emulator.transmit(command)).response;
  const stop = async () => {};
  const channel = { reader: 'bench', atr, protocol: emulator.protocol, transmit, reset: stop, close: stop };
  const adm = Uint8Array.from('12345678', (character) => character.charCodeAt(0));
  await writeBootstrap(await planWrite(await openCard(channel), { document: bytes, keys: { adm } }));
  return bytes.length;
}

function contestants() {
  const conf = join(directory, 'opensc.conf');
  writeFileSync(
    conf,
    'app default { card_drivers = default; enable_default_driver = true; framework pkcs15 { use_file_caching = false; } }\n',
  );
  const env = { ...process.env, OPENSC_CONF: conf, OPENSC_DRIVER: 'default' };
  return {
    'simboot card inspect': [process.execPath, [simboot, '--reader', READER, 'card', 'inspect'], process.env],
    'pkcs15-tool --dump': ['pkcs15-tool', ['--reader', READER, '--dump'], env],
  };
}

async function timed(log, program) {
  const times = [];
  for (let run = 0; run <= RUNS; run++) {
    log.length = 0;
    const started = performance.now();
    await finished(program);
    times.push(performance.now() - started);
  }
  const octets = log.reduce((sum, one) => sum + one, 0);
  // The first run fills the file cache.
  const sorted = times.slice(1).toSorted((a, b) => a - b);
  return { exchanges: log.length, octets, milliseconds: Math.round(sorted[Math.floor(RUNS / 2)]) };
}

function finished([program, args, env]) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: 'ignore' });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`)),
    );
  });
}

async function isRunning() {
  return service.list().then(
    () => true,
    () => false,
  );
}

async function until(wanted) {
  for (let patience = 0; patience < 300; patience++) {
    if (wanted(await service.list().catch(() => []))) return;
    await sleep(50);
  }
  throw new Error(`the reader ${READER} does not get into the wanted state`);
}

function print(rows) {
  console.log('| T | document | program | exchanges | octets | whole process |');
  console.log('|---|---|---|---|---|---|');
  for (const { protocol, name, document, exchanges, octets, milliseconds } of rows) {
    console.log(
      `| ${protocol} | ${document} | \`${name}\` | ${exchanges} | ${octets} | ${milliseconds} ms |`,
    );
  }
}
