/** SELECT of a security domain (GPC 2.3.1 §11.9, §H.1). */
import { type CommandProcessor, claForChannel, isDone, SW, statusError } from '../../apdu/index.js';
import { decodeTlvs, findTlv, fromHex, toHex } from '../../bytes/index.js';
import { DataError } from '../../errors/index.js';

/** AID of the issuer security domain that GPC 2.3.1 §H.1.3 gives to cards without one of their own. */
export const AID_ISSUER_SECURITY_DOMAIN = fromHex('A000000151000000');

export interface SelectedDomain {
  /** As the card names it in its answer, so that a pseudo-random challenge can be checked; otherwise as selected. */
  readonly aid: Uint8Array;
  readonly answer: Uint8Array;
}

export interface SelectDomainOptions {
  /** The issuer security domain unless told. */
  readonly aid?: Uint8Array;
  readonly logicalChannel?: number;
}

/**
 * Selects a security domain. Without an AID: the issuer security domain by its usual AID, and where the card does not
 * know that, by the empty name, which always means it on the basic logical channel (§11.9.2.3).
 *
 * @throws CardError, SecurityError for a card that has no such domain
 */
export async function selectSecurityDomain(
  processor: CommandProcessor,
  options: SelectDomainOptions = {},
): Promise<SelectedDomain> {
  const { aid, logicalChannel = 0 } = options;
  const names = aid === undefined ? [AID_ISSUER_SECURITY_DOMAIN, new Uint8Array(0)] : [aid];
  let refused: number = SW.FILE_NOT_FOUND;
  for (const name of names) {
    const { data, sw } = await processor.send({
      cla: claForChannel(0x00, logicalChannel),
      ins: 0xa4,
      p1: 0x04,
      p2: 0x00,
      ...(name.length > 0 ? { data: name } : {}),
      le: 0x100,
    });
    const named = nameIn(data) ?? name;
    // without a name in the answer, the empty name may have selected anything
    if (isDone(sw) && named.length > 0) return { aid: named, answer: data };
    if (!isDone(sw)) refused = sw;
  }
  throw statusError(refused, `SELECT security domain ${toHex(names[0]!)}`);
}

/** Object 84 of the file control information, 5 to 16 octets; cards that answer otherwise tell no name. */
function nameIn(answer: Uint8Array): Uint8Array | undefined {
  try {
    const template = findTlv(decodeTlvs(answer), 0x6f);
    const name = template && findTlv(decodeTlvs(template.value), 0x84)?.value;
    return name && name.length >= 5 && name.length <= 16 ? name : undefined;
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}
