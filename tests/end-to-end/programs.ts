/** The program as processes of its own: a server, devices, and what they write. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

const SIMBOOT = 'cli/simboot.cjs';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export function simboot(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, timeout: 110_000 };
    execFile(process.execPath, [SIMBOOT, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
  });
}

/** A command that stays: its lines of JSON as they come. */
export class Running {
  readonly lines: Record<string, unknown>[] = [];
  readonly ended: Promise<number | null>;
  readonly #process: ChildProcess;
  #text = '';
  #errors = '';
  #waiting: (() => void)[] = [];

  constructor(args: readonly string[]) {
    this.#process = spawn(process.execPath, [SIMBOOT, '--json', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process.stdout?.on('data', (chunk: Buffer) => this.take(chunk.toString()));
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString();
    });
    this.ended = new Promise((resolve) => {
      this.#process.on('close', (code) => {
        resolve(code);
        this.wake();
      });
    });
  }

  private take(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop()!;
    this.lines.push(...lines.filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>));
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Waits for a line of this type that has these members. */
  async says(type: string, members: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.lines.find(
        (line) =>
          line.type === type && Object.entries(members).every(([name, value]) => line[name] === value),
      );
      if (found !== undefined) return found;
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
        throw new Error(`it ended: ${JSON.stringify(this.lines)} ${this.#errors}`);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#process.kill(signal);
    return this.ended;
  }
}

/** A TCP port that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
