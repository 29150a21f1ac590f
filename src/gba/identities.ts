/** Identities of GBA: IMPI, B-TID, TMPI, P-TID (TS 23.003 §13.3, TS 33.220 Annex B.4, TS 24.109 clause 4A.1). */
import { encodeUtf8 } from '../bytes/index.js';
import { DataError } from '../errors/index.js';
import { gbaKdf, kdfText } from './kdf.js';
import { FC_GBA } from './naf.js';

/** Ua security protocol identifier of the Ub interface, which a TMPI is derived with. */
const UB = Uint8Array.of(0x01, 0x00, 0x00, 0x01, 0x00);

/**
 * The private identity of a subscriber without ISIM: `IMSI@ims.mncNNN.mccNNN.3gppnetwork.org`.
 *
 * @param mncDigits two or three: the IMSI itself does not tell (EF_AD does)
 * @throws DataError `DATA_DIGITS` for something that is not an IMSI
 * @example impiFromImsi('001010000000001', 2) // → '001010000000001@ims.mnc001.mcc001.3gppnetwork.org'
 */
export function impiFromImsi(imsi: string, mncDigits: 2 | 3): string {
  if (!/^\d{6,15}$/.test(imsi)) throw new DataError('DATA_DIGITS', 'an IMSI has 6 to 15 digits');
  const mnc = imsi.slice(3, 3 + mncDigits).padStart(3, '0');
  return `${imsi}@ims.mnc${mnc}.mcc${imsi.slice(0, 3)}.3gppnetwork.org`;
}

/** Base64(RAND)@`domain`: the B-TID of a BSF's domain; with `naf`, the name of a pushed security association. */
export function transactionId(rand: Uint8Array, domain: string): string {
  return `${Buffer.from(rand).toString('base64')}@${domain}`;
}

/** The temporary private identity of the Ub interface (Annex B.4). */
export function tmpi(ks: Uint8Array, rand: Uint8Array, impi: string, bsfFqdn: string): string {
  const derived = gbaKdf(ks, FC_GBA, [
    kdfText('gba-me'),
    rand,
    kdfText(impi),
    Buffer.concat([encodeUtf8(bsfFqdn), UB]),
  ]);
  return `${Buffer.from(derived.subarray(0, 24)).toString('base64')}@tmpi.bsf.3gppnetwork.org`;
}
