import { type ErrorOptions, SimbootError } from './error.js';

/** The way to another machine: name, connection, TLS, HTTP. Exit code 3. */
export const NETWORK_ERRORS = {
  NETWORK_UNREACHABLE: {
    meaning: 'No connection to the other side: its name is unknown, or nothing answers there.',
    next: 'Check the address, the network and whether the server runs.',
  },
  NETWORK_TIMEOUT: {
    meaning: 'The other side took longer than allowed.',
    next: 'Try again later, or allow more time where the way is known to be slow.',
  },
  NETWORK_CLOSED: {
    meaning: 'The connection ended before the answer was complete.',
    next: 'It is not known whether the request was processed; look at the other side before it is repeated.',
  },
  NETWORK_ABORTED: {
    meaning: 'The request was given up by this side.',
    next: 'Nothing needs to be done; start it again when wanted.',
  },
  NETWORK_TLS: {
    meaning: 'The two sides did not agree on TLS: version, cipher suite or key exchange.',
    next: 'Compare versions and cipher suites of both sides (DM 2.0 §9.2.2).',
  },
  NETWORK_TLS_VERSION: {
    meaning: 'The other side speaks an older TLS version than allowed (DM 2.0 §9.2.2).',
    next: 'Upgrade the other side; versions below 1.2 need the legacy option on purpose.',
  },
  NETWORK_TLS_IDENTITY: {
    meaning:
      'The other side did not accept or prove an identity: unknown PSK identity, wrong key, or refused certificate.',
    next: 'Compare the credentials of both sides; the account of the device may be newer than the server knows.',
  },
  NETWORK_CERTIFICATE: {
    meaning:
      'The certificate of the other side is not trusted, expired, or made for another name (RFC 6125).',
    next: 'Check the trust anchors, the host name of the address and the clock of this machine.',
  },
  NETWORK_PROTOCOL: {
    meaning: 'The other side does not speak HTTP/1.1 as the standard says.',
    next: 'Check the address and port; the message says what was wrong.',
  },
  NETWORK_ANSWER_TOO_LARGE: {
    meaning: 'An answer is larger than this side reads.',
    next: 'Raise the limit where large answers are meant.',
  },
  NETWORK_REDIRECT: {
    meaning: 'The other side redirects to where this request must not follow.',
    next: 'Use the final address, or correct the redirection at the server.',
  },
  NETWORK_ADDRESS_FORBIDDEN: {
    meaning:
      'An address uses a scheme or leads to a network that is forbidden here (loopback, private, link-local).',
    next: 'Use a public http or https address, or allow such addresses on purpose.',
  },
  NETWORK_AUTHENTICATION: {
    meaning: 'The server asks for a user and password, and did not get what it accepts.',
    next: 'Check user and password; Basic is used over TLS only unless it is allowed on purpose.',
  },
  NETWORK_BSF: {
    meaning: 'A BSF refused to give push information for a device.',
    next: 'The cause in the message is the BSF’s: an unknown subscriber, a NAF that may not ask, or a time that is over.',
  },
  NETWORK_PUSH: {
    meaning: 'What a push was posted to did not take it.',
    next: 'The HTTP status in the message says why; check the address of the device.',
  },
  NETWORK_LISTEN: {
    meaning: 'A server cannot listen on its address.',
    next: 'Check that the port is free and may be used by this user.',
  },
} as const;

export type NetworkErrorCode = keyof typeof NETWORK_ERRORS;

/** Another machine cannot be reached, is not who it should be, or answers what it should not. */
export class NetworkError extends SimbootError {
  readonly kind = 'network';
  constructor(code: NetworkErrorCode, message: string, options?: ErrorOptions) {
    super(code, NETWORK_ERRORS[code], message, options);
  }
}
