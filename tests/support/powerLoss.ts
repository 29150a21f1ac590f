/**
 * Power losses: records what a program writes and syncs, then gives the files as a disk could hold them after the power
 * failed at any instant. A kill proves nothing of that: the kernel still writes what the program left.
 *
 * A write is on the disk when its file was synced afterwards; of writes after the last sync none, all, or some may be there,
 * and the last of them in part. Marks are lines that the program writes into the file `marks`: what the world saw
 * (acknowledgements, octets on a card); they are never lost, and tell how far the program was.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Child } from './childProgram.js';
import { repeatable } from './fuzz.js';

const MARKS = 'marks';

interface Operation {
  readonly kind: 'W' | 'T' | 'S' | 'U';
  readonly file: string;
  /** Of a write; the new length of a truncation. */
  readonly offset: number;
  readonly octets: Buffer;
}

export interface Recording {
  /** Files before the program started. */
  readonly base: ReadonlyMap<string, Buffer>;
  readonly operations: readonly Operation[];
  readonly result: { readonly code: number | null; readonly stdout: string; readonly stderr: string };
}

export interface PowerLoss {
  /** For messages: how many operations were done, and what of the last ones is on the disk. */
  readonly name: string;
  /** Whole lines that the program had marked. */
  readonly marks: readonly string[];
  readonly files: ReadonlyMap<string, Buffer>;
}

let library: string | undefined;
let folder: string | undefined;

/** Why writes cannot be recorded here; nothing if they can. */
export function missingRecorderParts(): string | undefined {
  if (process.platform !== 'linux') return 'LD_PRELOAD is of Linux';
  return spawnSync('gcc', ['--version']).status === 0 ? undefined : 'gcc is not installed';
}

/** To be called after the last recording of a suite. */
export function removeRecorder(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
  library = undefined;
}

function compiled(): string {
  if (library !== undefined && existsSync(library)) return library;
  folder = mkdtempSync(join(tmpdir(), 'simboot-recorder-'));
  library = join(folder, 'recordWrites.so');
  const source = join(__dirname, 'recordWrites.c');
  const { status, stderr } = spawnSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`gcc: ${stderr}`);
  return library;
}

/**
 * Runs a program and records what it does to the files of a directory.
 *
 * @param script as `Child` takes it; `process.env.DIRECTORY` names the directory, `mark(text)` writes a mark
 */
export async function recordWrites(
  directory: string,
  script: string,
  rooms: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Recording> {
  const base = filesOf(directory);
  const log = `${directory}.log`;
  const marking = `const marks = require('node:fs').openSync(process.env.DIRECTORY + '/${MARKS}', 'a');
    const mark = (text) => require('node:fs').writeSync(marks, text + '\\n');`;
  const child = new Child(
    `${marking}\n${script}`,
    {
      ...env,
      DIRECTORY: directory,
      LD_PRELOAD: compiled(),
      RECORD_DIR: `${directory}/`,
      RECORD_LOG: log,
      UV_USE_IO_URING: '0',
    },
    rooms,
  );
  const result = await child.finished;
  const operations = parseLog(readFileSync(log));
  rmSync(log);
  return { base, operations, result };
}

function filesOf(directory: string): Map<string, Buffer> {
  return new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name))]));
}

function parseLog(log: Buffer): Operation[] {
  const operations: Operation[] = [];
  for (let at = 0; at < log.length; ) {
    const kind = String.fromCharCode(log[at]!) as Operation['kind'];
    const named = log.readUInt16LE(at + 1);
    const file = basename(log.toString('utf8', at + 3, at + 3 + named));
    const offset = Number(log.readBigUInt64LE(at + 3 + named));
    const length = log.readUInt32LE(at + 11 + named);
    const start = at + 15 + named;
    at = start + length;
    // Shared memory is not on the disk: SQLite makes it anew.
    if (!file.endsWith('-shm')) operations.push({ kind, file, offset, octets: log.subarray(start, at) });
  }
  return operations;
}

interface Disk {
  /** What every power loss leaves. */
  durable: Buffer | undefined;
  /** What came after the last sync. */
  pending: Operation[];
}

