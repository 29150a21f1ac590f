/** STORE DATA: personalization data for a security domain or application, in numbered blocks (GPC 2.3.1 §11.11). */
import { claForChannel, SW, statusError } from '../../apdu/index.js';
import { UsageError } from '../../errors/index.js';
import type { Scp03Session } from '../scp03/session.js';

export interface StoreDataOptions {
  /** P1 b5-b4: how the data are structured. */
  readonly structure?: 'none' | 'dgi' | 'ber-tlv';
  /** P1 b7-b6: whether the data are encrypted under Key-DEK besides the channel. */
  readonly encryption?: 'none' | 'application' | 'encrypted';
}

const STRUCTURE = { none: 0x00, dgi: 0x08, 'ber-tlv': 0x10 } as const;
const ENCRYPTION = { none: 0x00, application: 0x20, encrypted: 0x60 } as const;

/**
 * Sends the data in as many blocks as the channel needs.
 *
 * @returns what the card answers to the last block
 * @throws UsageError `USAGE_ARGUMENT` for no data, or more than 256 blocks
 * @throws CardError, SecurityError for a status word; `details.block` says how many blocks the card took before
 */
export async function storeData(
  session: Scp03Session,
  data: Uint8Array,
  options: StoreDataOptions = {},
): Promise<Uint8Array> {
  const size = session.maxCommandData;
  const blocks = Math.ceil(data.length / size);
  if (blocks === 0 || blocks > 0x100) {
    throw new UsageError(
      'USAGE_ARGUMENT',
      `STORE DATA carries 1 to ${size * 0x100} octets here, not ${data.length}`,
    );
  }
  const base = STRUCTURE[options.structure ?? 'none'] | ENCRYPTION[options.encryption ?? 'none'];
  let answer: Uint8Array = new Uint8Array(0);
  for (let block = 0; block < blocks; block++) {
    const last = block === blocks - 1;
    const response = await session.send({
      cla: claForChannel(0x80, session.logicalChannel),
      ins: 0xe2,
      p1: base | (last ? 0x80 : 0x00),
      p2: block,
      data: data.subarray(block * size, (block + 1) * size),
    });
    if (response.sw !== SW.OK) throw statusError(response.sw, `STORE DATA block ${block + 1}`, { block });
    answer = response.data;
  }
  return answer;
}
