/** PUT KEY for a whole AES key set, in one command that a card carries out entirely or not at all (GPC 2.3.1 §11.8). */
import { randomBytes } from 'node:crypto';
import { type CommandApdu, claForChannel, SW, statusError } from '../../apdu/index.js';
import { concat, encodeTlv, fromHex, hex8, toHex } from '../../bytes/index.js';
import type { KeyHandle, StaticKeys } from '../../crypto/index.js';
import { SecurityError, UsageError } from '../../errors/index.js';
import type { Scp03Session } from '../scp03/session.js';
import { KEY_TYPE_AES } from './key-information.js';

/**
 * How a card wants the encrypted key in its field: `with-length` puts the length of the clear key before it (table
 * 11-70), `bare` does not (table 11-71). Both are standard for AES-128 and AES-256; cards take one, the other or both.
 */
export type KeyFieldForm = 'with-length' | 'bare';

export interface PutKeysOptions {
  readonly keys: StaticKeys;
  /** Version of the new key set, 01 to 7F. */
  readonly version: number;
  /** Version that it replaces; 00 adds a key set. */
  readonly replaces: number;
  readonly form?: KeyFieldForm;
  /** Fills up AES-192 keys before they are encrypted (GPC Amendment D §6.2.8). */
  readonly random?: (octets: number) => Uint8Array;
}

/**
 * Loads a key set and compares the key check values that the card returns.
 *
 * @throws UsageError `USAGE_ARGUMENT` before anything is sent
 * @throws CardError, SecurityError for a status word; the card's keys are unchanged then
 * @throws SecurityError `SECURITY_KEY_CHECK` if the card took keys that it reports differently, or does not report:
 *   `details.accepted` is true, because the new set is live
 */
export async function putKeys(session: Scp03Session, options: PutKeysOptions): Promise<void> {
  const command = await putKeyCommand(session.dek, options, session.logicalChannel);
  if ((command.data?.length ?? 0) > session.maxCommandData) {
    throw new UsageError(
      'USAGE_ARGUMENT',
      `the key set takes ${command.data?.length} octets where one command carries ${session.maxCommandData}`,
    );
  }
  const { data, sw } = await session.send(command);
  if (sw !== SW.OK) {
    throw statusError(sw, `PUT KEY of version ${hex8(options.version)}`, { accepted: false });
  }
  const { enc, mac, dek } = options.keys;
  const expected = concat([options.version], ...[enc, mac, dek].map(({ kcv }) => fromHex(kcv)));
  if (toHex(data) === toHex(expected)) return;
  throw new SecurityError(
    'SECURITY_KEY_CHECK',
    data.length === 0
      ? `the card took key set ${hex8(options.version)} without saying its key check values`
      : `the card took key set ${hex8(options.version)} but reports version and key check values ${toHex(data)} where ${toHex(expected)} belong`,
    { details: { accepted: true, version: hex8(options.version) } },
  );
}

/** The command in clear; the session protects it. */
export async function putKeyCommand(
  dek: KeyHandle,
  options: PutKeysOptions,
  logicalChannel = 0,
): Promise<CommandApdu> {
  const { keys, version, replaces, form = 'with-length' } = options;
  const random = options.random ?? ((octets: number) => new Uint8Array(randomBytes(octets)));
  if (!Number.isInteger(version) || version < 1 || version > 0x7f) {
    throw new UsageError('USAGE_ARGUMENT', `a key version is 01 to 7F, not ${hex8(version)}`);
  }
  if (!Number.isInteger(replaces) || replaces < 0 || replaces > 0x7f) {
    throw new UsageError('USAGE_ARGUMENT', `the replaced key version is 00 to 7F, not ${hex8(replaces)}`);
  }
  const fields: Uint8Array[] = [];
  for (const key of [keys.enc, keys.mac, keys.dek]) fields.push(await keyField(key, dek, form, random));
  return {
    cla: claForChannel(0x80, logicalChannel),
    ins: 0xd8,
    p1: replaces,
    p2: 0x81, // several keys, from key identifier 01 on
    data: concat([version], ...fields),
    le: 0x100,
  };
}

async function keyField(
  key: KeyHandle,
  dek: KeyHandle,
  form: KeyFieldForm,
  random: (octets: number) => Uint8Array,
): Promise<Uint8Array> {
  if (form === 'bare' && key.length === 24) {
    throw new UsageError(
      'USAGE_ARGUMENT',
      'an AES-192 key is padded, so its field needs the length before it',
    );
  }
  const padding = key.length === 24 ? random(8) : new Uint8Array(0);
  const encrypted = await key.exportUnder(dek, padding);
  const block = form === 'bare' ? encrypted : concat([key.length], encrypted);
  return concat(encodeTlv(KEY_TYPE_AES, block), [3], fromHex(key.kcv));
}
