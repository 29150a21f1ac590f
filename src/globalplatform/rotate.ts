/**
 * Key rotation that can be interrupted anywhere. PUT KEY of a whole set is atomic in the card (GPC 2.3.1 §11.8.2.3.3),
 * and INITIALIZE UPDATE alone shows which keys a version has, without spending a try: so the state of a card is always
 * found by asking the card, never by remembering.
 */
import type { CommandProcessor } from '../apdu/index.js';
import { hex8 } from '../bytes/index.js';
import { type StaticKeys, wipeStaticKeys } from '../crypto/index.js';
import {
  ReaderError,
  type ReaderErrorCode,
  SecurityError,
  SimbootError,
  UsageError,
} from '../errors/index.js';
import { type KeyFieldForm, putKeys } from './domain/put-key.js';
import { type KeySetState, probeKeySet } from './probe.js';
import { type HandshakeOptions, Scp03Handshake } from './scp03/handshake.js';
import { cardKeys, type KeySet } from './scp03/key-set.js';

export interface RotationOptions extends Omit<HandshakeOptions, 'keySet' | 'level'> {
  /** The set that is live before; its version is replaced, or stays if `mode` is `add`. */
  readonly current: KeySet;
  /** The set to be live afterwards, with the version that it gets, 01 to 7F. Master keys are diversified for the card. */
  readonly next: KeySet;
  readonly mode: 'replace' | 'add';
  readonly form?: KeyFieldForm;
}

/** Which of both sets the card proves; `neither` where it has others. */
export type LiveSet = 'current' | 'next' | 'neither';

/** What the card was found to be, before anything is changed. */
export interface RotationPlan {
  readonly live: LiveSet;
  /** What INITIALIZE UPDATE told of each set; the current one is not asked about where the next one is live. */
  readonly next: KeySetState;
  readonly current?: KeySetState;
}

export interface RotationResult {
  /** `already` if the next set was live before anything was changed: an earlier run had come that far. */
  readonly outcome: 'rotated' | 'already';
  readonly version: number;
}

/**
 * Which set is live, and whether the next one can be loaded at all. Changes nothing and spends no try.
 *
 * @throws UsageError `USAGE_ARGUMENT`, SecurityError `SECURITY_KEY_CUSTODY` for sets that no card could take, before
 *   anything is sent
 * @throws as `probeKeySet`
 */
export async function planRotation(lower: CommandProcessor, options: RotationOptions): Promise<RotationPlan> {
  requireLoadable(options);
  const next = await probeKeySet(lower, options.next, options);
  if (next === 'live') return { live: 'next', next };
  const current = await probeKeySet(lower, options.current, options);
  return { live: current === 'live' ? 'current' : 'neither', next, current };
}

/**
 * Refuses what a rotation would refuse with this plan, so that a dry run and the real run say the same.
 *
 * @throws SecurityError `SECURITY_KEY_ROTATION`
 */
export function requireRotatable(plan: RotationPlan, options: RotationOptions): void {
  const isTaken = plan.next === 'other' && options.next.version !== options.current.version;
  if (plan.live === 'neither') throw neitherIsLive(plan, options);
  if (plan.live === 'current' && isTaken) throw versionIsTaken(options);
}

/**
 * Brings the next key set onto the card, from whatever state the card is in, and proves it. Run it again after an
 * interruption.
 *
 * @throws UsageError, SecurityError as `planRotation`
 * @throws SecurityError `SECURITY_KEY_ROTATION` if neither set is live; nothing was changed then
 * @throws SecurityError `SECURITY_KEY_ROTATION` for a step that failed: `details.live` says which set is live, and the
 *   cause is the step's error
 * @throws ReaderError if the card no longer answers; `details.live` says `current`, `next`, or `unknown` after an unanswered PUT KEY
 */
export async function rotateKeySet(
  lower: CommandProcessor,
  options: RotationOptions,
): Promise<RotationResult> {
  const { current, next } = options;
  const before = await planRotation(lower, options);
  if (before.live === 'next') return { outcome: 'already', version: next.version };
  requireRotatable(before, options);
  const progress: Progress = { step: 'opening' };
  let live: LiveSet;
  try {
    await load(lower, options, progress);
    ({ live } = await planRotation(lower, options));
  } catch (error) {
    throw await withState(error, lower, options, progress);
  }
  if (live === 'next') return { outcome: 'rotated', version: next.version };
  throw new SecurityError(
    'SECURITY_KEY_ROTATION',
    `the card took key set ${hex8(next.version)} but does not prove it; ${stateInWords(live, options)}`,
    { details: { live, current: hex8(current.version), next: hex8(next.version) } },
  );
}

/** Only PUT KEY changes a card: before it the current set is live, after its answer the next one. */
interface Progress {
  step: 'opening' | 'loading' | 'proving';
}

