/** Opens a TLS connection and judges the server before anyone can write to it. */
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { NetworkError } from '../../errors/index.js';
import type { TlsClient } from './client-profile.js';

/**
 * TLS over an open TCP connection.
 *
 * @param host the name that the certificate must have; an IP address is no SNI name (RFC 6066 §3)
 * @param serverName the name for SNI, '' for none
 * @throws NetworkError `NETWORK_TLS`, `NETWORK_TLS_VERSION`, `NETWORK_TLS_IDENTITY`, `NETWORK_CERTIFICATE`
 */
export function startTls(
  socket: Socket,
  client: TlsClient,
  host: string,
  serverName: string,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = connect({ ...client.options, socket, servername: serverName });
    const end = (error: unknown): void => {
      secure.destroy();
      socket.destroy();
      reject(error);
    };
    const failed = (error: unknown): void => end(tlsError(error, host));
    secure.once('error', failed);
    secure.once('close', failed);
    secure.once('secureConnect', () => {
      secure.off('error', failed);
      secure.off('close', failed);
      secure.on('error', () => {}); // until the HTTP layer listens
      try {
        client.judge(secure, host);
        resolve(secure);
      } catch (error) {
        end(error);
      }
    });
  });
}

const VERSION =
  /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|WRONG_SSL_VERSION|VERSION_TOO_LOW|INAPPROPRIATE_FALLBACK/;
const IDENTITY =
  /UNKNOWN_PSK|DECRYPT_ERROR|BAD_RECORD_MAC|ILLEGAL_PARAMETER|BINDER|BAD_CERTIFICATE|CERTIFICATE_(UNKNOWN|REQUIRED|EXPIRED|REVOKED)|UNKNOWN_CA|DECRYPTION_FAILED|CIPHER_OPERATION_FAILED/;

/** OpenSSL's failure as ours. Its code tells what happened; its message is not shown. */
function tlsError(error: unknown, host: string): NetworkError {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? 'ECONNRESET';
  const details = { host, code };
  if (!code.startsWith('ERR_')) {
    const message = `${host} closed the connection during the TLS handshake (${code})`;
    return new NetworkError('NETWORK_TLS', message, { cause: error, details });
  }
  if (VERSION.test(code)) {
    const message = `${host} and this client have no TLS version in common (${code})`;
    return new NetworkError('NETWORK_TLS_VERSION', message, { cause: error, details });
  }
  if (IDENTITY.test(code)) {
    const message = `${host} and this client do not accept each other's identity or key (${code})`;
    return new NetworkError('NETWORK_TLS_IDENTITY', message, { cause: error, details });
  }
  return new NetworkError('NETWORK_TLS', `no TLS with ${host} (${code})`, { cause: error, details });
}
