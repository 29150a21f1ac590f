/** What the scripts in this directory share: where the project is, running programs, npm however it was started. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Runs a program in the project; with `quiet` its output comes back, otherwise it is shown. */
export function run(command, args, { quiet = false, cwd = root, env = {}, timeoutMinutes = 45 } = {}) {
  const result = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: timeoutMinutes * 60_000,
    shell: process.platform === 'win32' && !command.endsWith('.exe'),
  });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? `\n${result.error.message}` : ''}`;
  return { ok: result.status === 0, output };
}

/** A script of this project under this Node, or under another one. */
export function runNode(args, options = {}) {
  return run(options.node ?? process.execPath, args, options);
}

/** The npm that started this script, or the one in the path. */
export function npm(args, options = {}) {
  const started = process.env.npm_execpath;
  return started?.endsWith('.js') ? runNode([started, ...args], options) : run('npm', args, options);
}
