/** Octets by hand on both ends of TCP: a client that writes what it wants, a server that answers what it wants. */
import { type AddressInfo, connect, createServer, type Server } from 'node:net';

/** Writes octets and gives everything that came until the other side closed. */
export function raw(port: number, text: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  socket.write(text, 'latin1');
  return new Promise((resolve) => socket.on('close', () => resolve(answer)));
}

/** A server that gives each request (up to the blank line, and its body) to a function, and sends what that gives. */
export interface RawServer {
  readonly url: string;
  readonly requests: string[];
  readonly connections: () => number;
  close(): void;
}

/** Starts it on a free port. `undefined` keeps silent. */
export async function rawServer(
  answer: (request: string, index: number) => string | undefined,
): Promise<RawServer> {
  const requests: string[] = [];
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections++;
    let seen = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1');
      const head = seen.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(seen)?.[1] ?? 0);
      if (head < 0 || seen.length < head + 4 + length) return;
      requests.push(seen);
      seen = '';
      const text = answer(requests.at(-1)!, requests.length - 1);
      if (text !== undefined) socket.write(text, 'latin1');
      if (text !== undefined && /connection: close/i.test(text)) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    close: () => server.close(),
  };
}
