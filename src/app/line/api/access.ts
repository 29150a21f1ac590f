/** Who may speak to a line: whoever has its token (RFC 6750), or without one the programs of this machine. */
import { createHash } from 'node:crypto';
import { sameSecret } from '../../../crypto/index.js';
import { SecurityError, UsageError } from '../../../errors/index.js';
import type { HttpRequest } from '../../../net/index.js';
import { isLoopback, type ListenAddress } from '../../server/index.js';
import { Refusal } from './problem.js';

/** Shorter tokens are guessed. */
const SHORTEST_TOKEN = 16;

/**
 * A token, and no others' eyes on it.
 *
 * @throws SecurityError `SECURITY_LINE_ACCESS` without a token elsewhere than on a loopback address; UsageError
 *   `USAGE_ARGUMENT` for a token that is too short or cannot stand in a header
 */
export function requireAccess(listen: ListenAddress, token: string | undefined): void {
  if (token === undefined) {
    if (isLoopback(listen.host)) return;
    throw new SecurityError(
      'SECURITY_LINE_ACCESS',
      `without a token everybody who reaches ${listen.host} could stop the line`,
      { next: 'Give a token with --token @FILE, or listen on 127.0.0.1.' },
    );
  }
  if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(token) || token.length < SHORTEST_TOKEN) {
    throw new UsageError(
      'USAGE_ARGUMENT',
      `the token has to have ${SHORTEST_TOKEN} characters or more, letters, digits and -._~+/= only`,
    );
  }
}

/** @throws Refusal 401 for a wrong token, 403 for a web page of somebody else */
export function checkAccess(request: HttpRequest, token: string | undefined): void {
  if (token === undefined) checkLocal(request);
  else {
    const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (given !== undefined && sameSecret(digest(given), digest(token))) return;
    const error = new SecurityError('SECURITY_LINE_ACCESS', 'the token of the line is missing or wrong');
    throw new Refusal(401, error, { 'www-authenticate': 'Bearer realm="simboot line"' });
  }
}

/** A browser on this machine takes requests of any page to any address; it says of which page, and to which name. */
function checkLocal({ headers }: HttpRequest): void {
  const origins = headers.origin === undefined ? [] : [headers.origin];
  const names = [`http://${headers.host ?? ''}`, ...origins].map(hostOf);
  if (names.every((name) => name !== undefined && isLoopback(name))) return;
  throw new Refusal(
    403,
    new SecurityError('SECURITY_LINE_ACCESS', 'without a token only programs of this machine are served', {
      next: 'Use the address 127.0.0.1, or start the line with a token.',
    }),
  );
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, '$1') : undefined;
}

/** Of one length, whatever is compared. */
function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