/** Every power loss of a recording: after each operation, with none, all and some of what was not synced. */
export function* powerLosses({ base, operations }: Recording, seed = 1): Generator<PowerLoss> {
  const random = repeatable(seed);
  const disks = new Map<string, Disk>([...base].map(([name, durable]) => [name, { durable, pending: [] }]));
  let marked = '';
  let done = 0;
  const loss = (
    what: string,
    surviving: (pending: readonly Operation[]) => readonly Operation[],
  ): PowerLoss => ({
    name: `after ${done} of ${operations.length} operations, ${what}`,
    marks: marked.split('\n').slice(0, -1),
    files: imageOf(disks, surviving),
  });
  for (const [index, operation] of operations.entries()) {
    done = index + 1;
    if (operation.file === MARKS) marked += operation.octets.toString();
    else take(disks, operation);
    const next = operations[index + 1];
    // The worst instant is right before the next operation: the world has seen most, the disk no more.
    if (next?.file === MARKS) continue;
    const open = [...disks.values()].some(({ pending }) => pending.length > 0);
    if (!open || next === undefined || next.kind === 'S') yield loss('nothing unsynced', () => []);
    if (!open) continue;
    yield loss('everything unsynced', (pending) => pending);
    yield loss('some of the unsynced', (pending) => torn(pending, random));
  }
}

function take(disks: Map<string, Disk>, operation: Operation): void {
  const disk = disks.get(operation.file) ?? { durable: undefined, pending: [] };
  disks.set(operation.file, disk);
  if (operation.kind !== 'S') {
    disk.pending.push(operation);
    return;
  }
  disk.durable = carriedOut(disk.durable ?? Buffer.alloc(0), disk.pending);
  disk.pending = [];
}

/** Any of the writes, the last of them cut: a disk writes whole sectors, in any order. */
function torn(pending: readonly Operation[], random: (below: number) => number): Operation[] {
  const kept = pending.filter(() => random(2) === 0);
  const last = kept.at(-1);
  if (last === undefined || last.kind !== 'W') return kept;
  const length =
    last.octets.length > 512 ? 512 * random(Math.ceil(last.octets.length / 512)) : last.octets.length;
  return [...kept.slice(0, -1), { ...last, octets: last.octets.subarray(0, length) }];
}

function imageOf(
  disks: ReadonlyMap<string, Disk>,
  surviving: (pending: readonly Operation[]) => readonly Operation[],
): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const [name, { durable, pending }] of disks) {
    const kept = surviving(pending);
    const content = kept.length === 0 ? durable : carriedOut(durable ?? Buffer.alloc(0), kept);
    if (content !== undefined) files.set(name, content);
  }
  return files;
}

/** A removed file is nothing; what is written after it is another file. */
function carriedOut(before: Buffer, operations: readonly Operation[]): Buffer | undefined {
  let content: Buffer | undefined = Buffer.from(before);
  for (const { kind, offset, octets } of operations) {
    if (kind === 'U') {
      content = undefined;
      continue;
    }
    const old: Buffer = content ?? Buffer.alloc(0);
    const size = kind === 'T' ? offset : Math.max(old.length, offset + octets.length);
    content = Buffer.alloc(size);
    old.copy(content, 0, 0, Math.min(old.length, size));
    octets.copy(content, offset);
  }
  return content;
}

/**
 * Lays every power loss out as files, and has it checked.
 *
 * @param check gets a directory with the files; the name tells which power loss failed
 * @param wanted leaves some out, where a check takes long
 * @returns how many were checked
 */
export async function afterEveryPowerLoss(
  recording: Recording,
  check: (directory: string, loss: PowerLoss) => Promise<void>,
  wanted: (loss: PowerLoss) => boolean = () => true,
): Promise<number> {
  const parent = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'simboot-power-'));
  let count = 0;
  try {
    for (const loss of powerLosses(recording)) {
      if (!wanted(loss)) continue;
      const directory = join(parent, String(++count));
      mkdirSync(directory);
      for (const [name, content] of loss.files) writeFileSync(join(directory, name), content);
      try {
        await check(directory, loss);
      } catch (error) {
        throw new Error(`${loss.name}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      }
      rmSync(directory, { recursive: true });
    }
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
  return count;
}
