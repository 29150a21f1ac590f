/** SCP03 computed apart from the product: node:crypto alone, CMAC from RFC 4493, the rest from GPC Amendment D. */
import { createCipheriv, createDecipheriv } from 'node:crypto';

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();
export const unhex = (text: string): Buffer => Buffer.from(text.replace(/\s+/g, ''), 'hex');

const ZERO = Buffer.alloc(16);

export function cbc(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Buffer {
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(data), cipher.final()]);
}

function uncbc(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Buffer {
  const cipher = createDecipheriv(`aes-${key.length * 8}-cbc`, key, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(data), cipher.final()]);
}

function shifted(block: Buffer): Buffer {
  const doubled = (BigInt(`0x${block.toString('hex')}`) << 1n) ^ (block[0]! & 0x80 ? 0x87n : 0n);
  return Buffer.from((doubled & ((1n << 128n) - 1n)).toString(16).padStart(32, '0'), 'hex');
}

const known = new WeakMap<Uint8Array, readonly [Buffer, Buffer]>();

function subkeys(key: Uint8Array): readonly [Buffer, Buffer] {
  const found = known.get(key);
  if (found !== undefined) return found;
  const k1 = shifted(cbc(key, ZERO, ZERO));
  const both = [k1, shifted(k1)] as const;
  known.set(key, both);
  return both;
}

export function cmac(key: Uint8Array, message: Uint8Array): Buffer {
  const [k1, k2] = subkeys(key);
  const whole = message.length > 0 && message.length % 16 === 0;
  const padded = whole ? Buffer.from(message) : pad(message);
  const last = padded.subarray(padded.length - 16);
  for (let i = 0; i < 16; i++) last[i]! ^= (whole ? k1 : k2)[i]!;
  return cbc(key, ZERO, padded).subarray(-16);
}

function pad(data: Uint8Array): Buffer {
  return Buffer.concat([data, Buffer.from([0x80]), Buffer.alloc(15 - (data.length % 16))]);
}

export function kdf(key: Uint8Array, constant: number, bits: number, context: Uint8Array): Buffer {
  const parts: Buffer[] = [];
  for (let i = 1; i <= Math.ceil(bits / 128); i++) {
    const fixed = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, constant, 0, bits >> 8, bits & 0xff, i]);
    parts.push(cmac(key, Buffer.concat([fixed, context])));
  }
  return Buffer.concat(parts).subarray(0, bits / 8);
}

export interface StaticKeys {
  readonly enc: Uint8Array;
  readonly mac: Uint8Array;
  readonly dek: Uint8Array;
}

export function staticKeys(enc: string, mac = enc, dek = enc): StaticKeys {
  return { enc: unhex(enc), mac: unhex(mac), dek: unhex(dek) };
}

/** The off-card side of one session, step by step, so that a test can do each step wrongly. */
export class Host {
  readonly sEnc: Buffer;
  readonly sMac: Buffer;
  readonly sRmac: Buffer;
  readonly cardCryptogram: Buffer;
  readonly hostCryptogram: Buffer;
  chaining: Buffer = Buffer.alloc(16);
  counter = 0;

  constructor(
    keys: StaticKeys,
    readonly size: 8 | 16,
    public level: number,
    hostChallenge: Uint8Array,
    cardChallenge: Uint8Array,
    readonly channel = 0,
  ) {
    const context = Buffer.concat([hostChallenge, cardChallenge]);
    this.sEnc = kdf(keys.enc, 0x04, keys.enc.length * 8, context);
    this.sMac = kdf(keys.mac, 0x06, keys.mac.length * 8, context);
    this.sRmac = kdf(keys.mac, 0x07, keys.mac.length * 8, context);
    this.cardCryptogram = kdf(this.sMac, 0x00, size * 8, context);
    this.hostCryptogram = kdf(this.sMac, 0x01, size * 8, context);
  }

  cla(base: 0x00 | 0x80, secured = true): number {
    if (this.channel < 4) return base | (secured ? 0x04 : 0) | this.channel;
    return base | 0x40 | (secured ? 0x20 : 0) | (this.channel - 4);
  }

