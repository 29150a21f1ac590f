/** BSF, DM server and campaign as processes of their own, for devices that live in the test. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { ServerStore } from '../../src/dm/index.js';
import { openPushStore, openServerStore, type PushStores } from '../../src/store/index.js';
import { freePort, Running, simboot } from './programs.js';

export const NAF = 'dm.example.com';
export const UA_ID = '03ff000001';

/** What the home network knows of a subscriber: hex of 16 octets each. */
export interface Subscriber {
  readonly imsi: string;
  readonly k: string;
  readonly opc: string;
  readonly gba: 'me' | 'u';
}

/** The private identity of an IMSI of the test network. */
export function impiOf({ imsi }: Pick<Subscriber, 'imsi'>): string {
  return `${imsi}@ims.mnc001.mcc001.3gppnetwork.org`;
}

/** An operator in a folder. */
export class Operator {
  #bsf: Running | undefined;
  #server: Running | undefined;
  #pushing: Running | undefined;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly bsfPort: number,
  ) {}

  /** Starts BSF and DM server. */
  static async start(folder: string, subscribers: readonly Subscriber[]): Promise<Operator> {
    const operator = new Operator(folder, await freePort(), await freePort());
    const rows = subscribers.map(({ imsi, k, opc, gba }) => `${imsi},${k},${opc},${gba === 'u'}`);
    writeFileSync(operator.at('subscribers.csv'), ['imsi,k,opc,gba_u', ...rows].join('\n'));
    await operator.startBsf('--import', operator.at('subscribers.csv'));
    await operator.startServer();
    return operator;
  }

  at(name: string): string {
    return `${this.folder}/${name}`;
  }

  /** What devices trust. */
  get anchors(): Uint8Array {
    return readFileSync(this.at('server/tls-ec.pem'));
  }

  async startBsf(...more: string[]): Promise<void> {
    const where = ['--state', this.at('bsf'), '--listen', `127.0.0.1:${this.bsfPort}`];
    this.#bsf = new Running(['bsf', 'start', ...where, ...more]);
    await this.#bsf.says('ready');
  }

  async startServer(): Promise<void> {
    const where = ['--state', this.at('server'), '--listen', `127.0.0.1:${this.port}`];
    this.#server = new Running(['server', 'start', ...where]);
    await this.#server.says('ready');
  }

  private campaign(more: readonly string[]): string[] {
    return [
      ...['bootstrap', 'push', '--campaign', 'c', '--state', this.at('server')],
      ...['--bsf', `https://127.0.0.1:${this.bsfPort}`, '--trust', this.at('bsf/tls-ec.pem')],
      ...['--naf-fqdn', NAF, '--ua-id', UA_ID, '--server-id', 'dms1'],
      ...['--server-uri', `https://127.0.0.1:${this.port}/dm`],
      ...more,
    ];
  }

  /** The file that a campaign takes. */
  devices(rows: readonly (Subscriber & { readonly address: string })[]): string {
    const lines = rows.map(({ imsi, address, gba }) => `${imsi},${address},${gba}`);
    writeFileSync(this.at('devices.csv'), ['imsi,address,gba', ...lines].join('\n'));
    return this.at('devices.csv');
  }

  /** A campaign to its end. */
  push(...more: string[]) {
    return simboot(['--json', ...this.campaign(more)]);
  }

  /** A campaign that is going to be killed. */
  startPush(...more: string[]): void {
    this.#pushing = new Running(this.campaign(more));
  }

  async kill(...which: ('bsf' | 'server' | 'push')[]): Promise<void> {
    const programs = { bsf: this.#bsf, server: this.#server, push: this.#pushing };
    await Promise.all(which.map((name) => programs[name]?.kill('SIGKILL')));
  }

  /** The stores, while the programs have them too. */
  async stores(): Promise<{ accounts: ServerStore; pushes: PushStores; close: () => Promise<void> }> {
    const address = `sqlite:${this.at('server/server.db')}`;
    const accounts = await openServerStore(address);
    const pushes = await openPushStore(address);
    const close = async () => {
      await accounts.close();
      await pushes.close();
    };
    return { accounts, pushes, close };
  }

  async stop(): Promise<void> {
    await this.kill('push');
    await Promise.all([this.#server?.kill(), this.#bsf?.kill()]);
  }
}
