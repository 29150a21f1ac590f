/** PEM (RFC 7468) or DER: what a file of certificates and keys holds. */
export interface PemBlock {
  /** Such as `CERTIFICATE`; empty for DER. */
  readonly label: string;
  /** A header says that the content is encrypted (RFC 1421, old OpenSSL keys). */
  readonly encrypted: boolean;
  readonly der: Uint8Array;
}

const BEGIN = /-----BEGIN ([A-Z0-9 ]{1,64})-----/g;
/** A chain file has a handful; more is no certificate file. */
const MAX_BLOCKS = 32;

/**
 * The blocks of a PEM file, in order; the file itself as one block without label where it is not PEM. Text
 * around the blocks and any line ends are accepted; a block whose base64 is broken is left out.
 */
export function pemBlocks(file: Uint8Array): PemBlock[] {
  const text = Buffer.from(file.buffer, file.byteOffset, file.length).toString('latin1');
  const begins = [...text.matchAll(BEGIN)].slice(0, MAX_BLOCKS);
  if (begins.length === 0) return [{ label: '', encrypted: false, der: file }];
  return begins.flatMap(({ 0: line, 1: label = '', index }) => {
    const start = index + line.length;
    const end = text.indexOf(`-----END ${label}-----`, start);
    return end < 0 ? [] : block(label, text.slice(start, end));
  });
}

function block(label: string, body: string): PemBlock[] {
  const encrypted = /^Proc-Type:.*ENCRYPTED/m.test(body);
  const base64 = body.replace(/^[A-Za-z0-9-]+:.*$/gm, '').replace(/\s/g, '');
  if (base64 === '' || base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return [];
  return [{ label, encrypted, der: Uint8Array.from(Buffer.from(base64, 'base64')) }];
}
