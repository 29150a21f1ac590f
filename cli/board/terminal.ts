/** The terminal as the board sees it, and the one of this process. */
import type { CliIo } from '../io.js';

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
  /** Keys as they are pressed, without echo; the function returned gives the terminal its lines back. */
  onKeys(listener: (text: string) => void): () => void;
  onResize(listener: () => void): () => void;
  /** Called when the process ends, whatever ends it but a kill. */
  onExit(listener: () => void): () => void;
}

/** The terminal of standard output; undefined where that is none, or a part of it is missing. */
export function terminalOf({ stdout, stdin }: Pick<CliIo, 'stdout' | 'stdin'>): Terminal | undefined {
  if (stdout.isTTY !== true || stdout.on === undefined || stdout.off === undefined) return undefined;
  const { on, off } = { on: stdout.on.bind(stdout), off: stdout.off.bind(stdout) };
  return {
    get columns() {
      return stdout.columns ?? 80;
    },
    get rows() {
      return stdout.rows ?? 24;
    },
    write: (text) => void stdout.write(text),
    onKeys: (listener) => keysOf(stdin, listener),
    onResize(listener) {
      on('resize', listener);
      return () => void off('resize', listener);
    },
    onExit(listener) {
      process.once('exit', listener);
      return () => void process.off('exit', listener);
    },
  };
}

function keysOf(stdin: CliIo['stdin'], listener: (text: string) => void): () => void {
  if (stdin.isTTY !== true || stdin.on === undefined) return () => undefined;
  const take = (chunk: Uint8Array | string): void =>
    listener(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
  stdin.setRawMode?.(true);
  stdin.on('data', take);
  stdin.resume?.();
  return () => {
    stdin.off?.('data', take);
    stdin.setRawMode?.(false);
    stdin.pause?.();
  };
}
