/**
 * A security domain for tests, written from GPC Amendment D on node:crypto alone: it shares no line with the product,
 * so host and card cannot share a mistake. Behind it answers a plain application.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { CardChannel } from '../../src/apdu/index.js';

export interface PlainCommand {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Buffer;
  readonly le: number | undefined;
}
export type Application = (command: PlainCommand) => { data?: Uint8Array; sw?: number };

export interface ReferenceCardOptions {
  readonly enc: Buffer;
  readonly mac: Buffer;
  readonly mode?: 'S8' | 'S16';
  readonly i?: number;
  readonly version?: number;
  readonly protocol?: 'T=0' | 'T=1';
  readonly kdd?: Buffer;
  readonly cardChallenge?: Buffer;
  /** With bit 10 of i: the counter before the next INITIALIZE UPDATE, and the application's AID. */
  readonly sequence?: number;
  readonly aid?: Buffer;
  readonly application?: Application;
  readonly deviation?: 'encrypt-empty-data' | 'no-count-on-empty-data';
  /** Changes what the card computes, to see whether the host notices. */
  readonly fault?: CardFault;
}
export type CardFault =
  | 'counter'
  | 'response-icv'
  | 'padding'
  | 'mac-chaining'
  | 'mac-over-status'
  | 'no-response-mac'
  | 'data-with-error';

const ecb = (key: Buffer, block: Buffer): Buffer => {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
};
const cbc = (key: Buffer, iv: Buffer, data: Buffer, decrypt = false): Buffer => {
  const make = decrypt ? createDecipheriv : createCipheriv;
  const cipher = make(`aes-${key.length * 8}-cbc`, key, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(data), cipher.final()]);
};
const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((octet, i) => octet ^ b[i]!));

/** CMAC after NIST SP 800-38B §6.2, block by block. */
export function referenceCmac(key: Buffer, message: Buffer): Buffer {
  const shift = (block: Buffer): Buffer => {
    const value = (BigInt(`0x${block.toString('hex')}`) << 1n) & ((1n << 128n) - 1n);
    const out = Buffer.from(value.toString(16).padStart(32, '0'), 'hex');
    if (block[0]! >= 0x80) out[15]! ^= 0x87;
    return out;
  };
  const k1 = shift(ecb(key, Buffer.alloc(16)));
  const k2 = shift(k1);
  const whole = message.length > 0 && message.length % 16 === 0;
  const padded = whole
    ? message
    : Buffer.concat([message, Buffer.of(0x80), Buffer.alloc(15 - (message.length % 16))]);
  let state: Buffer = Buffer.alloc(16);
  for (let at = 0; at < padded.length; at += 16) {
    let block = padded.subarray(at, at + 16);
    if (at + 16 === padded.length) block = xor(block, whole ? k1 : k2);
    state = ecb(key, xor(state, block));
  }
  return state;
}

export function referenceKdf(key: Buffer, constant: number, context: Buffer, octets: number): Buffer {
  const blocks = [1, 2].map((counter) => {
    const head = Buffer.alloc(16);
    head[11] = constant;
    head.writeUInt16BE(octets * 8, 13);
    head[15] = counter;
    return referenceCmac(key, Buffer.concat([head, context]));
  });
  return Buffer.concat(blocks).subarray(0, octets);
}

function parse(bytes: Buffer, protocol: string): PlainCommand {
  const [cla, ins, p1, p2] = [bytes[0]!, bytes[1]!, bytes[2]!, bytes[3]!];
  const header = { cla, ins, p1, p2 };
  const body = bytes.subarray(4);
  const none = Buffer.alloc(0);
  if (body.length === 0) return { ...header, data: none, le: undefined };
  if (body.length === 1) return { ...header, data: none, le: body[0] || 256 };
  if (body[0] === 0 && body.length === 3) return { ...header, data: none, le: body.readUInt16BE(1) || 65536 };
  const [at, length] = body[0] === 0 ? [3, body.readUInt16BE(1)] : [1, body[0]!];
  const data = body.subarray(at, at + length);
  const rest = body.subarray(at + length);
  if (protocol === 'T=0' && rest.length > 0) throw new Error('a T=0 command has no Le after its data');
  const le =
    rest.length === 0 ? undefined : rest.length === 1 ? rest[0] || 256 : rest.readUInt16BE(0) || 65536;
  return { ...header, data, le };
}

