/**
 * How much of the cards' own time a line takes: ideal time (cards × modelled card time ÷ slots) over the time from the first
 * card put into a slot to the last one in the good bin, with 1, 8, 32 and 64 slots of a farm in a process of its own;
 * processor time per card of line and farm apart, start-up included. Cards take the time that real ones do (`SPEED` in the
 * environment compresses it, at most tenfold). Needs a build. `--json` for scripts; `--slots 8` for one row.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const dist = process.env.SIMBOOT_DIST ?? new URL('../dist', import.meta.url).pathname;
const program = new URL('../cli/simboot.cjs', import.meta.url).pathname;
const { luhnCheckDigit } = await import(`${dist}/src/bytes/index.js`);
const { FarmReaderService } = await import(`${dist}/src/readers/index.js`);

const TARGET = 0.95;
const SPEED = Math.min(10, Math.max(1, Number(process.env.SPEED ?? 1)));
/** Slots, cards. */
const ROWS = [
  [1, 12],
  [8, 96],
  [32, 256],
  [64, 512],
];
const JOB = `simboot: job/1
name: bench
card: { identity: cplc }
records:
  columns: { iccid: iccid, imsi: imsi, ki: { type: hex, length: 16 }, opc: { type: hex, length: 16 } }
draw: { pin1: 4 digits, psk: 32 octets }
keys: { adm: "12345678" }
steps:
  - iccid: "\${iccid}"
  - imsi: "\${imsi}"
  - acc: { imsi: "\${imsi}" }
  - spn: Bench
  - { name: subscription, file: ADF_USIM/A001, value: "\${ki}\${opc}", writeOnly: true }
  - bootstrap:
      accounts:
        - srvId: dm.example.com
          srvUri: https://dm.example.com/dm
          name: Bench
          bootstrap:
            serverUri: https://bootstrap.example.com
            psk: { identity: "\${iccid}", key: { hex: "\${psk}" } }
  - { name: PIN1, pin: "01", current: "0000", value: "\${pin1}", enabled: true }
checks: { authenticate: { k: "\${ki}", opc: "\${opc}" } }
`;

const wanted = process.argv.includes('--slots')
  ? Number(process.argv[process.argv.indexOf('--slots') + 1])
  : 0;
const rows = [];
for (const [slots, cards] of ROWS) {
  if (wanted === 0 || wanted === slots) rows.push(await measure(slots, SPEED, cards));
}
if (process.argv.includes('--json')) console.log(JSON.stringify({ target: TARGET, rows }, null, 2));
else print();

async function measure(slots, speed, cards) {
  const folder = mkdtempSync(join(tmpdir(), 'simboot-bench-line-'));
  const socket = join(folder, 'farm.sock');
  writeFileSync(join(folder, 'job.yaml'), JOB);
  writeFileSync(join(folder, 'cards.csv'), inputOf(cards));
  const farm = start(
    'sim',
    'farm',
    '--socket',
    socket,
    ...['--slots', slots, '--cards', cards, '--speed', speed],
  );
  try {
    while (!existsSync(socket)) await sleep(20);
    const line = start(
      ...['batch', 'run', join(folder, 'job.yaml'), '--records', join(folder, 'cards.csv')],
      ...['--readers', `farm:${socket}`, '--station', 'bench', '--state', join(folder, 'line'), '--plain'],
    );
    const lineCpu = await cpuUntilEnd(line);
    const readers = new FarmReaderService(`farm:${socket}`);
    const { cardTime, cards: places, exchanges, cpu } = await readers.status();
    if (places.good !== cards) throw new Error(`${places.good} of ${cards} cards are good`);
    let [first, last] = [Number.POSITIVE_INFINITY, 0];
    for await (const { at, event } of readers.log()) {
      if (event === 'inserted') first = Math.min(first, at);
      if (event === 'good') last = Math.max(last, at);
    }
    await readers.close();
    const ideal = cardTime / slots / speed;
    return {
      slots,
      speed,
      cards,
      cardSeconds: cardTime / cards / 1000,
      exchanges: exchanges / cards,
      idealSeconds: ideal / 1000,
      seconds: (last - first) / 1000,
      efficiency: ideal / (last - first),
      cardsPerHour: Math.round((cards / (last - first)) * 3_600_000),
      lineCpuMs: (1000 * lineCpu) / cards,
      farmCpuMs: (1000 * cpu) / cards,
    };
  } finally {
    farm.kill('SIGINT');
    await new Promise((done) => farm.once('close', done));
    rmSync(folder, { recursive: true, force: true });
  }
}

function inputOf(cards) {
  const rows = Array.from({ length: cards }, (_, index) => {
    const digits = `8988211${String(index + 1).padStart(11, '0')}`;
    const number = String(index + 1).padStart(10, '0');
    const octets = (octet) => octet.repeat(12) + String(index).padStart(8, '0');
    return `${digits}${luhnCheckDigit(digits)},00101${number},${octets('4b')},${octets('0c')}`;
  });
  return `iccid,imsi,ki,opc\n${rows.join('\n')}\n`;
}

function start(...words) {
  const loud = words[0] === 'sim' ? 'ignore' : 'inherit';
  return spawn(process.execPath, [program, ...words.map(String)], { stdio: ['ignore', 'ignore', loud] });
}

/** Seconds of processor time of a process, as the kernel last told (Linux). */
async function cpuUntilEnd(child) {
  let ticks = 0;
  const ended = new Promise((done) => child.once('close', done));
  let isRunning = true;
  void ended.then(() => {
    isRunning = false;
  });
  while (isRunning) {
    try {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
      ticks = Number(fields[11]) + Number(fields[12]);
    } catch {
      // it ended between two looks
    }
    await Promise.race([ended, sleep(100)]);
  }
  const code = await ended;
  if (code !== 0) throw new Error(`the line ended with ${code}`);
  return ticks / 100;
}

function print() {
  console.log(`${cpus().length} cores, ${cpus()[0].model}, Node ${process.versions.node}; target ${TARGET}`);
  console.log(
    'slots  speed  cards  card s  exchanges  ideal s  measured s  efficiency  cards/h  line CPU ms  farm CPU ms',
  );
  for (const row of rows) {
    const cells = [
      [row.slots, 5],
      [row.speed, 5],
      [row.cards, 5],
      [row.cardSeconds.toFixed(2), 6],
      [row.exchanges.toFixed(0), 9],
      [row.idealSeconds.toFixed(1), 7],
      [row.seconds.toFixed(1), 10],
      [row.efficiency.toFixed(3), 10],
      [row.cardsPerHour, 7],
      [row.lineCpuMs.toFixed(1), 11],
      [row.farmCpuMs.toFixed(1), 11],
    ];
    console.log(cells.map(([value, width]) => String(value).padStart(width)).join('  '));
  }
}
