/** A device made of octets: HTTP/1.1 typed by hand over plain sockets and TLS, nothing of ours in between. */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import {
  type DmServer,
  type DmServerEvent,
  type DmServerOptions,
  makeCertificate,
  startDmServer,
} from '../../src/app/index.js';
import { type AccountRecord, memoryStore } from '../../src/dm/index.js';

export const INITIATION = 'application/vnd.oma.dm.initiation+json';
const REQUEST = 'application/vnd.oma.dm.request+json';
export const RESPONSE = 'application/vnd.oma.dm.response+json';
export const CLIENT_INITIATED = '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:ClientInitiatedMgmt"}]}';
export const BOOTSTRAP_COMPLETE = '{"Alert":[{"AlertType":"urn:oma:at:dm:2.0:BootstrapComplete"}]}';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One connection. */
export class Raw {
  #text = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.#text = Buffer.concat([this.#text, chunk]);
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static async plain(port: number): Promise<Raw> {
    const socket = connectTcp(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Raw(socket);
  }

  /** Rejects where the handshake fails. */
  static async tls(port: number, options: ConnectionOptions): Promise<Raw> {
    const socket = connectTls({
      host: '127.0.0.1',
      port,
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...options,
    });
    await once(socket, 'secureConnect');
    return new Raw(socket);
  }

  static psk(
    port: number,
    identity: string,
    key: Uint8Array,
    version: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.2',
  ): Promise<Raw> {
    return Raw.tls(port, {
      minVersion: version,
      maxVersion: version,
      ...(version === 'TLSv1.2' ? { ciphers: 'PSK-AES128-GCM-SHA256' } : {}),
      pskCallback: () => ({ identity, psk: key }),
    });
  }

  /** Sends octets and reads one answer. */
  async say(octets: string | Uint8Array): Promise<Answer> {
    this.socket.write(octets);
    return this.hear();
  }

  /** A POST of a package. */
  post(devId: string, type: string, body: string | Uint8Array, more = ''): Promise<Answer> {
    const content = Buffer.from(body);
    const head = `POST /dm HTTP/1.1\r\nHost: dm.example\r\nContent-Type: ${type}\r\nAccept: ${REQUEST}\r\nOMADM-DevID: ${devId}\r\n${more}Content-Length: ${content.length}\r\n\r\n`;
    return this.say(Buffer.concat([Buffer.from(head), content]));
  }

  get(path: string, more = ''): Promise<Answer> {
    return this.say(`GET ${path} HTTP/1.1\r\nHost: dm.example\r\n${more}\r\n`);
  }

  async hear(): Promise<Answer> {
    for (;;) {
      const answer = this.#take();
      if (answer !== undefined) return answer;
      if (this.#ended) throw new Error(`the server closed the connection after: ${this.#text.toString()}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #take(): Answer | undefined {
    const end = this.#text.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [first = '', ...lines] = this.#text.subarray(0, end).toString().split('\r\n');
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      headers[name] = headers[name] === undefined ? value : `${headers[name]}\n${value}`;
    }
    const length = Number(headers['content-length'] ?? 0);
    if (this.#text.length < end + 4 + length) return undefined;
    const body = this.#text.subarray(end + 4, end + 4 + length).toString();
    this.#text = this.#text.subarray(end + 4 + length);
    return { status: Number(first.split(' ')[1]), headers, body };
  }

  close(): void {
    this.socket.destroy();
  }
}

/** The commands of a Package#2. */
export function commandsOf(answer: Answer): string[][] {
  expect([answer.status, answer.headers['content-type']]).toEqual([200, REQUEST]);
  return (JSON.parse(answer.body) as { CMD: string[][] }).CMD;
}

export const key = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.padEnd(16, '.')));

/** An account whose identity and key are its name. */
export function pskAccount(name: string, changes: Partial<AccountRecord> = {}): AccountRecord {
  return {
    accountId: `dm/${name}`,
    srvId: 'dm.example',
    credentials: [{ purpose: 'trsp', kind: 'identity-secret', identity: name, secret: key(name) }],
    createdAt: 1,
    ...changes,
  };
}

let certificate: ReturnType<typeof makeCertificate> | undefined;

/** A certificate for this process's servers. */
export function testCertificate() {
  certificate ??= makeCertificate('ec', ['localhost', '127.0.0.1'], new Date(), (octets) =>
    Uint8Array.from({ length: octets }, (_, index) => index + 1),
  );
  return certificate;
}

export interface TestServer extends DmServer {
  readonly port: number;
  readonly events: DmServerEvent[];
}

/** A server with TLS on a free port. */
export async function testServer(options: Partial<DmServerOptions> = {}): Promise<TestServer> {
  const events: DmServerEvent[] = [];
  const { cert, key: pem } = await testCertificate();
  const server = await startDmServer({
    store: memoryStore(),
    listen: { host: '127.0.0.1', port: 0 },
    tls: { certificates: [{ cert, key: pem }] },
    onEvent: (event) => events.push(event),
    ...options,
  });
  return Object.assign(server, { port: Number(new URL(server.urls.base).port), events });
}

/** Same, without TLS. */
export function plainServer(options: Partial<DmServerOptions> = {}): Promise<TestServer> {
  const { tls: _, ...rest } = { tls: undefined, ...options };
  const events: DmServerEvent[] = [];
  return startDmServer({
    store: memoryStore(),
    listen: { host: '127.0.0.1', port: 0 },
    onEvent: (event) => events.push(event),
    ...rest,
  }).then((server) => Object.assign(server, { port: Number(new URL(server.urls.base).port), events }));
}

/** A script of steps. */
export function script(steps: string) {
  return { kind: 'data' as const, name: 'test', text: `steps:\n${steps}` };
}
