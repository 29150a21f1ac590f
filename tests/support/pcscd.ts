/**
 * The real PC/SC service with vpcd's two virtual readers, for suites named `*.pcsc.test.ts`. One process at a time
 * has it (a lock file), it runs in the foreground, and nothing of it is left behind.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CardEmulator } from '../../src/apdu/index.js';
import { PcscReaderService, type ReaderStatus, serveVpcd, VPCD_PORT } from '../../src/transport/index.js';

const LOCK = join(tmpdir(), 'simboot-pcscd.lock');
const SOCKET = '/run/pcscd/pcscd.comm';
const ROUTE = 'local 127.0.0.1 dev lo proto kernel scope host src 127.0.0.1'.split(' ');

/** Names that vpcd's two slots get from the Debian configuration. */
export const VIRTUAL_READERS = ['Virtual PCD 00 00', 'Virtual PCD 00 01'] as const;

/** What of the real service is missing here; empty where suites can run. */
function missingPcscdParts(): string[] {
  if (process.platform !== 'linux') return ['vpcd behind pcscd runs on Linux only'];
  const missing: string[] = [];
  if (!existsSync('/usr/sbin/pcscd')) missing.push('pcscd is not installed');
  if (!existsSync('/etc/reader.conf.d/vpcd')) missing.push('vsmartcard-vpcd is not installed');
  if (process.getuid?.() !== 0) missing.push('only root can start pcscd');
  try {
    createRequire(__filename)('pcsclite');
  } catch {
    missing.push('the PC/SC binding (pcsclite) is not built');
  }
  return missing;
}

/**
 * A suite over the real service. Where a part is missing it is listed as skipped with the reason; on CI it fails.
 *
 * @param suite gets the service, started before the first test and stopped after the last
 */
export function requirePcscd(name: string, suite: (pcscd: Pcscd) => void): void {
  const missing = missingPcscdParts();
  if (missing.length === 0) {
    describe(name, () => {
      const pcscd = new Pcscd();
      beforeAll(() => pcscd.start(), 180_000);
      afterAll(() => pcscd.stop(), 30_000);
      suite(pcscd);
    });
    return;
  }
  const reason = missing.join('; ');
  if (!process.env.CI) {
    describe.skip(`${name} [not run: ${reason}]`, () => suite(new Pcscd()));
    return;
  }
  test(`${name}: the real PC/SC service must be there on CI`, () => {
    throw new Error(reason);
  });
}

/** A card in a virtual reader. */
export interface InsertedCard {
  readonly reader: string;
  /** Takes it out and waits until the service has noticed. */
  remove(): Promise<void>;
}

export class Pcscd {
  readonly service = new PcscReaderService();
  #process: ChildProcess | undefined;
  #cards = new Set<InsertedCard>();
  #locked = false;
  output = '';

  get running(): boolean {
    return this.#process !== undefined;
  }

  /** Waits for its turn, then starts the service and waits until both readers are there. */
  async start(): Promise<void> {
    if (!this.#locked) await this.lock();
    await stopForeign();
    spawnSync('ip', ['route', 'change', ...ROUTE, 'quickack', '1', 'table', 'local']);
    const child = spawn('/usr/sbin/pcscd', ['--foreground'], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    process.once('exit', this.#killAtExit);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    await this.until((readers) => VIRTUAL_READERS.every((name) => readers.some((r) => r.name === name)));
  }

  /** Ends the service as a crash or an administrator would; the lock stays ours. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    const exited = new Promise<void>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve();
      else child.once('exit', () => resolve());
    });
    child.kill(signal);
    const patience = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(patience);
    process.removeListener('exit', this.#killAtExit);
  }

  /** Takes all cards out, ends the service, gives the lock back. */
  async stop(): Promise<void> {
    await this.removeAll();
    await this.end();
    spawnSync('ip', ['route', 'change', ...ROUTE, 'table', 'local']);
    if (this.#locked) rmSync(LOCK, { force: true });
    this.#locked = false;
  }

  /** Puts a card into slot 0 or 1 and waits until the service has powered it. */
  async insert(card: CardEmulator, slot: 0 | 1 = 0): Promise<InsertedCard> {
    const reader = VIRTUAL_READERS[slot];
    const abort = new AbortController();
    const served = serveVpcd(card, { port: VPCD_PORT + slot, signal: abort.signal, retryDelay: 50 });
    served.catch(() => undefined);
    const inserted: InsertedCard = {
      reader,
      remove: async () => {
        this.#cards.delete(inserted);
        abort.abort();
        await served;
        if (this.running)
          await this.until((all) => all.some((r) => r.name === reader && r.card === 'absent'));
      },
    };
    this.#cards.add(inserted);
    const isThere = (all: ReaderStatus[]) => all.some((r) => r.name === reader && r.card !== 'absent');
    await this.until(isThere);
    // On a busy machine the service may tell of the card before it has let go of the one before.
    await sleep(60);
    await this.until(isThere);
    return inserted;
  }

  async removeAll(): Promise<void> {
    for (const card of this.#cards) await card.remove();
  }

  /** Waits until the readers look as wanted. */
  async until(wanted: (readers: ReaderStatus[]) => boolean, milliseconds = 10_000): Promise<void> {
    const deadline = performance.now() + milliseconds;
    let last: unknown;
    while (performance.now() < deadline) {
      const readers = await this.service.list().catch((error: unknown) => {
        last = error;
        return [];
      });
      if (readers.length > 0) last = readers;
      if (wanted(readers)) return;
      await sleep(30);
    }
    throw new Error(
      `the readers do not get into the wanted state: ${String(JSON.stringify(last))}\n${this.output}`,
    );
  }

  readonly #killAtExit = () => this.#process?.kill('SIGKILL');

  private async lock(): Promise<void> {
    const deadline = performance.now() + 170_000;
    for (;;) {
      try {
        const file = openSync(LOCK, 'wx');
        writeSync(file, String(process.pid));
        closeSync(file);
        this.#locked = true;
        process.once('exit', () => this.#locked && rmSync(LOCK, { force: true }));
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      if (!isAlive(LOCK)) rmSync(LOCK, { force: true });
      else if (performance.now() > deadline) throw new Error(`another test holds ${LOCK}`);
      else await sleep(50);
    }
  }
}

/** A service that is not ours: on CI it has to go; elsewhere it is the owner's, and the suite fails with advice. */
async function stopForeign(): Promise<void> {
  const systemd = existsSync('/run/systemd/system');
  if (process.env.CI && systemd) spawnSync('systemctl', ['stop', 'pcscd.socket', 'pcscd.service']);
  const pidFile = '/run/pcscd/pcscd.pid';
  for (let patience = 0; patience < 100 && existsSync(pidFile) && isAlive(pidFile); patience++)
    await sleep(50);
  if (existsSync(pidFile) && isAlive(pidFile)) {
    throw new Error(
      'another pcscd is running: stop it first (sudo systemctl stop pcscd.socket pcscd.service)',
    );
  }
  rmSync(pidFile, { force: true });
  rmSync(SOCKET, { force: true });
}

function isAlive(pidFile: string): boolean {
  try {
    // pcscd ends its number with a zero octet.
    process.kill(Number.parseInt(readFileSync(pidFile, 'utf8'), 10), 0);
    return true;
  } catch {
    return false;
  }
}
