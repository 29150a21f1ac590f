/** Class octets and logical channels (TS 102 221 §10.1.1, ISO/IEC 7816-4 §5.1.1). */
import { UsageError } from '../errors/index.js';

/** GSM class of 2G mode (TS 51.011 §9.2); it has no logical channels. */
export const CLA_2G = 0xa0;

/**
 * An interindustry (00) or proprietary (80) class with the logical channel coded in: channels 0-3 in the low two
 * bits, 4-19 in the further interindustry form (40 or C0).
 *
 * @throws UsageError `USAGE_ARGUMENT` outside channels 0 to 19
 * @example claForChannel(0x00, 5) // → 0x41
 */
export function claForChannel(base: 0x00 | 0x80, channel: number): number {
  if (!Number.isInteger(channel) || channel < 0 || channel > 19) {
    throw new UsageError('USAGE_ARGUMENT', `logical channel ${channel} is outside 0 to 19`);
  }
  return channel < 4 ? base | channel : base | 0x40 | (channel - 4);
}

/**
 * The logical channel that a class octet names; 0 for the GSM class A0.
 *
 * @example channelOfCla(0x41) // → 5
 */
export function channelOfCla(cla: number): number {
  if (cla === CLA_2G) return 0;
  return (cla & 0x40) === 0 ? cla & 0x03 : (cla & 0x0f) + 4;
}
