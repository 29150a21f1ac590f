/** Capture files for a judge: IP packets, or PDUs handed to a dissector by name. */

const LINK_TYPES = { ip: 101, exported: 252 } as const;

export function pcap(link: keyof typeof LINK_TYPES, packets: readonly Uint8Array[]): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32BE(0xa1b2c3d4, 0);
  header.writeUInt16BE(2, 4);
  header.writeUInt16BE(4, 6);
  header.writeUInt32BE(65535, 16);
  header.writeUInt32BE(LINK_TYPES[link], 20);
  const records = packets.flatMap((packet) => {
    const record = Buffer.alloc(16);
    record.writeUInt32BE(packet.length, 8);
    record.writeUInt32BE(packet.length, 12);
    return [record, packet];
  });
  return Buffer.concat([header, ...records]);
}

/** IPv4 and UDP around `payload`, both addresses 127.0.0.1, no checksums. */
export function udpPacket(payload: Uint8Array, port: number): Uint8Array {
  const head = Buffer.alloc(28);
  head.writeUInt8(0x45, 0);
  head.writeUInt16BE(28 + payload.length, 2);
  head.writeUInt8(64, 8);
  head.writeUInt8(17, 9);
  head.writeUInt32BE(0x7f000001, 12);
  head.writeUInt32BE(0x7f000001, 16);
  head.writeUInt16BE(40000, 20);
  head.writeUInt16BE(port, 22);
  head.writeUInt16BE(8 + payload.length, 24);
  return Buffer.concat([head, payload]);
}

/** Tags of Wireshark's exported PDUs: dissector name and direction. */
const DISSECTOR = 12;
const DIRECTION = 35;

export function exportedPdu(
  dissector: string,
  pdu: Uint8Array,
  direction: 'to the network' | 'from the network',
): Uint8Array {
  const name = Buffer.alloc(Math.ceil((dissector.length + 1) / 4) * 4);
  name.write(dissector);
  const value = Buffer.alloc(4);
  value.writeUInt32BE(direction === 'to the network' ? 1 : 0);
  return Buffer.concat([tag(DISSECTOR, name), tag(DIRECTION, value), tag(0, Buffer.alloc(0)), pdu]);
}

function tag(number: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(number, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value]);
}
