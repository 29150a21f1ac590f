/** The program as a process: streams, signals, exit code. Everything else is `runCli`, which tests call directly. */
import { type CliIo, processIo } from './io.js';
import { runCli } from './run.js';

/** Runs the command line of this process and ends it with the command's exit code. */
export async function main(): Promise<void> {
  const interruption = new AbortController();
  const io = { ...processIo(), signal: interruption.signal };
  ignoreClosedPipe(process.stdout);
  ignoreClosedPipe(process.stderr);
  process.on('SIGINT', () => interrupt(interruption, 'SIGINT', 130));
  process.on('SIGTERM', () => interrupt(interruption, 'SIGTERM', 143));
  const code = await runCli(process.argv.slice(2), io);
  await flush(io);
  process.exit(code);
}

/** The first signal lets the command close its card; the second one does not wait. */
function interrupt(controller: AbortController, name: string, code: number): void {
  if (controller.signal.aborted) process.exit(code);
  controller.abort(name);
}

/** `simboot … | head` must not stop a command in the middle of a card: output is dropped, the work goes on. */
function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

function flush(io: CliIo): Promise<unknown> {
  const drained = (stream: CliIo['stdout']) =>
    new Promise<void>((resolve) => {
      stream.write('', () => resolve());
    });
  return Promise.all([drained(io.stdout), drained(io.stderr)]);
}
