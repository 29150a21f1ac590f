/** Access conditions as expressions over keys (TS 102 221 §9.2), and the words that profiles use for them. */
import { UsageError } from '../../errors/index.js';

export type Condition =
  | { readonly kind: 'always' }
  | { readonly kind: 'never' }
  | { readonly kind: 'key'; readonly reference: number }
  | { readonly kind: 'channel'; readonly level: number }
  | { readonly kind: 'any' | 'all' | 'not'; readonly of: readonly Condition[] };

export const ALWAYS: Condition = { kind: 'always' };
export const NEVER: Condition = { kind: 'never' };

/**
 * Whether the condition holds, given which keys are satisfied and at which security level the command came (GPC
 * Amendment D §7.1.2.3; 0 without secure messaging).
 */
export function holds(condition: Condition, satisfied: (reference: number) => boolean, level = 0): boolean {
  switch (condition.kind) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'key':
      return satisfied(condition.reference);
    case 'channel':
      return (level & condition.level) === condition.level;
    case 'any':
      return condition.of.some((part) => holds(part, satisfied, level));
    case 'all':
      return condition.of.every((part) => holds(part, satisfied, level));
    case 'not':
      return !condition.of.some((part) => holds(part, satisfied, level));
  }
}

/**
 * A condition from a profile: `always`, `never`, the name of a PIN, `channel 33` (inside a secure channel with at least
 * that level), `not X`, `X or Y`, `X and Y`.
 *
 * @throws UsageError `USAGE_PROFILE_INVALID` for a word that is none of these
 */
export function parseCondition(text: string, keys: ReadonlyMap<string, number>): Condition {
  const alternatives = text.split(/\s+or\s+/);
  if (alternatives.length > 1)
    return { kind: 'any', of: alternatives.map((part) => parseCondition(part, keys)) };
  const parts = text.split(/\s+and\s+/);
  if (parts.length > 1) return { kind: 'all', of: parts.map((part) => parseCondition(part, keys)) };
  const word = text.trim();
  const negated = /^not\s+(.+)$/.exec(word)?.[1];
  if (negated !== undefined) return { kind: 'not', of: [parseCondition(negated, keys)] };
  if (word === 'always') return ALWAYS;
  if (word === 'never') return NEVER;
  const level = /^channel\s+(01|03|11|13|33)$/.exec(word)?.[1];
  if (level !== undefined) return { kind: 'channel', level: Number.parseInt(level, 16) };
  const reference = keys.get(word);
  if (reference === undefined) {
    throw new UsageError(
      'USAGE_PROFILE_INVALID',
      `access condition "${text}": "${word}" is neither always, never, a channel level nor a PIN of the profile`,
    );
  }
  return { kind: 'key', reference };
}

/** The nibble of a 2G SELECT response (TS 51.011 §9.3): 0 always, 1 CHV1, 2 CHV2, 4 to E administrative, F never. */
export function conditionNibble(condition: Condition): number {
  switch (condition.kind) {
    case 'always':
      return 0x0;
    case 'key':
      return keyNibble(condition.reference);
    case 'any':
    case 'all':
      return Math.min(...condition.of.map(conditionNibble).filter((nibble) => nibble > 0), 0xf);
    case 'never':
    case 'not':
    case 'channel':
      return 0xf;
  }
}

function keyNibble(reference: number): number {
  if (reference === 0x01 || reference === 0x11) return 0x1;
  if (reference === 0x81) return 0x2;
  const administrative = (reference & 0x7f) - 0x0a;
  return administrative >= 0 && administrative <= 4 ? 0x4 + administrative : 0x4;
}
