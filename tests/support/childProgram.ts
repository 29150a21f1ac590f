/** Programs of their own: sources of this project, stripped of their types, for a second Node process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformFileSync } from '@swc/core';

const ROOT = join(__dirname, '..', '..');
/** Inside the project, so that its packages are found; one directory a process. */
const OUT = join(ROOT, '.cache', `child-${process.pid}`);

export interface ChildResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from start to exit. */
  readonly time: number;
}

/** What readers need; `transport` is the room's index in the script. */
const TRANSPORT = ['errors', 'bytes', 'apdu', 'transport'] as const;
const transpiled = new Set<string>();

/** The rooms as CommonJS, and what data they have. */
function transpile(rooms: readonly string[]): void {
  for (const room of rooms) {
    if (transpiled.has(room)) continue;
    transpiled.add(room);
    for (const file of sources(join(ROOT, 'src', room))) {
      if (!file.endsWith('.ts')) {
        copyFileSync(file, outOf(file));
        continue;
      }
      const { code } = transformFileSync(file, {
        swcrc: false,
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
      });
      writeFileSync(outOf(file).replace(/\.ts$/, '.js'), code);
    }
  }
  writeFileSync(join(OUT, 'package.json'), '{"type":"commonjs"}');
}

/** Where a file of the project goes. */
function outOf(file: string): string {
  const out = join(OUT, file.slice(ROOT.length + 1));
  mkdirSync(dirname(out), { recursive: true });
  return out;
}

/** To be called after the last child of a suite. */
export function removeChildPrograms(): void {
  rmSync(OUT, { recursive: true, force: true });
}

function sources(directory: string): string[] {
  return readdirSync(directory)
    .map((name) => join(directory, name))
    .flatMap((path) => (statSync(path).isDirectory() ? sources(path) : [path]));
}

/** A running child; the last of its rooms is there under its name in the script. */
export class Child {
  readonly process: ChildProcess;
  readonly finished: Promise<ChildResult>;
  #stdout = '';
  #stderr = '';
  #waiting: (() => void)[] = [];

  constructor(
    script: string,
    env: Readonly<Record<string, string>> = {},
    rooms: readonly string[] = TRANSPORT,
  ) {
    transpile(rooms);
    const name = rooms.at(-1)!;
    const started = performance.now();
    const file = join(OUT, `script-${Math.trunc(started * 1000)}.js`);
    const body = `const ${name} = require('./src/${name}/index.js');\n(async () => {${script}\n})();`;
    writeFileSync(file, body);
    this.process = spawn(process.execPath, [file], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.process.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString();
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    this.finished = new Promise((resolve) => {
      this.process.on('close', (code) => {
        for (const wake of this.#waiting.splice(0)) wake();
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr, time: performance.now() - started });
      });
    });
  }

  /** Waits until the child has written `text`. */
  async says(text: string): Promise<void> {
    while (!this.#stdout.includes(text)) {
      if (this.process.exitCode !== null) throw new Error(`the child ended: ${this.#stdout}${this.#stderr}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Ends its standard input: scripts wait for that. */
  release(): Promise<ChildResult> {
    this.process.stdin?.end();
    return this.finished;
  }
}
