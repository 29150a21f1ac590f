/** The processes of a campaign: the farm, which outlives everything, and lines, which are killed. Both are the built program. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FarmReaderService } from '../../src/readers/index.js';

const PROGRAM = join(__dirname, '..', '..', 'cli', 'simboot.cjs');
const HEARD = 20_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly stdout: string;
}

/** A process of the program. */
export class Program {
  readonly ended: Promise<Ended>;
  readonly process: ChildProcess;
  isRunning = true;
  #heard = '';
  #stdout = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.process = spawn(process.execPath, [PROGRAM, ...args], {
      env: { ...process.env, ...env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const hear = (chunk: Buffer): void => {
      this.#heard = (this.#heard + chunk.toString('utf8')).slice(-HEARD);
    };
    this.process.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout = (this.#stdout + chunk.toString('utf8')).slice(-HEARD * 10);
      hear(chunk);
    });
    this.process.stderr?.on('data', hear);
    this.ended = new Promise((resolve) => {
      this.process.once('close', (code, signal) => {
        this.isRunning = false;
        resolve({ code, signal, output: this.#heard, stdout: this.#stdout });
      });
    });
  }

  /** SIGKILL, as a power switch of the process alone; whether it was still there. */
  async kill(): Promise<boolean> {
    const was = this.isRunning;
    this.process.kill('SIGKILL');
    await this.ended;
    return was;
  }
}

/** Runs the program to its end. @throws where its exit code is not among `codes` */
export async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  codes: readonly number[] = [0],
): Promise<string> {
  const { code, output, stdout } = await new Program(args, env).ended;
  if (code === null || !codes.includes(code))
    throw new Error(`simboot ${args.join(' ')}: exit ${code}\n${output}`);
  return stdout;
}

export interface FarmPlan {
  readonly folder: string;
  readonly slots: number;
  readonly cards: number;
  readonly seed: number;
  readonly speed: number;
  readonly faults: readonly string[];
}

/** A farm in a process of its own. */
export class FarmProcess {
  readonly address: string;
  readonly readers: FarmReaderService;
  readonly #program: Program;

  private constructor(plan: FarmPlan) {
    const socket = join(plan.folder, 'farm.sock');
    this.address = `farm:${socket}`;
    this.#program = new Program([
      ...['sim', 'farm', '--socket', socket, '--slots', String(plan.slots), '--cards', String(plan.cards)],
      ...['--speed', String(plan.speed), '--seed', String(plan.seed)],
      ...plan.faults.flatMap((fault) => ['--fault', fault]),
    ]);
    this.readers = new FarmReaderService(this.address);
  }

  static async start(plan: FarmPlan): Promise<FarmProcess> {
    const farm = new FarmProcess(plan);
    const socket = farm.address.slice('farm:'.length);
    while (!existsSync(socket)) {
      if (!farm.#program.isRunning) throw new Error(`the farm ended: ${(await farm.#program.ended).output}`);
      await sleep(20);
    }
    return farm;
  }

  get pid(): number {
    return this.#program.process.pid ?? 0;
  }

  async stop(): Promise<void> {
    await this.readers.close();
    this.#program.process.kill('SIGINT');
    await this.#program.ended;
  }
}
