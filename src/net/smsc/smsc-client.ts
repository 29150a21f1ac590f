/** A service centre of short messages over SMPP 3.4: binds as a transceiver, submits TPDUs, hears of their delivery. */
import { concat } from '../../bytes/index.js';
import { NetworkError, UsageError } from '../../errors/index.js';
import { decodeSms } from '../push/sms.js';
import { encodeHeader } from '../push/sms-header.js';
import type { SmppPackage, SmppPdu, SmppSession } from './smpp-types.js';

export interface SmscOptions {
  /** `smpp://HOST:PORT`, or `ssmpp://HOST:PORT` over TLS. */
  readonly url: string;
  readonly systemId: string;
  readonly password: string;
  /** Sender that devices see: digits, or up to 11 letters. */
  readonly source?: string;
  /** For the bind and each answer, in milliseconds; 10 s unless told. */
  readonly timeoutMs?: number;
  /** All messages of a push to this number were delivered. */
  readonly onDelivered?: (number: string) => void;
}

const OK = 0;
/** esm_class: the user data begin with a header. */
const USER_DATA_HEADER = 0x40;
/** esm_class of a receipt (SMPP 3.4 §5.2.12). */
const RECEIPT = 0x04;
const RECEIPT_MASK = 0x3c;
const EIGHT_BIT = 0x04;
const DELIVERED = 2;
const TON = { UNKNOWN: 0, INTERNATIONAL: 1, ALPHANUMERIC: 5 } as const;
const NPI = { UNKNOWN: 0, ISDN: 1 } as const;
const ENQUIRE_MS = 30_000;
/** Receipts that are waited for; the oldest are forgotten. */
const MOST_PUSHES = 100_000;

interface AwaitedPush {
  readonly number: string;
  /** Messages without a receipt, those that are not submitted yet among them. */
  left: number;
}

/** One bind to a service centre. */
export class SmscClient {
  readonly #session: SmppSession;
  readonly #options: SmscOptions;
  readonly #awaited = new Map<string, AwaitedPush>();
  #broken: NetworkError | undefined;

