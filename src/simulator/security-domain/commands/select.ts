/** SELECT of the security domain by its AID (GPC 2.3.1 §11.9). */
import { encodeTlv } from '../../../bytes/index.js';
import type { SecurityDomain } from '../domain.js';
import { cardRecognitionData } from './get-data.js';

const MAX_COMMAND_DATA = 0xff;

/** File control information (table 11-82). */
export function domainInformation(domain: SecurityDomain): Uint8Array {
  return encodeTlv(
    0x6f,
    encodeTlv(0x84, domain.aid),
    encodeTlv(0xa5, cardRecognitionData(domain), encodeTlv(0x9f65, [MAX_COMMAND_DATA])),
  );
}
