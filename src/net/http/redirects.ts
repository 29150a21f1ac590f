/** Redirections (RFC 9110 §15.4): few, never with credentials, never to a weaker scheme. */
import { NetworkError } from '../../errors/index.js';
import type { ClientRequest, ClientResponse, HttpPolicy } from './client-types.js';

const REDIRECTIONS: readonly number[] = [301, 302, 303, 307, 308];

/** What may go to another origin: nothing that names the device, its account or its session. */
const HARMLESS_HEADERS = /^(accept|accept-language|user-agent|range)$/i;

/** Whether an answer sends this request on. Only GET and HEAD follow: a package is for the server it was made for. */
export function isRedirect(message: ClientRequest, answer: ClientResponse, policy: HttpPolicy): boolean {
  const follows = message.method === 'GET' || message.method === 'HEAD';
  return follows && policy.redirects > 0 && REDIRECTIONS.includes(answer.status);
}

/**
 * The request that a redirection asks for. Its scheme and address are checked like those of every request.
 *
 * @throws NetworkError `NETWORK_REDIRECT` without a usable target, or from https to http
 */
export function redirected(
  message: ClientRequest,
  answer: ClientResponse,
  from: URL,
): { message: ClientRequest; otherOrigin: boolean } {
  const location = answer.headers.location;
  if (location === undefined || !URL.canParse(location, from.href)) {
    throw new NetworkError('NETWORK_REDIRECT', `${from.host} redirects without a usable address`);
  }
  const to = new URL(location, from);
  if (from.protocol === 'https:' && to.protocol !== 'https:') {
    throw new NetworkError(
      'NETWORK_REDIRECT',
      `${from.host} redirects from https to ${to.protocol.slice(0, -1)}`,
    );
  }
  const otherOrigin = to.origin !== from.origin;
  const headers = Object.entries(message.headers ?? {}).filter(
    ([name]) => !otherOrigin || HARMLESS_HEADERS.test(name),
  );
  return { message: { ...message, url: to.href, headers: Object.fromEntries(headers) }, otherOrigin };
}
