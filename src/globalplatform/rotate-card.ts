/** A key rotation on a card in a reader: the security domain is selected, and a new key set drawn only when it is time. */
import { ApduProcessor, type CardChannel } from '../apdu/index.js';
import { hex8 } from '../bytes/index.js';
import { SecurityError } from '../errors/index.js';
import { selectSecurityDomain } from './domain/select-domain.js';
import { probeKeySet } from './probe.js';
import {
  planRotation,
  type RotationOptions,
  type RotationResult,
  requireRotatable,
  rotateKeySet,
} from './rotate.js';
import type { KeySet } from './scp03/key-set.js';

export interface CardRotationOptions
  extends Omit<RotationOptions, 'next' | 'selectedAid' | 'logicalChannel'> {
  /**
   * The next key set, or what draws it: called once, after the card has proved the current set and before it sees the
   * next one. It must not return before the new keys are kept for good.
   */
  readonly next: KeySet | (() => Promise<KeySet>);
  /** Security domain; the issuer security domain unless told. */
  readonly aid?: Uint8Array;
  /** Asks the card and refuses as a real run would, but draws nothing and changes nothing. */
  readonly dryRun?: boolean;
}

export interface CardRotationResult {
  /** The domain, as the card names it. */
  readonly aid: Uint8Array;
  readonly outcome: RotationResult['outcome'] | 'would-rotate';
  /** Nothing in a dry run of a set that is yet to be drawn. */
  readonly next?: KeySet;
}

/**
 * Selects the security domain and rotates its keys.
 *
 * @throws as `selectSecurityDomain` and `rotateKeySet`
 */
export async function rotateCardKeys(
  channel: CardChannel,
  options: CardRotationOptions,
): Promise<CardRotationResult> {
  const { next: given, aid: wanted, dryRun = false, ...rest } = options;
  const lower = new ApduProcessor(channel);
  const { aid } = await selectSecurityDomain(lower, wanted === undefined ? {} : { aid: wanted });
  if (typeof given === 'function') await requireLive(lower, options.current, options);
  if (typeof given === 'function' && dryRun) return { aid, outcome: 'would-rotate' };
  const next = typeof given === 'function' ? await given() : given;
  const rotation = { ...rest, next, selectedAid: aid };
  if (!dryRun) {
    const { outcome } = await rotateKeySet(lower, rotation);
    return { aid, outcome, next };
  }
  const plan = await planRotation(lower, rotation);
  requireRotatable(plan, rotation);
  return { aid, outcome: plan.live === 'next' ? 'already' : 'would-rotate', next };
}

async function requireLive(
  lower: ApduProcessor,
  current: KeySet,
  options: Pick<CardRotationOptions, 'random'>,
): Promise<void> {
  const state = await probeKeySet(
    lower,
    current,
    options.random === undefined ? {} : { random: options.random },
  );
  if (state === 'live') return;
  const why = state === 'absent' ? 'has no such version' : 'has that version with other keys';
  throw new SecurityError(
    'SECURITY_KEY_ROTATION',
    `the card ${why}: ${hex8(current.version)}; nothing was drawn, nothing was changed and no try was spent`,
    {
      next: '`simboot scp03 info` shows the key versions of the card; after an interrupted run, give --resume.',
      details: { live: 'neither', current: hex8(current.version) },
    },
  );
}
