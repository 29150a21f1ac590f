/** What a capture file of the program holds: one payload for each exchange, header to status word. */

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
/** IPv4, UDP and GSMTAP. */
const PACKET_HEADERS = 20 + 8 + 16;
/** Sub-type of GSMTAP's SIM type: 00 is an exchange, 01 an ATR. */
const SUB_TYPE = 20 + 8 + 12;

export function exchangesOf(pcap: Buffer): Buffer[] {
  const exchanges: Buffer[] = [];
  for (let at = FILE_HEADER; at < pcap.length; ) {
    const length = pcap.readUInt32BE(at + 8);
    const packet = pcap.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length);
    if (packet[SUB_TYPE] === 0x00) exchanges.push(packet.subarray(PACKET_HEADERS));
    at += RECORD_HEADER + length;
  }
  return exchanges;
}

/** The first place of `secret` of which so many octets in a row stand in `octets`; nothing if there is none. */
export function readableIn(octets: Buffer, secret: Uint8Array, window = 8): number | undefined {
  const sought = Buffer.from(secret);
  for (let at = 0; at + window <= sought.length; at++) {
    if (octets.includes(sought.subarray(at, at + window))) return at;
  }
  return undefined;
}
