/**
 * Names of files that many cards have: TS 102 221 §13, TS 51.011 §10, TS 31.102 §4, PKCS#15 v1.1 §5. A name belongs
 * to a place, since the same identifier means other things under other DFs.
 */
import { hex16 } from '../bytes/index.js';
import type { FilePath, KeyReference } from './card.js';

const UNDER_MF: Readonly<Record<string, string>> = {
  '2F00': 'EF(DIR)',
  '2F05': 'EF(PL)',
  '2F06': 'EF(ARR)',
  '2F08': 'EF(UMPC)',
  '2FE2': 'EF(ICCID)',
  '7F10': 'DF(TELECOM)',
  '7F20': 'DF(GSM)',
  '7F21': 'DF(DCS1800)',
  '7F25': 'DF(CDMA)',
  '7F50': 'DF(PKCS#15)',
  '7F10/6F3A': 'EF(ADN)',
  '7F10/6F3B': 'EF(FDN)',
  '7F10/6F3C': 'EF(SMS)',
  '7F10/6F40': 'EF(MSISDN)',
  '7F10/6F42': 'EF(SMSP)',
  '7F10/6F06': 'EF(ARR)',
  '7F50/5031': 'EF(ODF)',
  '7F50/5032': 'EF(TokenInfo)',
  '7F20/6F05': 'EF(LP)',
  '7F20/6F07': 'EF(IMSI)',
  '7F20/6F30': 'EF(PLMNsel)',
  '7F20/6F38': 'EF(SST)',
  '7F20/6F46': 'EF(SPN)',
  '7F20/6F78': 'EF(ACC)',
  '7F20/6F7E': 'EF(LOCI)',
  '7F20/6FAD': 'EF(AD)',
};

/** Identifiers that name the same file under every application or DF. */
const ANYWHERE: Readonly<Record<string, string>> = {
  '5031': 'EF(ODF)',
  '5032': 'EF(TokenInfo)',
  '6F06': 'EF(ARR)',
};

/**
 * The name of the file at that place (absolute, or relative to an application), if it is a known one.
 *
 * @example fileName([0x3f00, 0x2f00]) // → 'EF(DIR) 2F00'
 */
export function fileName(path: FilePath): string | undefined {
  const fids = path.map((fid) => hex16(fid));
  const last = fids.at(-1);
  const own = fids[0] === '3F00' ? UNDER_MF[fids.slice(1).join('/')] : undefined;
  const name = own ?? (last === undefined ? undefined : ANYWHERE[last]);
  return name === undefined ? undefined : `${name} ${last}`;
}

/** Absolute paths of the known files, parents before children. */
export function knownPaths(): FilePath[] {
  return Object.keys(UNDER_MF).map((path) => [
    0x3f00,
    ...path.split('/').map((fid) => Number.parseInt(fid, 16)),
  ]);
}

/**
 * `PIN1 (key 01)`, `ADM1 (key 0A)`: the names of TS 102 221 §9.5.1, table 9.3.
 *
 * @example keyName(0x0a) // → 'ADM1 (key 0A)'
 */
export function keyName(key: KeyReference): string {
  return `${keyLabel(key)} (key ${key.toString(16).toUpperCase().padStart(2, '0')})`;
}

function keyLabel(key: KeyReference): string {
  if (key === 0x01) return 'PIN1';
  if (key === 0x81) return 'PIN2';
  if (key === 0x11) return 'Universal PIN';
  if (key >= 0x02 && key <= 0x08) return `PIN of application ${key}`;
  if (key >= 0x82 && key <= 0x88) return `second PIN of application ${key & 0x0f}`;
  if (key >= 0x0a && key <= 0x0e) return `ADM${key - 0x09}`;
  if (key >= 0x8a && key <= 0x8e) return `ADM${key - 0x84}`;
  return 'key';
}
