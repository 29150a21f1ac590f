/** Which key set a card has, asked without a try: INITIALIZE UPDATE shows the card cryptogram to everybody. */
import { randomBytes } from 'node:crypto';
import { type CommandProcessor, SW } from '../apdu/index.js';
import { sameSecret, wipeStaticKeys } from '../crypto/index.js';
import {
  decodeInitializeUpdate,
  type InitializeUpdateResponse,
  initializeUpdate,
  refusedInitializeUpdate,
} from './scp03/initialize-update.js';
import { cardKeys, type KeySet } from './scp03/key-set.js';
import { macLength } from './scp03/parameters.js';
import { cardCryptogram, deriveSessionKeys, sessionContext, wipeSessionKeys } from './scp03/session-keys.js';

/** `live`: the card proves these keys; `other`: it has that version with other keys; `absent`: it has no such version. */
export type KeySetState = 'live' | 'other' | 'absent';

/** Where a security domain, or an application associated with it, is selected. */
export interface ProbeOptions {
  readonly logicalChannel?: number;
  readonly random?: (octets: number) => Uint8Array;
}

/**
 * Whether a key set is live, by INITIALIZE UPDATE alone: no EXTERNAL AUTHENTICATE, so no try is spent. It ends a secure
 * channel that is open on that logical channel.
 *
 * @throws SecurityError `SECURITY_SCP_PARAMETERS`, CardError, ReaderError if the card cannot be asked
 * @example
 * const key = () => new MemoryKey(new Uint8Array(16));
 * const keySet: KeySet = { keys: { enc: key(), mac: key(), dek: key() }, version: 0x30, mode: 'S8' };
 * const [channel] = await openReader('sim:uicc-scp03');
 * const processor = new ApduProcessor(channel!);
 * await processor.send({ cla: 0x00, ins: 0xa4, p1: 0x04, p2: 0x00, le: 256 });
 * await probeKeySet(processor, keySet) // → 'other'
 */
export async function probeKeySet(
  lower: CommandProcessor,
  keySet: KeySet,
  options: ProbeOptions = {},
): Promise<KeySetState> {
  const random = options.random ?? ((octets: number) => new Uint8Array(randomBytes(octets)));
  const hostChallenge = random(macLength(keySet.mode));
  const command = initializeUpdate(keySet.version, hostChallenge, options.logicalChannel);
  const { data, sw } = await lower.send(command);
  if (sw === SW.REFERENCED_DATA_NOT_FOUND) return 'absent';
  if (sw !== SW.OK) throw refusedInitializeUpdate(sw, keySet.version, keySet.mode);
  const response = decodeInitializeUpdate(data, keySet.mode);
  if (keySet.version !== 0 && response.keyVersion !== keySet.version) return 'absent';
  return (await proves(keySet, hostChallenge, response)) ? 'live' : 'other';
}

async function proves(
  keySet: KeySet,
  hostChallenge: Uint8Array,
  response: InitializeUpdateResponse,
): Promise<boolean> {
  const keys = await cardKeys(keySet, response.diversificationData);
  const context = sessionContext(hostChallenge, response.cardChallenge);
  const session = await deriveSessionKeys(keys, context);
  const matches = sameSecret(cardCryptogram(session.mac, context, keySet.mode), response.cardCryptogram);
  wipeSessionKeys(session);
  if (keySet.diversification !== undefined) wipeStaticKeys(keys);
  return matches;
}
