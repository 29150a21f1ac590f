/** The interface of a line on a socket, for its controller (PLC, MES) and for boards elsewhere. */
import { type RunningServer, serveHttp, type TlsCertificate } from '../../../net/index.js';
import type { LineControl } from '../../../perso/index.js';
import { type ListenAddress, requireQuietPlace } from '../../server/index.js';
import { requireAccess } from './access.js';
import { EventLog } from './event-log.js';
import { EventStreams, type StreamLimits } from './event-stream.js';
import { BODY_OCTETS, lineHandler } from './routes.js';

export interface LineServerOptions {
  readonly control: LineControl;
  readonly listen: ListenAddress;
  /** What `Authorization: Bearer` has to bring; without it, programs of this machine alone are served. */
  readonly token?: string;
  /** HTTPS with these. */
  readonly certificates?: readonly TlsCertificate[];
  /** HTTP without TLS elsewhere than on a loopback address, where the token can be read on the way. */
  readonly plainHttpRisk?: boolean;
  /** Tells this process from others: part of the ids of events. */
  readonly run: string;
  readonly clock: () => Date;
  readonly limits?: Partial<StreamLimits & { readonly events: number }>;
  readonly onRefused?: (address: string, reason: string) => void;
}

/** A line's interface while it listens. */
export interface LineServer {
  readonly url: string;
  /** Ends streams at once, and requests in work within seconds. */
  close(): Promise<void>;
}

const LIMITS = { streams: 32, waitingOctets: 1 << 20, heartbeatMs: 15_000, events: 10_000 };
const GRACE_MS = 2_000;

/**
 * Lets a line be watched and controlled over HTTP.
 *
 * @throws SecurityError `SECURITY_LINE_ACCESS`, UsageError `USAGE_ARGUMENT` for an address where others could take the
 *   line over; NetworkError `NETWORK_LISTEN`
 */
export async function serveLine(options: LineServerOptions): Promise<LineServer> {
  const { control, listen, token, certificates, clock, run } = options;
  requireAccess(listen, token);
  if (certificates === undefined) requireQuietPlace(listen, options.plainHttpRisk === true);
  const limits = { ...LIMITS, ...options.limits };
  const log = new EventLog(control, run, limits.events);
  const streams = new EventStreams(control, log, limits);
  let server: RunningServer;
  try {
    server = await serveHttp({
      handler: lineHandler({ control, streams, ...(token === undefined ? {} : { token }) }),
      listen,
      limits: { bodyOctets: BODY_OCTETS, connections: 256, requests: 128 },
      graceMs: GRACE_MS,
      clock,
      ...(certificates === undefined ? {} : { tls: { certificates } }),
      onEvent: (event) => {
        if (event.type === 'refused') options.onRefused?.(event.address, event.reason);
        if (event.type === 'tls-failed') options.onRefused?.(event.address, `TLS: ${event.code}`);
      },
    });
  } catch (error) {
    log.close();
    throw error;
  }
  return {
    url: server.url,
    async close() {
      streams.close();
      log.close();
      await server.close();
    },
  };
}