export class ReferenceCard implements CardChannel {
  readonly reader = 'reference card';
  readonly atr = new Uint8Array(0);
  readonly protocol: 'T=0' | 'T=1';
  /** Everything that was received, as hex. */
  readonly received: string[] = [];
  /** What the application saw in plain. */
  readonly plain: PlainCommand[] = [];
  authenticated = false;
  #state:
    | {
        enc: Buffer;
        smac: Buffer;
        rmac: Buffer;
        context: Buffer;
        chaining: Buffer;
        counter: number;
        level: number;
      }
    | undefined;
  #sequence: number;
  #pending: Buffer = Buffer.alloc(0);
  #pendingSw = 0x9000;

  constructor(readonly options: ReferenceCardOptions) {
    this.protocol = options.protocol ?? 'T=1';
    this.#sequence = options.sequence ?? 0;
  }

  get mode(): 'S8' | 'S16' {
    return this.options.mode ?? 'S8';
  }
  get size(): number {
    return this.mode === 'S8' ? 8 : 16;
  }
  get i(): number {
    return this.options.i ?? (this.mode === 'S8' ? 0x60 : 0x61);
  }

  async reset(): Promise<void> {
    this.authenticated = false;
    this.#state = undefined;
  }
  async close(): Promise<void> {}

  async transmit(bytes: Uint8Array): Promise<Uint8Array> {
    this.received.push(Buffer.from(bytes).toString('hex'));
    const command = parse(Buffer.from(bytes), this.protocol);
    if (command.ins === 0xc0) return this.#getResponse(command.le ?? 256);
    const { data, sw } = this.#process(command);
    if (this.protocol === 'T=1' || data.length === 0) return this.#answer(data, sw);
    if (command.data.length === 0 && command.le !== undefined && command.le >= data.length) {
      return this.#answer(data, sw); // case 2 answers at once
    }
    this.#pending = data;
    this.#pendingSw = sw;
    return this.#answer(Buffer.alloc(0), 0x6100 | (Math.min(data.length, 256) & 0xff));
  }

