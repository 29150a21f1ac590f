/** What node:http could not read: the right status, no words of the parser (RFC 9110 §15.5). */
import type { Socket } from 'node:net';
import { plainAddress } from '../tls/index.js';
import type { HttpServerEvent } from './message.js';

const STATUS: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Content Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
};

/** Answers a broken or late request, and closes the connection. */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  onEvent: (event: HttpServerEvent) => void,
): void {
  const code = error.code ?? '';
  if (code === 'ECONNRESET' || code === 'EPIPE' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, words] = STATUS[code] ?? [400, 'Bad Request'];
  onEvent({ type: 'refused', address: plainAddress(socket.remoteAddress), status, reason: code });
  socket.end(`HTTP/1.1 ${status} ${words}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  socket.destroySoon();
}
