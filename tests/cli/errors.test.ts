/** Each kind of failure has its exit code, its words, and one JSON document. */
import pc from 'picocolors';
import { CliContext } from '../../cli/context.js';
import { exitCodeOf, exitCodeOfSignal, renderError, reportOf } from '../../cli/errors.js';
import { readInput, writeOutput } from '../../cli/files.js';
import {
  CardError,
  DataError,
  ReaderError,
  SecurityError,
  UsageError,
  VerificationError,
} from '../../src/errors/index.js';
import { simboot, testIo } from './harness.js';

const plain = pc.createColors(false);

test.each([
  [new UsageError('USAGE_ARGUMENT', 'x'), 2],
  [new DataError('DATA_TLV', 'x'), 2],
  [new ReaderError('READER_EMPTY', 'x'), 3],
  [new CardError('CARD_STATUS', 'x'), 3],
  [new SecurityError('SECURITY_BLOCKED', 'x'), 4],
  [new VerificationError('VERIFICATION_DIFFERENCES', 'x'), 6],
  [new TypeError('x'), 1],
  ['a string', 1],
])('%s ends with its exit code', (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});

test('an error in words: what, next, code; details and stack only when asked', () => {
  const cause = new Error('the cause');
  const error = new CardError('CARD_RESPONSE', 'EF(DIR) record 2 is cut off', {
    cause,
    details: { record: 2 },
  });
  expect(renderError(error, plain, false).split('\n')).toEqual([
    '✗ EF(DIR) record 2 is cut off',
    '  next: Record the exchange with --trace and look at the last response.',
    '  code: CARD_RESPONSE (exit 3)',
  ]);
  const verbose = renderError(error, plain, true);
  expect(verbose).toContain('  record: 2');
  expect(verbose).toContain('cause: Error: the cause');
  expect(verbose).toMatch(/stack: .*EF\(DIR\)/);
});

test('anything else is an internal error that says how to report it', () => {
  expect(reportOf(new TypeError('x is undefined'))).toMatchObject({
    code: 'INTERNAL',
    kind: 'internal',
    message: 'internal error: x is undefined',
    next: expect.stringContaining('-v'),
  });
});

test('a run that a signal ended has the shell’s code', async () => {
  const interruption = new AbortController();
  interruption.abort('SIGINT');
  expect((await simboot('completion bash', { signal: interruption.signal })).code).toBe(130);
  expect(exitCodeOfSignal('SIGTERM')).toBe(143);
});

test('a failure with --json and -v: the document on standard output, the details on standard error', async () => {
  const result = await simboot('completion tcsh --json -v');
  expect(result.json()).toMatchObject({ error: { code: 'USAGE_ARGUMENT' } });
  expect(result.stderr).toContain('parser: commander.invalidArgument');
});

describe('files of the command line', () => {
  const cli = (stdin = '') => new CliContext(testIo({ stdin }), () => Promise.reject(new Error('not used')));

  test('standard input is read where the name is -', async () => {
    expect(Buffer.from(await readInput(cli('{"a":1}'), '-')).toString()).toBe('{"a":1}');
  });

  test('what cannot be read or written is named with the reason', async () => {
    await expect(readInput(cli(), 'does/not/exist')).rejects.toMatchObject({
      code: 'USAGE_FILE_UNREADABLE',
      message: 'cannot read does/not/exist (ENOENT)',
    });
    await expect(writeOutput('does/not/exist', 'x')).rejects.toMatchObject({ code: 'USAGE_FILE_UNWRITABLE' });
  });
});

test('a command writes one document, not two', () => {
  const context = new CliContext(testIo(), () => Promise.reject(new Error('not used')));
  context.json({ a: 1 });
  expect(() => context.json({ b: 2 })).toThrow('one JSON document');
});
