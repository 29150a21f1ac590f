/** A trace file: text or pcap by the ending of its name. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { UsageError } from '../../errors/index.js';
import { PcapTrace } from './pcap.js';
import type { TraceSink, TraceWrite } from './sink.js';
import { TextTrace } from './text.js';

/**
 * Starts a trace; a file of that name is replaced, and readable by its owner only. Every exchange is written at
 * once, so that a crash keeps what was before. A disk that fills up does not stop the work on a card: the trace ends
 * there, and `close` says so.
 *
 * @param path ends in `.txt` or `.pcap`
 * @throws UsageError `USAGE_ARGUMENT` for another ending, `USAGE_FILE_UNWRITABLE`
 * @example openTrace('card.log') // throws USAGE_ARGUMENT
 */
export function openTrace(path: string): TraceSink {
  const Sink = path.endsWith('.pcap') ? PcapTrace : path.endsWith('.txt') ? TextTrace : undefined;
  if (Sink === undefined) {
    throw new UsageError('USAGE_ARGUMENT', `a trace file ends in .txt or .pcap, not "${path}"`);
  }
  let file: number | undefined;
  try {
    file = openSync(path, 'w', 0o600);
  } catch (cause) {
    throw unwritable(path, cause);
  }
  let failure: unknown;
  const write: TraceWrite = (bytes) => {
    if (failure !== undefined || file === undefined) return;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    } catch (cause) {
      failure = cause;
    }
  };
  return new Sink(write, () => {
    if (file === undefined) return;
    closeSync(file);
    file = undefined;
    if (failure !== undefined) throw unwritable(path, failure);
  });
}

function unwritable(path: string, cause: unknown): UsageError {
  const why = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
  return new UsageError('USAGE_FILE_UNWRITABLE', `the trace ${path} cannot be written: ${why}`, { cause });
}
