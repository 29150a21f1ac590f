/** A secret typed at a terminal, without echo. */
import { UsageError } from '../src/errors/index.js';
import type { CliIo } from './io.js';

const ENTER = ['\r', '\n', '\u0004'];
const CTRL_C = '\u0003';
const ERASE = ['\u0008', '\u007f'];

/**
 * @throws UsageError `USAGE_SECRET_SOURCE` if the person gives up (Ctrl-C) or enters nothing
 */
export async function promptHidden(io: CliIo, question: string): Promise<string> {
  io.stderr.write(question);
  io.stdin.setRawMode?.(true);
  try {
    return await typed(io);
  } finally {
    io.stdin.setRawMode?.(false);
    io.stderr.write('\n');
  }
}

async function typed(io: CliIo): Promise<string> {
  let text = '';
  for await (const chunk of io.stdin) {
    for (const key of Buffer.from(chunk as Uint8Array).toString('utf8')) {
      if (key === CTRL_C) throw new UsageError('USAGE_SECRET_SOURCE', 'nothing was entered');
      if (ENTER.includes(key)) return notEmpty(text);
      text = ERASE.includes(key) ? text.slice(0, -1) : text + key;
    }
  }
  return notEmpty(text);
}

function notEmpty(text: string): string {
  if (text === '') throw new UsageError('USAGE_SECRET_SOURCE', 'nothing was entered');
  return text;
}
