/** A raw server for the tests of the device: answers as the test says, keeps what came. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Taken {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** An answer for each request, or for all of a path. `undefined` never answers. */
export type Replies = (request: Taken, index: number) => Reply | undefined | Promise<Reply | undefined>;

const PACKAGE_2 = { 'content-type': 'application/vnd.oma.dm.request+json' };

/** Package#2 by hand (DM 2.0 §7.2.1.2). */
export function commands(...list: string[][]): Reply {
  return { headers: PACKAGE_2, body: JSON.stringify({ CMD: list }) };
}

export class RawServer {
  readonly taken: Taken[] = [];
  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async start(replies: Replies): Promise<RawServer> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = '', url = '', headers } = request;
      const taken = { method, path: url, headers, body: Buffer.concat(chunks).toString('latin1') };
      self.taken.push(taken);
      const reply = await replies(taken, self.taken.length - 1);
      if (reply === undefined) return;
      response.writeHead(reply.status ?? 200, reply.headers).end(reply.body ?? '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const self = new RawServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return self;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