  #getResponse(le: number): Uint8Array {
    const part = this.#pending.subarray(0, le);
    this.#pending = this.#pending.subarray(part.length);
    const left = this.#pending.length;
    return this.#answer(part, left > 0 ? 0x6100 | (Math.min(left, 256) & 0xff) : this.#pendingSw);
  }

  #answer(data: Uint8Array, sw: number): Uint8Array {
    return Uint8Array.from([...data, sw >> 8, sw & 0xff]);
  }

  #process(command: PlainCommand): { data: Buffer; sw: number } {
    const fail = (sw: number) => ({ data: Buffer.alloc(0), sw });
    if (command.ins === 0x50) return this.#initializeUpdate(command);
    if (command.ins === 0x82 && !this.authenticated) return this.#externalAuthenticate(command);
    const state = this.#state;
    if (!this.authenticated || state === undefined) return fail(0x6982);
    if (state.level === 0) return this.#run(command);

    const checked = this.#unwrap(command);
    if (checked === undefined) {
      this.authenticated = false;
      return fail(0x6982);
    }
    const answer = this.#run(checked);
    return this.#wrap(answer);
  }

  #run(command: PlainCommand): { data: Buffer; sw: number } {
    this.plain.push(command);
    const { data = new Uint8Array(0), sw = 0x9000 } = this.options.application?.(command) ?? {};
    return { data: Buffer.from(data), sw };
  }

  #initializeUpdate(command: PlainCommand): { data: Buffer; sw: number } {
    const { options, size } = this;
    this.authenticated = false;
    if (command.data.length !== size) return { data: Buffer.alloc(0), sw: 0x6700 };
    const version = options.version ?? 1;
    if (command.p1 !== 0 && command.p1 !== version) return { data: Buffer.alloc(0), sw: 0x6a88 };
    let challenge = options.cardChallenge ?? Buffer.alloc(size, 0xcc);
    let counter: Buffer = Buffer.alloc(0);
    if (this.i & 0x10) {
      this.#sequence++;
      counter = Buffer.from(this.#sequence.toString(16).padStart(6, '0'), 'hex');
      const context = Buffer.concat([counter, options.aid ?? Buffer.alloc(5)]);
      challenge = options.cardChallenge ?? referenceKdf(options.enc, 0x02, context, size);
    }
    const context = Buffer.concat([command.data, challenge]);
    const smac = referenceKdf(options.mac, 0x06, context, options.mac.length);
    this.#state = {
      enc: referenceKdf(options.enc, 0x04, context, options.enc.length),
      smac,
      rmac: referenceKdf(options.mac, 0x07, context, options.mac.length),
      context,
      chaining: Buffer.alloc(16),
      counter: 0,
      level: 0,
    };
    const data = Buffer.concat([
      options.kdd ?? Buffer.alloc(10, 0x11),
      Buffer.of(version, 0x03, this.i),
      challenge,
      referenceKdf(smac, 0x00, context, size),
      counter,
    ]);
    return { data, sw: 0x9000 };
  }

  #externalAuthenticate(command: PlainCommand): { data: Buffer; sw: number } {
    const state = this.#state;
    if (state === undefined) return { data: Buffer.alloc(0), sw: 0x6985 };
    const body = this.#checkMac(command);
    const cryptogram = referenceKdf(state.smac, 0x01, state.context, this.size);
    if (body === undefined || !body.equals(cryptogram)) return { data: Buffer.alloc(0), sw: 0x6300 };
    state.level = command.p1;
    this.authenticated = true;
    return { data: Buffer.alloc(0), sw: 0x9000 };
  }

  /** The data field without its MAC, if the MAC is right. */
  #checkMac(command: PlainCommand): Buffer | undefined {
    const state = this.#state!;
    const { cla, ins, p1, p2, data } = command;
    if (data.length < this.size) return undefined;
    const secured = cla & 0x40 ? cla & 0x20 : cla & 0x04;
    if (!secured) return undefined;
    const extended = data.length > 255 || (command.le ?? 0) > 256;
    const lc = extended ? [0, data.length >> 8, data.length & 0xff] : [data.length];
    const body = data.subarray(0, data.length - this.size);
    const input = Buffer.concat([
      state.chaining,
      Buffer.from([(cla & 0x90) | 0x04, ins, p1, p2, ...lc]),
      body,
    ]);
    const mac = referenceCmac(state.smac, input);
    if (!mac.subarray(0, this.size).equals(data.subarray(body.length))) return undefined;
    if (this.options.fault !== 'mac-chaining' || ins === 0x82) state.chaining = mac;
    return body;
  }

  #unwrap(command: PlainCommand): PlainCommand | undefined {
    const state = this.#state!;
    const body = this.#checkMac(command);
    if (body === undefined) return undefined;
    if (!(this.options.deviation === 'no-count-on-empty-data' && body.length === 0)) state.counter++;
    if (this.options.fault === 'counter') state.counter++;
    let data: Buffer = body;
    if (state.level & 0x02 && body.length > 0) {
      const clear = cbc(state.enc, ecb(state.enc, this.#counterBlock(0)), body, true);
      const end = clear.lastIndexOf(0x80);
      if (end < 0 || clear.subarray(end + 1).some((octet) => octet !== 0)) return undefined;
      data = clear.subarray(0, end);
    } else if (state.level & 0x02 && this.options.deviation === 'encrypt-empty-data') {
      return undefined;
    }
    const cla = command.cla & 0x40 ? command.cla & ~0x20 : command.cla & ~0x04;
    return { ...command, cla, data };
  }

  #wrap({ data, sw }: { data: Buffer; sw: number }): { data: Buffer; sw: number } {
    const state = this.#state!;
    const { fault } = this.options;
    const protectedSw = sw === 0x9000 || sw >> 8 === 0x62 || sw >> 8 === 0x63;
    if (fault === 'data-with-error' && !protectedSw) return { data: Buffer.from('leak'), sw };
    if (!(state.level & 0x10)) return { data, sw };
    if (!protectedSw) return { data: Buffer.alloc(0), sw };
    let body = data;
    if (state.level & 0x20 && data.length > 0) {
      const pad = Buffer.alloc(16 - (data.length % 16));
      pad[0] = fault === 'padding' ? 0x00 : 0x80;
      const iv = ecb(state.enc, this.#counterBlock(fault === 'response-icv' ? 0x00 : 0x80));
      body = cbc(state.enc, iv, Buffer.concat([data, pad]));
    }
    if (fault === 'no-response-mac') return { data: body, sw };
    const status = Buffer.of(sw >> 8, sw & 0xff);
    const covered = fault === 'mac-over-status' ? [state.chaining, body] : [state.chaining, body, status];
    const mac = referenceCmac(state.rmac, Buffer.concat(covered));
    return { data: Buffer.concat([body, mac.subarray(0, this.size)]), sw };
  }

  #counterBlock(first: number): Buffer {
    const block = Buffer.alloc(16);
    block.writeUInt32BE(this.#state!.counter, 12);
    block[0] = first;
    return block;
  }
}