  private constructor(session: SmppSession, options: SmscOptions) {
    this.#session = session;
    this.#options = options;
    session.on('error', (cause: Error) => this.#breakWith(`it failed (${codeOf(cause)})`));
    session.on('close', () => this.#breakWith('it closed the connection'));
    session.on('deliver_sm', (pdu: SmppPdu) => this.#deliver(pdu));
    session.on('enquire_link', (pdu: SmppPdu) => session.send(pdu.response()));
    session.on('unbind', (pdu: SmppPdu) => {
      session.send(pdu.response());
      session.close();
    });
  }

  /**
   * Connects and binds.
   *
   * @throws NetworkError `NETWORK_UNREACHABLE`, `NETWORK_TIMEOUT`, `NETWORK_AUTHENTICATION`
   * @throws UsageError `USAGE_ARGUMENT` for an address that is none; where the package is not installed
   */
  static async connect(options: SmscOptions): Promise<SmscClient> {
    if (!/^s?smpp:\/\/[^/\s]+$/.test(options.url))
      throw new UsageError('USAGE_ARGUMENT', `"${options.url}" is not smpp://HOST:PORT or ssmpp://HOST:PORT`);
    const smpp = await load();
    const session = smpp.connect({ url: options.url, auto_enquire_link_period: ENQUIRE_MS });
    const client = new SmscClient(session, options);
    try {
      await client.#connected(options.url.startsWith('ssmpp') ? 'secureConnect' : 'connect');
      const { systemId: system_id, password } = options;
      const answer = await client.#ask('bind_transceiver', { system_id, password });
      if (answer.command_status !== OK)
        throw new NetworkError(
          'NETWORK_AUTHENTICATION',
          `the service centre refuses the bind (command_status ${answer.command_status})`,
          { details: { status: answer.command_status } },
        );
      return client;
    } catch (error) {
      session.destroy();
      throw error;
    }
  }

  /**
   * Submits the TPDUs of one push in their order; resolves when the centre has taken all.
   *
   * @throws NetworkError `NETWORK_UNREACHABLE` with the status where the centre refuses one; `NETWORK_TIMEOUT`
   */
  async send(number: string, tpdus: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
    const push: AwaitedPush = { number, left: tpdus.length };
    for (const tpdu of tpdus) {
      if (signal.aborted) throw new NetworkError('NETWORK_ABORTED', 'the push was given up');
      const { concatenation, data } = decodeSms(tpdu);
      const message = {
        ...sourceOf(this.#options.source),
        dest_addr_ton: number.startsWith('+') ? TON.INTERNATIONAL : TON.UNKNOWN,
        dest_addr_npi: NPI.ISDN,
        destination_addr: number.replace(/^\+/, ''),
        esm_class: USER_DATA_HEADER,
        data_coding: EIGHT_BIT,
        registered_delivery: 1,
        short_message: Buffer.from(concat(encodeHeader(concatenation), data)),
      };
      const answer = await this.#ask('submit_sm', message, (heard) => this.#await(heard, push));
      if (answer.command_status !== OK)
        throw new NetworkError(
          'NETWORK_UNREACHABLE',
          `the service centre refuses a message (command_status ${answer.command_status})`,
          { details: { status: answer.command_status } },
        );
    }
  }

  /** Unbinds and closes. */
  async close(): Promise<void> {
    if (this.#broken === undefined) await this.#ask('unbind', {}).catch(() => undefined);
    this.#session.destroy();
  }

  /** At once with the answer: the receipt may stand right behind it. */
  #await({ command_status, message_id }: SmppPdu, push: AwaitedPush): void {
    if (command_status !== OK || message_id === undefined) return;
    this.#awaited.set(message_id, push);
    const oldest = this.#awaited.keys().next().value;
    if (this.#awaited.size > MOST_PUSHES && oldest !== undefined) this.#awaited.delete(oldest);
  }

  #deliver(pdu: SmppPdu): void {
    this.#session.send(pdu.response());
    if (((pdu.esm_class ?? 0) & RECEIPT_MASK) !== RECEIPT || pdu.receipted_message_id === undefined) return;
    const push = this.#awaited.get(pdu.receipted_message_id);
    if (push === undefined || pdu.message_state !== DELIVERED) return;
    this.#awaited.delete(pdu.receipted_message_id);
    push.left--;
    if (push.left === 0) this.#options.onDelivered?.(push.number);
  }

  #connected(event: 'connect' | 'secureConnect'): Promise<void> {
    return this.#within('no connection to the service centre', (done) =>
      this.#session.once(event, () => done()),
    );
  }

  #ask(
    command: 'bind_transceiver' | 'submit_sm' | 'unbind',
    parameters: object,
    heard: (answer: SmppPdu) => void = () => {},
  ): Promise<SmppPdu> {
    return this.#within(`no answer of the service centre to ${command}`, (done) => {
      const answered = (answer: SmppPdu): void => {
        heard(answer);
        done(answer);
      };
      if (!this.#session[command](parameters, answered)) this.#breakWith('it closed the connection');
    });
  }

  #within<T>(late: string, start: (done: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined) {
        reject(this.#broken);
        return;
      }
      const end = () => {
        clearTimeout(timer);
        this.#session.off('simboot-broken', fail);
      };
      const fail = () => {
        end();
        reject(this.#broken);
      };
      const timer = setTimeout(() => {
        end();
        reject(new NetworkError('NETWORK_TIMEOUT', late));
      }, this.#options.timeoutMs ?? 10_000);
      this.#session.once('simboot-broken', fail);
      start((value) => {
        end();
        resolve(value);
      });
    });
  }

  #breakWith(what: string): void {
    this.#broken ??= new NetworkError('NETWORK_UNREACHABLE', `the service centre of short messages: ${what}`);
    this.#session.emit('simboot-broken');
  }
}

function sourceOf(source: string | undefined): object {
  if (source === undefined) return {};
  if (/^\+?\d{1,20}$/.test(source)) {
    const ton = source.startsWith('+') ? TON.INTERNATIONAL : TON.UNKNOWN;
    return { source_addr_ton: ton, source_addr_npi: NPI.ISDN, source_addr: source.replace(/^\+/, '') };
  }
  if (/^[A-Za-z0-9 ]{1,11}$/.test(source))
    return { source_addr_ton: TON.ALPHANUMERIC, source_addr_npi: NPI.UNKNOWN, source_addr: source };
  throw new UsageError('USAGE_ARGUMENT', 'a sender is a number, or up to 11 letters and digits');
}

async function load(): Promise<SmppPackage> {
  try {
    // @ts-expect-error the package brings no types
    const module = (await import('smpp')) as { default?: SmppPackage } & SmppPackage;
    return module.default ?? module;
  } catch (cause) {
    throw new UsageError('USAGE_STORE_BINDING', 'the package smpp is not installed', {
      cause,
      next: 'Run `npm install smpp`, or push over UDP.',
    });
  }
}

function codeOf(cause: Error): string {
  return (cause as NodeJS.ErrnoException).code ?? 'protocol';
}
