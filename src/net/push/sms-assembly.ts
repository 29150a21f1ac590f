/** Puts the parts of a long message together (TS 23.040 §9.2.3.24.1), in bounded memory. */
import { concat } from '../../bytes/index.js';
import type { SmsPdu } from './sms.js';

interface Pending {
  readonly key: string;
  readonly since: number;
  readonly total: number;
  readonly parts: ReadonlyMap<number, Uint8Array>;
}

/** Messages of which parts are missing, the oldest first. */
export interface SmsAssembly {
  readonly pending: readonly Pending[];
}

/** No message waits for its parts. */
export const EMPTY_SMS_ASSEMBLY: SmsAssembly = { pending: [] };

export interface AssemblyOptions {
  readonly now: Date;
  /** Messages that wait at once, the oldest is given up; 16 unless told. */
  readonly maxMessages?: number;
  /** Parts of a message that is collected at all; 16 unless told. */
  readonly maxParts?: number;
  /** How long parts wait for the others; an hour unless told. */
  readonly maxWaitSeconds?: number;
}

/**
 * Takes a message; gives the push where it is whole. A part that comes again replaces nothing.
 *
 * @returns `push` of a message that has all its parts
 * @example addSms(EMPTY_SMS_ASSEMBLY, decodeSms(fromHex('41000b911497214365f7000411 0605040b8423f0 010603d8af8720806000')), { now: new Date(0) }).push?.length // → 10
 */
export function addSms(
  assembly: SmsAssembly,
  sms: SmsPdu,
  options: AssemblyOptions,
): { readonly assembly: SmsAssembly; readonly push?: Uint8Array } {
  const { now, maxMessages = 16, maxParts = 16, maxWaitSeconds = 3600 } = options;
  const oldest = now.getTime() - maxWaitSeconds * 1000;
  const alive = assembly.pending.filter(({ since }) => since >= oldest);
  const { concatenation, data } = sms;
  if (concatenation === undefined || concatenation.total === 1)
    return { assembly: { pending: alive }, push: data };
  if (concatenation.total > maxParts) return { assembly: { pending: alive } };
  const { reference, total, sequence } = concatenation;
  const key = JSON.stringify([sms.type, sms.address, reference, total]);
  const known = alive.find((pending) => pending.key === key);
  const parts = new Map(known?.parts);
  if (!parts.has(sequence)) parts.set(sequence, data);
  const others = alive.filter((pending) => pending !== known);
  if (parts.size === total) {
    const whole = Array.from({ length: total }, (_, index) => parts.get(index + 1)!);
    return { assembly: { pending: others }, push: concat(...whole) };
  }
  const pending = { key, since: known?.since ?? now.getTime(), total, parts };
  return { assembly: { pending: [...others, pending].slice(-maxMessages) } };
}
