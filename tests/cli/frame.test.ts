import { readFileSync } from 'node:fs';
import { simboot } from './harness.js';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

test('--version prints the version alone', async () => {
  expect(await simboot('--version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('help lists the commands and goes to standard output', async () => {
  for (const line of ['--help', 'help', '']) {
    const { code, stdout } = await simboot(line);
    expect(code).toBe(0);
    expect(stdout).toContain('completion');
    expect(stdout).toContain('Examples:');
  }
});

test('an unknown command gets a suggestion and exit code 2', async () => {
  const { code, stdout, stderr } = await simboot('completon bash');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain("unknown command 'completon'");
  expect(stderr).toContain('Did you mean completion?');
  expect(stderr).toContain('code: USAGE_ARGUMENT (exit 2)');
});

test('with --json an error is one document on standard output', async () => {
  const result = await simboot('--json --mode 5g completion bash');
  expect(result.code).toBe(2);
  expect(result.stderr).toBe('');
  expect(result.json()).toMatchObject({
    error: { code: 'USAGE_ARGUMENT', kind: 'usage', message: expect.stringContaining('5g') },
  });
});

test.each(['bash', 'zsh', 'fish'])('completion for %s names the commands', async (shell) => {
  const { code, stdout } = await simboot(`completion ${shell}`);
  expect(code).toBe(0);
  expect(stdout).toContain('completion');
  expect(stdout).toContain('--reader');
});