/** What no card could take is refused before the card is asked for anything. */
function requireLoadable({ current, next, mode, form }: RotationOptions): void {
  const refuse = (message: string): never => {
    throw new UsageError('USAGE_ARGUMENT', message);
  };
  if (next.version < 1 || next.version > 0x7f || (mode === 'add' && next.version === current.version)) {
    refuse('the next key set needs a version of its own, 01 to 7F');
  }
  if (next.mode !== current.mode) {
    refuse(`a card has one mode: the next key set is for ${next.mode}, the current one for ${current.mode}`);
  }
  if (form === 'bare' && next.keys.enc.length === 24) {
    refuse('an AES-192 key is padded, so its field needs the length before it');
  }
  if (next.diversification === undefined && next.keys.enc.custody === 'pkcs11') {
    throw new SecurityError(
      'SECURITY_KEY_CUSTODY',
      'the next key set is in a PKCS#11 token, which does not give its keys to a card',
      { next: 'Draw or import the next key set into an encrypted key store file.' },
    );
  }
}

async function load(lower: CommandProcessor, options: RotationOptions, progress: Progress): Promise<void> {
  const { current, next, mode, form, ...handshake } = options;
  const session = await new Scp03Handshake(lower, { ...handshake, keySet: current, level: 0x33 }).complete();
  const keys: StaticKeys = await cardKeys(next, session.diversificationData);
  progress.step = 'loading';
  try {
    await putKeys(session, {
      keys,
      version: next.version,
      replaces: mode === 'add' ? 0 : replacedVersion(session.keyVersion),
      ...(form === undefined ? {} : { form }),
      ...(options.random === undefined ? {} : { random: options.random }),
    });
    progress.step = 'proving';
  } finally {
    if (next.diversification !== undefined) wipeStaticKeys(keys);
    session.close();
  }
}

/**
 * P1 of PUT KEY. The version is the one that the card reported, since it may have chosen it itself. An initial key set
 * (FF) has no version that P1 could name: a card gives it up when its first own set is added.
 */
function replacedVersion(reported: number): number {
  return reported > 0x7f ? 0 : reported;
}

function neitherIsLive({ current, next }: RotationPlan, options: RotationOptions): SecurityError {
  const said = (set: KeySet, state: KeySetState | undefined): string =>
    `${hex8(set.version)} (${state === 'absent' ? 'not on the card' : 'on the card with other keys'})`;
  return new SecurityError(
    'SECURITY_KEY_ROTATION',
    `the card proves neither the current key set ${said(options.current, current)} nor the next one ` +
      `${said(options.next, next)}; nothing was changed and no try was spent`,
    {
      next: '`simboot scp03 info` shows the key versions of the card; check key sets, versions and diversification.',
      details: { live: 'neither', current: hex8(options.current.version), next: hex8(options.next.version) },
    },
  );
}

function versionIsTaken({ current, next }: RotationOptions): SecurityError {
  return new SecurityError(
    'SECURITY_KEY_ROTATION',
    `version ${hex8(next.version)} is taken on the card, by other keys than those of the next key set; nothing was ` +
      `changed and key set ${hex8(current.version)} is live`,
    {
      next: 'Give the next key set a version that the card does not have (`simboot scp03 info` lists them).',
      details: { live: 'current', current: hex8(current.version), next: hex8(next.version) },
    },
  );
}

function stateInWords(live: LiveSet, { current, next }: RotationOptions): string {
  if (live === 'neither') return 'the card proves neither key set';
  return live === 'next'
    ? `live is the next key set ${hex8(next.version)}`
    : `live is the current key set ${hex8(current.version)}, as before`;
}

/** The failure with the state of the card, asked of the card where it still answers. */
async function withState(
  error: unknown,
  lower: CommandProcessor,
  options: RotationOptions,
  progress: Progress,
): Promise<unknown> {
  if (!(error instanceof SimbootError)) return error;
  let live: LiveSet;
  try {
    ({ live } = await planRotation(lower, options));
  } catch {
    return withoutAnswer(error, options, progress);
  }
  return new SecurityError('SECURITY_KEY_ROTATION', `${error.message}; ${stateInWords(live, options)}`, {
    cause: error,
    next: nextStep(error, options),
    details: { ...error.details, live },
  });
}

/** Cards that want the other form of the key field answer PUT KEY with 6A80. */
function nextStep(error: SimbootError, { form }: RotationOptions): string {
  if (error.details.accepted !== false || error.details.sw !== '6A80') return error.next;
  const other = form === 'bare' ? 'with-length' : 'bare';
  return `The card may want the key field in the other form (${other}), or keeps the length of replaced keys.`;
}

/** The card is gone: what is known of it follows from how far the rotation had come. */
function withoutAnswer(
  error: SimbootError,
  { current, next }: RotationOptions,
  { step }: Progress,
): SimbootError {
  const state = {
    opening: { live: 'current', words: `nothing was changed: key set ${hex8(current.version)} is live` },
    loading: {
      live: 'unknown',
      words: `PUT KEY was under way, so either key set ${hex8(current.version)} or ${hex8(next.version)} is live`,
    },
    proving: {
      live: 'next',
      words: `the card took key set ${hex8(next.version)}, but was gone before it proved it`,
    },
  }[step];
  const options = {
    cause: error,
    next: 'Keep both key sets. Put the card back and run the rotation again with the same two: it asks the card first.',
    details: { ...error.details, live: state.live },
  };
  const message = `${error.message}; ${state.words}`;
  return error instanceof ReaderError
    ? new ReaderError(error.code as ReaderErrorCode, message, options)
    : new SecurityError('SECURITY_KEY_ROTATION', message, options);
}
