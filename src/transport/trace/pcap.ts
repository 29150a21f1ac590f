/**
 * The trace for Wireshark: a pcap file of GSMTAP packets (UDP port 4729 over IPv4), type SIM, one packet for each
 * exchange with command and answer one after the other, as sniffers of the contacts write them.
 */
import { concat, uint16 } from '../../bytes/index.js';
import type { AnnotatedExchange } from './annotate.js';
import type { AtrEvent, ExchangeEvent, TraceSink, TraceWrite } from './sink.js';

const GSMTAP_PORT = 4729;
const GSMTAP_TYPE_SIM = 0x04;
const SUB_TYPE = { APDU: 0x00, ATR: 0x01 } as const;
/** LINKTYPE_RAW: packets start with the IP header. */
const LINK_TYPE = 101;
const LOOPBACK = [127, 0, 0, 1];
/** Longest answer that one IPv4 packet carries beside the headers. */
const MAX_PAYLOAD = 0xffff - 20 - 8 - 16;

/** A trace as a capture file with GSMTAP packets, which Wireshark decodes as gsm_sim. */
export class PcapTrace implements TraceSink {
  #started = false;
  readonly #ports = new Map<string, number>();

  constructor(
    private readonly write: TraceWrite,
    private readonly end: () => void = () => undefined,
  ) {}

  /** An ATR shorter than header and status word would count as a malformed exchange in Wireshark 4: left out. */
  atr(event: AtrEvent): void {
    if (event.atr.length >= 7) this.packet(event, SUB_TYPE.ATR, event.atr);
  }

  /** An exchange without an answer has no packet: the format knows whole exchanges only. */
  exchange(event: ExchangeEvent): void {
    const payload = asTransfer(event.exchange);
    if (payload !== undefined) this.packet(event, SUB_TYPE.APDU, payload);
  }

  close(): void {
    this.end();
  }

  private packet(event: { reader: string; time: Date }, subType: number, payload: Uint8Array): void {
    const cut = payload.subarray(0, MAX_PAYLOAD);
    const datagram = udp(this.port(event.reader), concat(gsmtap(subType), cut));
    const packet = ipv4(datagram);
    const record = concat(recordHeader(event.time, packet.length), packet);
    this.write(this.#started ? record : concat(fileHeader(), record));
    this.#started = true;
  }

  /** Each reader sends from a port of its own, so that one can be filtered out. */
  private port(reader: string): number {
    const port = this.#ports.get(reader) ?? 50_000 + this.#ports.size;
    this.#ports.set(reader, port);
    return port;
  }
}

/**
 * As on the contacts with T=0: five octets of header, data, answer, status word. The dissector takes P3 of a command
 * without data as the length of the answer, so it states that length (the text trace has the Le that was asked for),
 * and it knows neither a Le after the data nor a header without P3.
 */
function asTransfer({ command, answer }: AnnotatedExchange): Uint8Array | undefined {
  if (answer === undefined || answer.bytes.length < 2) return undefined;
  const { bytes } = command;
  const header = bytes.subarray(0, 4);
  const isExtended = bytes.length > 5 && bytes[4] === 0;
  if (bytes.length > 5 && !isExtended) return concat(bytes.subarray(0, 5 + bytes[4]!), answer.bytes);
  const length = isExtended ? 0 : Math.min(answer.bytes.length - 2, 0x100) & 0xff;
  return concat(header, [length], answer.bytes);
}

function fileHeader(): Uint8Array {
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, 0xa1b2c3d4);
  header.setUint16(4, 2);
  header.setUint16(6, 4);
  header.setUint32(16, 0xffff);
  header.setUint32(20, LINK_TYPE);
  return new Uint8Array(header.buffer);
}

function recordHeader(time: Date, length: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(16));
  const milliseconds = time.getTime();
  header.setUint32(0, Math.floor(milliseconds / 1000));
  header.setUint32(4, Math.round((milliseconds % 1000) * 1000));
  header.setUint32(8, length);
  header.setUint32(12, length);
  return new Uint8Array(header.buffer);
}

/** GSMTAP version 2: length in words, type, sub-type; the fields of the radio side are zero. */
function gsmtap(subType: number): Uint8Array {
  const header = new Uint8Array(16);
  header.set([0x02, 0x04, GSMTAP_TYPE_SIM]);
  header[12] = subType;
  return header;
}

function udp(source: number, payload: Uint8Array): Uint8Array {
  return concat(uint16(source), uint16(GSMTAP_PORT), uint16(8 + payload.length), [0, 0], payload);
}

function ipv4(datagram: Uint8Array): Uint8Array {
  const header = concat(
    [0x45, 0x00],
    uint16(20 + datagram.length),
    [0, 0, 0, 0, 64, 17, 0, 0],
    LOOPBACK,
    LOOPBACK,
  );
  header.set(uint16(checksum(header)), 10);
  return concat(header, datagram);
}

/** One's complement sum of the header (RFC 791 §3.1). */
function checksum(header: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += (header[at]! << 8) | header[at + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
