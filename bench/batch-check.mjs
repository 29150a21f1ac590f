/**
 * `batch check` over a million rows: rows per second of processor time, against bare csv-parse reading of the same file,
 * and the memory that it takes (each measurement in a process of its own). Once with keys in the clear, once with two
 * columns under a transport key (AES-GCM); both with duplicates in the file and in a store, EFs and a bootstrap document.
 * Needs a build. ROWS in the environment (1,000,000), `--json` for scripts.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Parser } from 'csv-parse';

const dist = process.env.SIMBOOT_DIST ?? new URL('../dist', import.meta.url).pathname;
const ROWS = Number(process.env.ROWS ?? 1_000_000);
const TARGET_SECONDS = 60;
const KEY = Buffer.alloc(32, 7);

const [mode, file, rows] = process.argv.slice(2).filter((word) => word !== '--json');
if (mode !== undefined) console.log(JSON.stringify(await measure(mode, file, Number(rows))));
else await main();

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'simboot-bench-'));
  const results = [];
  try {
    for (const kind of ['clear', 'sealed']) {
      for (const count of [Math.round(ROWS / 10), ROWS]) {
        const path = join(folder, `${kind}-${count}.csv`);
        await generate(path, count, kind === 'sealed');
        const bare = child('bare', path, count);
        const check = child(kind, path, count);
        rmSync(path);
        results.push({
          kind,
          rows: count,
          octets: check.octets,
          seconds: check.seconds,
          processorSeconds: check.cpu,
          rowsPerSecond: Math.round(count / check.cpu),
          bareProcessorSeconds: bare.cpu,
          timesBare: round(check.cpu / bare.cpu),
          megabytes: check.megabytes,
          bareMegabytes: bare.megabytes,
        });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (process.argv.includes('--json')) console.log(JSON.stringify(results, null, 2));
  else for (const result of results) console.log(text(result));
  const slow = results.filter(
    ({ rows, processorSeconds }) => (processorSeconds / rows) * 1_000_000 > TARGET_SECONDS,
  );
  if (slow.length > 0) process.exitCode = 1;
}

function text({ kind, rows, seconds, processorSeconds, rowsPerSecond, timesBare, megabytes, bareMegabytes }) {
  return `${kind}: ${rows} rows in ${processorSeconds} s of processor time, ${seconds} s in all (${rowsPerSecond} a second of processor time, ${timesBare} times bare csv-parse), ${megabytes} MB (csv-parse ${bareMegabytes} MB)`;
}

function child(name, path, count) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [
    import.meta.filename,
    name,
    path,
    String(count),
  ]);
  if (status !== 0) throw new Error(String(stderr));
  return JSON.parse(String(stdout));
}

async function generate(path, count, isSealed) {
  const { luhnCheckDigit } = await import(`${dist}/src/bytes/index.js`);
  const { SealingKey, sealCell } = await import(`${dist}/src/crypto/index.js`);
  const key = new SealingKey(KEY);
  const out = createWriteStream(path);
  out.write('iccid,imsi,ki,opc,adm1\n');
  let nonce = 0;
  const random = () => {
    const octets = Buffer.alloc(12);
    octets.writeUInt32BE(++nonce);
    return octets;
  };
  for (let from = 0; from < count; from += 1000) {
    let page = '';
    for (let row = from; row < Math.min(from + 1000, count); row++) {
      const body = `8988211${String(row).padStart(11, '0')}`;
      const iccid = body + luhnCheckDigit(body);
      const secrets = randomBytes(32);
      const [ki, opc] = [secrets.subarray(0, 16), secrets.subarray(16)];
      const cells = isSealed
        ? [sealCell(key, iccid, 'ki', ki, random), sealCell(key, iccid, 'opc', opc, random)]
        : [ki.toString('hex'), opc.toString('hex')];
      page += `${iccid},00101${String(row).padStart(10, '0')},${cells.join(',')},12345678\n`;
    }
    if (!out.write(page)) await new Promise((resolve) => out.once('drain', resolve));
  }
  await new Promise((resolve) => out.end(resolve));
}

async function measure(name, path, count) {
  const before = process.cpuUsage();
  const seconds = name === 'bare' ? await bare(path, count) : await check(path, count, name === 'sealed');
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  const { user, system } = process.cpuUsage(before);
  return {
    seconds: round(seconds),
    cpu: round((user + system) / 1_000_000),
    megabytes,
    octets: statSync(path).size,
  };
}

async function bare(path, count) {
  const started = performance.now();
  let rows = -1;
  const parser = createReadStream(path, { highWaterMark: 1 << 18 }).pipe(new Parser({}));
  for await (const row of parser) if (row.length === 5) rows++;
  if (rows !== count) throw new Error(`${rows} rows`);
  return (performance.now() - started) / 1000;
}

async function check(path, count, isSealed) {
  const { checkRecords, memoryLineStore, parseJob } = await import(`${dist}/src/perso/index.js`);
  const { MemoryKey } = await import(`${dist}/src/crypto/index.js`);
  const job = await parseJob(Buffer.from(JSON.stringify(description(isSealed))), { fileName: 'job.yaml' });
  const keys = new Map(isSealed ? [['tk', new MemoryKey(KEY)]] : []);
  const started = performance.now();
  const report = await checkRecords(job, createReadStream(path, { highWaterMark: 1 << 18 }), {
    keys,
    clock: { now: () => new Date() },
    store: memoryLineStore(),
  });
  if (report.records !== count || report.total !== 0) throw new Error(JSON.stringify(report.counts));
  return (performance.now() - started) / 1000;
}

function description(isSealed) {
  const secret = { type: 'hex', length: 16, ...(isSealed ? { transport: 'tk' } : {}) };
  return {
    simboot: 'job/1',
    name: 'bench',
    records: {
      columns: {
        iccid: { type: 'iccid', prefixes: '8988211' },
        imsi: { type: 'imsi', prefixes: '00101', pattern: '[0-9]{15}' },
        ki: secret,
        opc: secret,
        adm1: { type: 'digits', length: 8 },
      },
      ...(isSealed ? { transportKeys: ['tk'] } : {}),
    },
    draw: { psk: '32 octets' },
    keys: { adm: '${adm1}' },
    steps: [
      { iccid: '${iccid}' },
      { imsi: '${imsi}' },
      { name: 'subscription', file: 'ADF_USIM/A001', value: '${ki}${opc}', writeOnly: true },
      {
        bootstrap: {
          accounts: [
            {
              srvId: 'srv',
              srvUri: 'https://dm.example.com/dm',
              name: 'Example',
              trsp: { psk: { identity: '${iccid}', key: { hex: '${psk}' } } },
            },
          ],
        },
      },
    ],
  };
}

function round(number) {
  return Math.round(number * 100) / 100;
}
