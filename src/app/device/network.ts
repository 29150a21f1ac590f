/** The way of a device to its servers and repositories (DM 2.0 §5.6, §9.2), over the HTTP client of `net`. */
import { HttpClient, type HttpPolicy, type TlsTrust, type TransportCredentials } from '../../net/index.js';
import type { DeviceNetwork } from './types.js';

/** What a device may reach. */
export interface DeviceNetworkOptions {
  /** Authorities for certificates of servers; those of Node unless told. */
  readonly trust?: TlsTrust;
  /** Octets of one answer, time-outs, private addresses; redirections are followed for GET alone. */
  readonly policy?: Partial<HttpPolicy>;
  readonly clock?: () => Date;
}

const REDIRECTS = 5;

/** A network over HTTP and TLS, which keeps connections for the next request. */
export function deviceNetwork({ trust, policy, clock }: DeviceNetworkOptions = {}): DeviceNetwork {
  const client = new HttpClient(clock === undefined ? {} : { clock });
  const rules = { redirects: REDIRECTS, ...policy };
  return {
    send: (request, credentials: TransportCredentials | undefined, signal) =>
      client.send(
        { ...request, signal },
        {
          ...(credentials ? { credentials } : {}),
          ...(trust ? { trust } : {}),
          policy: rules,
        },
      ),
    close: async () => client.close(),
  };
}
