/**
 * DM sessions per second on one core (DM 2.0 §5.2): Package#1, Package#2 with GET, a multipart Package#3, END; every
 * session is another device with a script waiting. As a ratio to a bare node:http server (connections kept) and a bare
 * node:https server (a new PSK connection for each session) with the same exchanges in the same run. Sessions are
 * counted per second of the server's processor time, because the load comes from another process and other work may
 * share the machine; the rate by the clock is shown beside it. As many sessions go before, unmeasured, since a server
 * runs for long: what is compared is not the time until the code is compiled. `--json` for scripts. Needs a build.
 */
import { fork } from 'node:child_process';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

const SESSIONS = Number(process.env.SESSIONS ?? 4_000);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const CONCURRENT = 24;
const WARM_UP = SESSIONS;
const TARGETS = { 'simboot-http': 0.5, 'simboot-psk': 0.8 };
const MODES = [
  ['bare-http', 'adapter-http', 'simboot-http', 'simboot-http-sqlite'],
  ['bare-psk', 'adapter-psk', 'simboot-psk', 'simboot-psk-sqlite'],
];
const KEY = Buffer.alloc(16, 0x2a);
const PACKAGE_1 = '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}';
const PACKAGE_3 = [
  '--b',
  'Content-Disposition: form-data',
  'Content-Type: application/vnd.oma.dm.response+json',
  '',
  '{"Status":[{"sc":200}]}',
  '--b',
  'Content-Disposition: form-data; name="0"',
  'Content-Type: application/dmmo+json',
  '',
  '[{"ClientURI":"urn:oma:mo:oma-dm-devinfo:1.2/0/","MOData":{"0":{"DevID":"urn:dev:x","Man":"Vendor","Mod":"Model","Lang":"en"}}}]',
  '--b--',
  '',
].join('\r\n');

async function measure(mode) {
  const server = fork(new URL('sessions-server.mjs', import.meta.url), [
    JSON.stringify({ mode, sessions: SESSIONS + WARM_UP }),
  ]);
  const { port } = await told(server);
  let next = 0;
  const until = async (end) => {
    const work = async () => {
      const line = mode.includes('psk') ? undefined : await Line.open(port);
      while (next < end) {
        const device = `device-${next++}`;
        const own = line ?? (await Line.open(port, device));
        await own.session(device);
        if (line === undefined) own.close();
      }
      line?.close();
    };
    await Promise.all(Array.from({ length: CONCURRENT }, work));
  };
  await until(WARM_UP);
  const before = await asked(server, 'usage');
  const started = performance.now();
  await until(WARM_UP + SESSIONS);
  const seconds = (performance.now() - started) / 1_000;
  const after = await asked(server, 'usage');
  const { done } = await asked(server, 'end');
  if (done !== SESSIONS + WARM_UP)
    throw new Error(`${mode}: ${done} of ${SESSIONS + WARM_UP} sessions came to their end`);
  const cpu = (after.usage.user + after.usage.system - before.usage.user - before.usage.system) / 1e6;
  return { perCpuSecond: SESSIONS / cpu, perSecond: SESSIONS / seconds };
}

function told(server) {
  return new Promise((resolve, reject) => {
    server.once('message', resolve);
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

function asked(server, question) {
  server.send(question);
  return told(server);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** A connection that knows just enough of HTTP to be no burden. */
class Line {
  static async open(port, identity) {
    const psk = { identity, psk: KEY };
    const socket =
      identity === undefined
        ? connect({ port, host: '127.0.0.1', noDelay: true })
        : connectTls({
            port,
            host: '127.0.0.1',
            ciphers: 'PSK-AES128-GCM-SHA256',
            maxVersion: 'TLSv1.2',
            rejectUnauthorized: false,
            checkServerIdentity: () => undefined,
            pskCallback: () => psk,
          });
    await new Promise((resolve, reject) => {
      socket.once(identity === undefined ? 'connect' : 'secureConnect', resolve);
      socket.once('error', reject);
    });
    return new Line(socket);
  }

  constructor(socket) {
    this.socket = socket;
    this.text = '';
    socket.on('data', (chunk) => {
      this.text += chunk.toString('latin1');
      const end = this.text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(this.text)?.[1] ?? 0);
      if (this.text.length < end + 4 + length) return;
      const answer = this.text;
      this.text = '';
      this.answered(answer);
    });
    socket.on('error', (error) => this.failed?.(error));
    socket.on('close', () => this.failed?.(new Error('closed')));
  }

  async session(device) {
    const package2 = await this.post(device, 'application/vnd.oma.dm.initiation+json', PACKAGE_1);
    if (!package2.includes('"GET"')) throw new Error(`no GET: ${package2}`);
    const last = await this.post(device, 'multipart/form-data; boundary=b', PACKAGE_3);
    if (!last.includes('"END"')) throw new Error(`no END: ${last}`);
  }

  post(device, type, body) {
    this.socket.write(
      `POST /dm HTTP/1.1\r\nHost: dm.example\r\nContent-Type: ${type}\r\nAccept: application/vnd.oma.dm.request+json\r\nOMADM-DevID: urn:dev:${device}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    return new Promise((resolve, reject) => {
      this.answered = resolve;
      this.failed = reject;
    });
  }

  close() {
    this.failed = undefined;
    this.socket.destroy();
  }
}

const rows = [];
for (const [bare, ...others] of MODES) {
  const figures = new Map([bare, ...others].map((mode) => [mode, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const mode of [bare, ...others]) figures.get(mode).push(await measure(mode));
  }
  const base = median(figures.get(bare).map(({ perCpuSecond }) => perCpuSecond));
  for (const [mode, all] of figures) {
    const perCpuSecond = median(all.map((one) => one.perCpuSecond));
    rows.push({
      mode,
      sessionsPerCpuSecond: Math.round(perCpuSecond),
      sessionsPerSecond: Math.round(median(all.map((one) => one.perSecond))),
      cpuMilliseconds: Number((1_000 / perCpuSecond).toFixed(2)),
      ratio: Number((perCpuSecond / base).toFixed(2)),
      ...(TARGETS[mode] === undefined ? {} : { target: TARGETS[mode] }),
    });
  }
}
if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
else console.table(rows);
if (rows.some(({ ratio, target }) => target !== undefined && ratio < target)) process.exitCode = 1;
