/** One request over an agent, and its whole answer (RFC 9112). */
import { type Agent, type IncomingMessage, type ClientRequest as NodeRequest, request } from 'node:http';
import { NetworkError } from '../../errors/index.js';
import type { ClientRequest, ClientResponse, HttpPolicy } from './client-types.js';

/**
 * Sends one request; knows neither redirections nor authentication.
 *
 * @throws NetworkError `NETWORK_*`
 */
export function exchange(
  agent: Agent,
  url: URL,
  message: ClientRequest,
  policy: HttpPolicy,
  signal: AbortSignal,
): Promise<ClientResponse> {
  return new Promise((resolve, reject) => {
    const sent = opened(agent, url, message, signal);
    sent.setTimeout(policy.timeouts.stallMs, () => {
      sent.destroy(
        new NetworkError('NETWORK_TIMEOUT', `${url.host} was silent for ${policy.timeouts.stallMs} ms`),
      );
    });
    sent.on('error', (error) => {
      if (mayRepeat(sent, error, signal)) resolve(exchange(agent, url, message, policy, signal));
      else reject(exchangeError(error, url, signal));
    });
    sent.on('upgrade', (_, socket) => {
      socket.destroy();
      reject(switched(url));
    });
    sent.on('response', (answer) => {
      readAnswer(answer, url, message.method, policy.maxBody).then(resolve, (error) => {
        sent.destroy();
        reject(exchangeError(error, url, signal));
      });
    });
    sent.end(message.body);
  });
}

/** A kept connection that the server had closed before it saw the request: GET and HEAD go again (RFC 9112 §9.3.1). */
function mayRepeat(sent: NodeRequest, error: NodeJS.ErrnoException, signal: AbortSignal): boolean {
  const ended = error.code === 'ECONNRESET' || error.code === 'EPIPE';
  return ended && sent.reusedSocket && /^(GET|HEAD)$/.test(sent.method) && !signal.aborted;
}

function opened(agent: Agent, url: URL, message: ClientRequest, signal: AbortSignal): NodeRequest {
  try {
    return request({
      agent,
      method: message.method,
      host: url.hostname,
      port: url.port || (url.protocol === 'https:' ? 443 : 80),
      path: url.pathname + url.search,
      headers: headersToSend(url, message),
      setHost: false,
      maxHeaderSize: 64 << 10,
      signal,
    });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw new NetworkError('NETWORK_PROTOCOL', `a request to ${url.host} cannot be written (${code})`, {
      cause,
    });
  }
}

function headersToSend(url: URL, message: ClientRequest): Record<string, string> {
  const headers: Record<string, string> = { ...message.headers, host: url.host };
  for (const name of Object.keys(headers)) {
    if (
      /^(host|content-length|transfer-encoding|connection|expect|upgrade|te)$/i.test(name) &&
      name !== 'host'
    ) {
      delete headers[name];
    }
  }
  const sendsBody = message.body !== undefined || !/^(GET|HEAD|DELETE)$/.test(message.method);
  if (sendsBody) headers['content-length'] = String(message.body?.length ?? 0);
  return headers;
}

function readAnswer(
  answer: IncomingMessage,
  url: URL,
  method: string,
  limit: number,
): Promise<ClientResponse> {
  return new Promise((resolve, reject) => {
    if (answer.httpVersion !== '1.1' && answer.httpVersion !== '1.0') {
      reject(new NetworkError('NETWORK_PROTOCOL', `${url.host} answers in HTTP/${answer.httpVersion}`));
      return;
    }
    const tooLarge = (): void => {
      reject(
        new NetworkError('NETWORK_ANSWER_TOO_LARGE', `${url.host} answers with more than ${limit} octets`),
      );
    };
    if (answer.headers['content-length'] !== undefined && Number(answer.headers['content-length']) > limit) {
      const bodyless = answer.statusCode === 304 || answer.statusCode === 204;
      if (!bodyless && method !== 'HEAD') return tooLarge();
    }
    const chunks: Buffer[] = [];
    let octets = 0;
    answer.on('data', (chunk: Buffer) => {
      octets += chunk.length;
      if (octets > limit) tooLarge();
      else chunks.push(chunk);
    });
    answer.on('error', reject);
    answer.on('end', () => {
      resolve({
        status: answer.statusCode ?? 0,
        headers: joined(answer),
        body: Uint8Array.from(Buffer.concat(chunks)),
        url: url.href,
      });
    });
    answer.on('close', () => reject(closed(url)));
  });
}

function joined(answer: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    if (values !== undefined) headers[name] = values.join(', ');
  }
  return headers;
}

function closed(url: URL, cause?: unknown): NetworkError {
  const message = `${url.host} closed the connection before its answer was complete`;
  return new NetworkError('NETWORK_CLOSED', message, cause === undefined ? {} : { cause });
}

function switched(url: URL): NetworkError {
  return new NetworkError(
    'NETWORK_PROTOCOL',
    `${url.host} switches to another protocol, which nobody asked for`,
  );
}

/** Any failure as ours. */
function exchangeError(error: unknown, url: URL, signal: AbortSignal): Error {
  if (signal.aborted && signal.reason instanceof NetworkError) return signal.reason;
  if (error instanceof NetworkError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (signal.aborted) return new NetworkError('NETWORK_ABORTED', `the request to ${url.host} was given up`);
  if (code.startsWith('HPE_')) {
    const message = `${url.host} does not answer in HTTP/1.1 (${code})`;
    return new NetworkError('NETWORK_PROTOCOL', message, { cause: error, details: { code } });
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED') return closed(url, error);
  return new NetworkError('NETWORK_UNREACHABLE', `no exchange with ${url.host} (${code})`, {
    cause: error,
    details: { code },
  });
}
