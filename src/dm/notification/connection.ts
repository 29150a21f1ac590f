/** Which connection a notification asks for (DM 2.0 §5.2.1.2, PREFERRED-CON-TYPE). */
import type { ConnectionType } from './options.js';

export type AvailableConnection = Exclude<ConnectionType, 'any'>;

/** `wait`: until one of these is there. */
export type ConnectionChoice =
  | { readonly use: AvailableConnection }
  | { readonly wait: readonly AvailableConnection[] };

/**
 * The first preferred connection that is there; with `any` (or no preference) the first of what is there.
 *
 * @param available in the device's own order of preference
 * @example chooseConnection(['wlan', 'any'], ['cellular']) // → { use: 'cellular' }
 */
export function chooseConnection(
  preferred: readonly ConnectionType[] | undefined,
  available: readonly AvailableConnection[],
): ConnectionChoice {
  const wanted = (preferred ?? []).filter((type) => type !== 'any');
  // `any` has the lowest priority wherever a sender put it.
  const anyWillDo = wanted.length === 0 || preferred?.includes('any') === true;
  const use = wanted.find((type) => available.includes(type)) ?? (anyWillDo ? available[0] : undefined);
  return use === undefined ? { wait: wanted } : { use };
}