  externalAuthenticate(): string {
    const head = Buffer.from([0x84, 0x82, this.level, 0x00, 2 * this.size]);
    return this.withMac(head, this.hostCryptogram);
  }

  /** A command of the class 00 or 80, without Le. */
  wrap(base: 0x00 | 0x80, ins: number, p1: number, p2: number, data: Uint8Array = Buffer.alloc(0)): string {
    let body: Uint8Array = data;
    this.counter++;
    if (this.level & 0x02 && data.length > 0) body = cbc(this.sEnc, this.icv(0x00), pad(data));
    const lc = body.length + this.size;
    const length = lc > 255 ? [0, lc >> 8, lc & 0xff] : [lc];
    return this.withMac(Buffer.from([base | 0x04, ins, p1, p2, ...length]), body);
  }

  /** A command whose empty data field is padded and encrypted, as one well-known kit does it. */
  wrapPadded(base: 0x00 | 0x80, ins: number, p1: number, p2: number): string {
    this.counter++;
    const body = cbc(this.sEnc, this.icv(0x00), pad(Buffer.alloc(0)));
    return this.withMac(Buffer.from([base | 0x04, ins, p1, p2, body.length + this.size]), body);
  }

  /** A command with a data field encrypted as it is, without padding, where it has whole blocks. */
  wrapRaw(base: 0x00 | 0x80, ins: number, p1: number, p2: number, data: Uint8Array): string {
    this.counter++;
    const body = data.length % 16 === 0 ? cbc(this.sEnc, this.icv(0x00), data) : Buffer.from(data);
    return this.withMac(Buffer.from([base | 0x04, ins, p1, p2, body.length + this.size]), body);
  }

  /** A command without data in the extended form, with an Le of two octets. */
  wrapExtended(base: 0x00 | 0x80, ins: number, p1: number, p2: number, le: number): string {
    this.counter++;
    const head = Buffer.from([base | 0x04, ins, p1, p2, 0, 0, this.size]);
    return this.withMac(head, Buffer.alloc(0)) + hex(Buffer.from([le >> 8, le & 0xff]));
  }

  icv(mark: number): Buffer {
    const block = Buffer.alloc(16);
    block.writeUInt32BE(this.counter, 12);
    block[0] = mark;
    return cbc(this.sEnc, ZERO, block);
  }

  /** Plain data and status word of a response; throws where the MAC or the padding is wrong. */
  unwrap(response: string): { data: string; sw: string } {
    const bytes = unhex(response);
    const sw = bytes.subarray(-2);
    const isError = !(hex(sw) === '9000' || sw[0] === 0x62 || sw[0] === 0x63);
    if ((this.level & 0x10) === 0 || isError) return { data: hex(bytes.subarray(0, -2)), sw: hex(sw) };
    const mac = bytes.subarray(bytes.length - 2 - this.size, bytes.length - 2);
    const body = bytes.subarray(0, bytes.length - 2 - this.size);
    const expected = cmac(this.sRmac, Buffer.concat([this.chaining, body, sw])).subarray(0, this.size);
    if (!mac.equals(expected)) throw new Error(`R-MAC ${hex(mac)}, computed ${hex(expected)}`);
    if ((this.level & 0x20) === 0 || body.length === 0) return { data: hex(body), sw: hex(sw) };
    const padded = uncbc(this.sEnc, this.icv(0x80), body);
    const mark = padded.lastIndexOf(0x80);
    if (mark < padded.length - 16 || padded.subarray(mark + 1).some((octet) => octet !== 0))
      throw new Error(`padding ${hex(padded)}`);
    return { data: hex(padded.subarray(0, mark)), sw: hex(sw) };
  }

  private withMac(head: Buffer, body: Uint8Array): string {
    this.chaining = cmac(this.sMac, Buffer.concat([this.chaining, head, body]));
    const onChannel = Buffer.from(head);
    onChannel[0] = this.cla((head[0]! & 0x80) as 0x00 | 0x80);
    return hex(Buffer.concat([onChannel, body, this.chaining.subarray(0, this.size)]));
  }
}
