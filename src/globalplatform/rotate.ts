/**
 * Key rotation that can be interrupted anywhere. PUT KEY of a whole set is atomic in the card (GPC 2.3.1 §11.8.2.3.3),
 * and INITIALIZE UPDATE alone shows which keys a version has, without spending a try: so the state of a card is always
 * found by asking the card, never by remembering.
 */
import { randomBytes } from 'node:crypto';
import { type CommandProcessor, SW, statusError } from '../apdu/index.js';
import { hex8 } from '../bytes/index.js';
import { type StaticKeys, sameSecret, wipeStaticKeys } from '../crypto/index.js';
import { SecurityError, SimbootError, UsageError } from '../errors/index.js';
import { type KeyFieldForm, putKeys } from './domain/put-key.js';
import { type HandshakeOptions, Scp03Handshake } from './scp03/handshake.js';
import {
  decodeInitializeUpdate,
  type InitializeUpdateResponse,
  initializeUpdate,
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
  if (sw !== SW.OK) throw statusError(sw, `INITIALIZE UPDATE of version ${hex8(keySet.version)}`);
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

export interface RotationOptions extends Omit<HandshakeOptions, 'keySet' | 'level'> {
  /** The set that is live before; its version is replaced, or stays if `mode` is `add`. */
  readonly current: KeySet;
  /** The set to be live afterwards, with the version that it gets, 01 to 7F. Master keys are diversified for the card. */
  readonly next: KeySet;
  readonly mode: 'replace' | 'add';
  readonly form?: KeyFieldForm;
}

export interface RotationResult {
  /** `already` if the next set was live before anything was changed: an earlier run had come that far. */
  readonly outcome: 'rotated' | 'already';
  readonly version: number;
}

/**
 * Brings the next key set onto the card, from whatever state the card is in, and proves it. Run it again after an
 * interruption.
 *
 * @throws SecurityError `SECURITY_KEY_ROTATION` if neither set is live; nothing was changed then
 * @throws SecurityError `SECURITY_KEY_ROTATION` for a step that failed: `details.live` says which set is live, and the
 *   cause is the step's error
 * @throws ReaderError if the card no longer answers, so that its state must be asked again
 */
export async function rotateKeySet(
  lower: CommandProcessor,
  options: RotationOptions,
): Promise<RotationResult> {
  const { current, next } = options;
  if (next.version === 0 || (options.mode === 'add' && next.version === current.version)) {
    throw new UsageError('USAGE_ARGUMENT', 'the next key set needs a version of its own, 01 to 7F');
  }
  const before = await liveSet(lower, options);
  if (before === 'next') return { outcome: 'already', version: next.version };
  if (before === 'neither') {
    throw new SecurityError(
      'SECURITY_KEY_ROTATION',
      `the card proves neither key set ${hex8(current.version)} nor ${hex8(next.version)}; nothing was changed`,
      { details: { live: 'neither' } },
    );
  }
  try {
    await load(lower, options);
  } catch (error) {
    throw await withState(error, lower, options);
  }
  const after = await liveSet(lower, options);
  if (after === 'next') return { outcome: 'rotated', version: next.version };
  throw new SecurityError(
    'SECURITY_KEY_ROTATION',
    `the card took key set ${hex8(next.version)} but does not prove it; live is: ${after}`,
    { details: { live: after } },
  );
}

async function load(lower: CommandProcessor, options: RotationOptions): Promise<void> {
  const { current, next, mode, form, ...handshake } = options;
  const session = await new Scp03Handshake(lower, { ...handshake, keySet: current, level: 0x33 }).complete();
  const keys: StaticKeys = await cardKeys(next, session.diversificationData);
  try {
    await putKeys(session, {
      keys,
      version: next.version,
      // the card may have chosen the version itself, so its answer counts
      replaces: mode === 'add' ? 0 : session.keyVersion,
      ...(form === undefined ? {} : { form }),
      ...(options.random === undefined ? {} : { random: options.random }),
    });
  } finally {
    if (next.diversification !== undefined) wipeStaticKeys(keys);
    session.close();
  }
}

type LiveSet = 'current' | 'next' | 'neither';

async function liveSet(lower: CommandProcessor, options: RotationOptions): Promise<LiveSet> {
  if ((await probeKeySet(lower, options.next, options)) === 'live') return 'next';
  return (await probeKeySet(lower, options.current, options)) === 'live' ? 'current' : 'neither';
}

/** The failure with the state of the card, or the failure itself where the card no longer answers. */
async function withState(
  error: unknown,
  lower: CommandProcessor,
  options: RotationOptions,
): Promise<unknown> {
  if (!(error instanceof SimbootError)) return error;
  let live: LiveSet;
  try {
    live = await liveSet(lower, options);
  } catch {
    return error; // the next run finds out
  }
  return new SecurityError('SECURITY_KEY_ROTATION', `${error.message}; live is: ${live}`, {
    cause: error,
    next: error.next,
    details: { ...error.details, live },
  });
}
