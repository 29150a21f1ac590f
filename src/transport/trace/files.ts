/** Names for what a trace shows: files (TS 31.102 §4, TS 51.011 §10, PKCS#15 §6), applications, keys. */
import { hex16, toHex } from '../../bytes/index.js';

const FILES: ReadonlyMap<number, string> = new Map([
  [0x2f00, 'EF(DIR)'],
  [0x2f05, 'EF(PL)'],
  [0x2f06, 'EF(ARR)'],
  [0x2fe2, 'EF(ICCID)'],
  [0x3f00, 'MF'],
  [0x5031, 'EF(ODF)'],
  [0x5032, 'EF(TokenInfo)'],
  [0x5033, 'EF(UnusedSpace)'],
  [0x6f05, 'EF(LI)'],
  [0x6f06, 'EF(ARR)'],
  [0x6f07, 'EF(IMSI)'],
  [0x6f38, 'EF(SST/UST)'],
  [0x6fad, 'EF(AD)'],
  [0x7f10, 'DF(TELECOM)'],
  [0x7f20, 'DF(GSM)'],
  [0x7f25, 'DF(CDMA)'],
  [0x7f50, 'DF(PKCS#15)'],
  [0x7fff, 'current ADF'],
]);

/** Structure that holds no secret: traces show the content of these files and of no other. */
const PUBLIC: ReadonlySet<number> = new Set([0x2f00, 0x2f05, 0x2f06, 0x2fe2, 0x5031, 0x5032, 0x5033, 0x6f06]);

/** Short file identifiers directly under the MF (TS 102 221 §13). */
const MF_SFI: ReadonlyMap<number, number> = new Map([
  [0x02, 0x2fe2],
  [0x05, 0x2f05],
  [0x06, 0x2f06],
  [0x1e, 0x2f00],
]);

const APPLICATIONS: readonly (readonly [prefix: string, name: string])[] = [
  ['a000000063504b43532d3135', 'PKCS#15'],
  ['a0000000871002', 'USIM'],
  ['a0000000871004', 'ISIM'],
  ['a0000003431002', 'CSIM'],
  ['a000000151', 'Issuer Security Domain'],
];

/** `5031 EF(ODF)`, or the number alone where it has no usual name. */
export function fileName(fid: number): string {
  const name = FILES.get(fid);
  return name === undefined ? hex16(fid) : `${hex16(fid)} ${name}`;
}

export function isPublicFile(fid: number): boolean {
  return PUBLIC.has(fid);
}

export function fidOfSfi(sfi: number): number | undefined {
  return MF_SFI.get(sfi);
}

export function applicationName(aid: Uint8Array): string {
  const hex = toHex(aid);
  const known = APPLICATIONS.find(([prefix]) => hex.startsWith(prefix));
  return known === undefined ? hex : `${hex} ${known[1]}`;
}

/** Whether a file identifier is that of a directory: by its first octet, as TS 102 221 §8.6 and custom have it. */
export function isDirectory(fid: number): boolean {
  const first = fid >> 8;
  return first === 0x3f || first === 0x7f || first === 0x5f;
}
