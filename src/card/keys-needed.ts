/** From an access condition to what must be presented: disabled PINs and the Universal PIN (TS 102 221 §9.4, §9.5.1). */
import { describeCondition, isAdm, isApplicationPin } from './access.js';
import type { AccessCondition, KeyReference, KeysNeeded, NeededKey, PinTemplate } from './card.js';

const UNIVERSAL_PIN = 0x11;
/** Usage qualifier: this PIN stands in for a disabled application PIN. */
const USED_AS_REPLACEMENT = 0x08;
/** More ways than any rule has come from damaged data. */
const MAX_WAYS = 64;

/**
 * The ways to satisfy a condition, the one with the least to present first.
 *
 * @param pins of the file's directory (tag C6, or the 2G CHV status); an unlisted key counts as enabled
 */
export function keysNeeded(
  condition: AccessCondition,
  pins: readonly PinTemplate[],
  circumstances: Circumstances = {},
): KeysNeeded {
  const reasons: string[] = [];
  const ways = distinct(waysOf(condition, pins, { ...circumstances, reasons })).sort(
    (a, b) => a.length - b.length,
  );
  return { ways, reasons: [...new Set(reasons)] };
}

type Way = readonly NeededKey[];

interface Circumstances {
  /** Commands go through a secure channel; whether its level is enough, the card decides. */
  readonly secureChannel?: boolean;
}

interface Search extends Circumstances {
  readonly reasons: string[];
}

function waysOf(condition: AccessCondition, pins: readonly PinTemplate[], search: Search): Way[] {
  switch (condition.kind) {
    case 'always':
      return [[]];
    case 'key':
      return [effectiveKey(condition.key, pins)];
    case 'adm':
      return [[{ kind: 'adm', level: condition.level }]];
    case 'any-of':
      return condition.of.flatMap((one) => waysOf(one, pins, search)).slice(0, MAX_WAYS);
    case 'all-of':
      return condition.of.reduce<Way[]>(
        (ways, one) => {
          const more = waysOf(one, pins, search);
          return ways.flatMap((way) => more.map((next) => [...way, ...next])).slice(0, MAX_WAYS);
        },
        [[]],
      );
    case 'never':
      search.reasons.push('the access rule says never');
      return [];
    case 'secure-messaging':
      if (search.secureChannel) return [[]];
      search.reasons.push('it takes a secure channel');
      return [];
    default:
      search.reasons.push(describeCondition(condition));
      return [];
  }
}

/** An enabled PIN is itself; a disabled application PIN gives way to the Universal PIN, or to nothing. */
function effectiveKey(key: KeyReference, pins: readonly PinTemplate[]): Way {
  const own = pins.find((pin) => pin.key === key);
  if (!own || own.enabled || isAdm(key)) return [{ kind: 'key', key }];
  if (!isApplicationPin(key)) return [];
  const universal = pins.find((pin) => pin.key === UNIVERSAL_PIN);
  const replaces = universal?.enabled && ((universal.usage ?? 0) & USED_AS_REPLACEMENT) !== 0;
  return replaces ? [{ kind: 'key', key: UNIVERSAL_PIN }] : [];
}

function distinct(ways: readonly Way[]): Way[] {
  const texts = ways.map((way) => {
    const once = new Map(way.map((need) => [JSON.stringify(need), need]));
    return [[...once.keys()].sort().join(), [...once.values()]] as const;
  });
  return [...new Map(texts).values()];
}

/**
 * `nothing`, `PIN1 (key 01)`, `PIN1 (key 01) and ADM1 (key 0A), or …`, `cannot be done: …`.
 *
 * @example describeKeysNeeded(keysNeeded({ kind: 'key', key: 0x01 }, [])) // → 'PIN1 (key 01)'
 */
export function describeKeysNeeded({ ways, reasons }: KeysNeeded): string {
  if (ways.length === 0) return `cannot be done: ${reasons.join('; ')}`;
  return ways
    .map((way) => way.map((need) => describeCondition(need)).join(' and ') || 'nothing')
    .join(', or ');
}
