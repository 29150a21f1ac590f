/**
 * A handler machine that is moved by commands of the job (`hooks`): one process a move, started without a shell. What
 * it has to know is in its environment alone, so that nothing of a card or record can become a part of a command.
 */
import { spawn } from 'node:child_process';
import { ReaderError, UsageError } from '../../../errors/index.js';
import type { CardHandler, HandlerCard, Hooks, Reason } from '../../../perso/index.js';

export interface HookOptions {
  readonly hooks: Hooks;
  readonly batchId: string;
  readonly station: string;
  /** Of this process; only what a program needs to run is passed on, for secrets may be in it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds for one move. */
  readonly timeoutMs: number;
  /** Where commands run. */
  readonly folder: string;
}

/** Exit code of `get`: there are no more cards. */
const NO_MORE = 3;
/** Milliseconds between asking a process to end and ending it. */
const PATIENCE = 2_000;
const HEARD_OCTETS = 2_000;
const PASSED_ON =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|COMSPEC|PATHEXT)$/i;

/**
 * A handler that runs the commands of a job.
 *
 * @throws UsageError `USAGE_HOOK` for a job without `get`, `good` and `bad`, or a command that cannot be read
 */
export function hookHandler(options: HookOptions): CardHandler {
  const { hooks } = options;
  const commands = {
    get: wordsOf('get', hooks.get),
    good: wordsOf('good', hooks.good),
    bad: wordsOf('bad', hooks.bad),
  };
  const run = (what: keyof typeof commands, more: Record<string, string>, passing: readonly number[]) =>
    runHook(what, commands[what], environment(options, { SIMBOOT_MOVE: what, ...more }), passing, options);
  return {
    async get(slot) {
      return (await run('get', { SIMBOOT_SLOT: slot }, [0, NO_MORE])) === 0;
    },
    async good(card) {
      await run('good', cardEnvironment(card, 'good'), [0]);
    },
    async bad(card) {
      await run('bad', { ...cardEnvironment(card, 'bad'), ...reasonEnvironment(card.reason) }, [0]);
    },
    reseat: async () => false,
  };
}

/** Words apart by blanks; quotes keep blanks in a word. Nothing else means anything. */
function wordsOf(name: string, command: string | undefined): readonly [string, ...string[]] {
  const words = [...(command ?? '').matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  );
  const [program, ...rest] = words;
  const quotes = (command ?? '').replace(/"[^"]*"|'[^']*'/g, '');
  if (program === undefined || program === '') {
    throw new UsageError('USAGE_HOOK', `the job has no hook "${name}", which --auto needs`);
  }
  if (/["']/.test(quotes)) throw new UsageError('USAGE_HOOK', `hook "${name}": a quote has no end`);
  return [program, ...rest];
}

function environment(options: HookOptions, more: Record<string, string>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.env)) {
    if (value !== undefined && PASSED_ON.test(name)) env[name] = value;
  }
  return { ...env, SIMBOOT_BATCH: options.batchId, SIMBOOT_STATION: options.station, ...more };
}

function cardEnvironment({ slot, record, iccid }: HandlerCard, outcome: string): Record<string, string> {
  return {
    SIMBOOT_SLOT: slot,
    SIMBOOT_RECORD: record === undefined ? '' : String(record),
    SIMBOOT_ICCID: iccid ?? '',
    SIMBOOT_OUTCOME: outcome,
  };
}

function reasonEnvironment({ code, message }: Reason): Record<string, string> {
  return { SIMBOOT_REASON: code, SIMBOOT_MESSAGE: message };
}

/** @returns the exit code, one of `passing` */
function runHook(
  name: string,
  [program, ...words]: readonly [string, ...string[]],
  env: Record<string, string>,
  passing: readonly number[],
  { timeoutMs, folder }: HookOptions,
): Promise<number> {
  return new Promise((resolve, reject) => {
    // a group of its own, so that what the command started ends with it, and Ctrl-C at the board does not reach it
    const child = spawn(program, words, {
      env,
      cwd: folder,
      shell: false,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let heard = '';
    let isLate = false;
    const end = (signal: NodeJS.Signals): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // it ended by itself meanwhile
      }
    };
    const timers = [
      setTimeout(() => {
        isLate = true;
        end('SIGTERM');
        timers.push(setTimeout(() => end('SIGKILL'), PATIENCE));
      }, timeoutMs),
    ];
    const failed = (why: string): void => reject(failure(name, env.SIMBOOT_SLOT ?? '', why, heard));
    child.stderr.on('data', (chunk: Buffer) => {
      heard = (heard + chunk.toString('utf8')).slice(-HEARD_OCTETS);
    });
    child.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      timers.forEach(clearTimeout);
      failed(`cannot be started (${code ?? message})`);
    });
    child.once('exit', (code, signal) => {
      timers.forEach(clearTimeout);
      child.stderr.destroy();
      if (isLate) failed(`took longer than ${timeoutMs} ms`);
      else if (code !== null && passing.includes(code)) resolve(code);
      else failed(code === null ? `was ended by ${signal}` : `ended with ${code}`);
    });
  });
}

function failure(name: string, slot: string, why: string, heard: string): ReaderError {
  const said = heard
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(-200);
  return new ReaderError('READER_HANDLER', `hook "${name}" ${why}${said === '' ? '' : `: ${said}`}`, {
    details: { hook: name, slot },
  });
}
