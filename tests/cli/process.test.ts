/** The program as a process (built into dist): exit codes, closed pipes, thread pool, start-up. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const node = (...args: string[]) => spawnSync(process.execPath, args, { encoding: 'utf8' });
const shell = (line: string) => spawnSync('bash', ['-c', line], { encoding: 'utf8' });

test('it is built', () => {
  expect(existsSync('dist/cli/main.js')).toBe(true);
});

test('version and exit codes', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(node('cli/simboot.cjs', '--version')).toMatchObject({
    status: 0,
    stdout: `${version}\n`,
    stderr: '',
  });
  expect(node('cli/simboot.cjs', 'no-such-command')).toMatchObject({ status: 2, stdout: '' });
});

test('a closed pipe is no error', () => {
  const { stderr, status } = shell(
    'set -o pipefail; node cli/simboot.cjs completion bash | head -c 1 >/dev/null',
  );
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});

test('the thread pool is large enough for 32 readers, and a value that is set stays', () => {
  const print = "require('./cli/simboot.cjs'); console.error(process.env.UV_THREADPOOL_SIZE)";
  const { UV_THREADPOOL_SIZE: _, ...env } = process.env;
  const run = (more: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, ['-e', print, '--', '--version'], {
      encoding: 'utf8',
      env: { ...env, ...more },
    });
  expect(run({}).stderr.trim()).toBe('36');
  expect(run({ UV_THREADPOOL_SIZE: '80' }).stderr.trim()).toBe('80');
});

test.each(['bash', 'zsh', 'fish'])('the completion script for %s is accepted by the shell', (name) => {
  const script = node('cli/simboot.cjs', 'completion', name).stdout;
  if (shell(`command -v ${name}`).status !== 0) {
    expect(script).toContain('simboot');
    return;
  }
  expect(spawnSync(name, ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({
    status: 0,
    stderr: '',
  });
});

test('bash completes commands and options', () => {
  const complete = (words: string) =>
    shell(
      `source <(node cli/simboot.cjs completion bash); COMP_WORDS=(${words}); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ));
       _simboot; echo "\${COMPREPLY[@]}"`,
    ).stdout.trim();
  expect(complete('simboot comp')).toBe('completion');
  expect(complete('simboot --js')).toBe('--json');
});
