/** Class octets with GlobalPlatform secure messaging (GPC 2.3.1 §11.1.4, GPC Amendment D §6.2.4). */
import { channelOfCla, claForChannel } from '../../apdu/index.js';
import { hex8 } from '../../bytes/index.js';
import { UsageError } from '../../errors/index.js';

/** The two classes of one secured command: the one that the MAC covers, and the one on the wire. */
export interface SecureCla {
  /** Channel 0, first interindustry form, bit 3 set: 04 or 84 (14 or 94 while chaining). */
  readonly mac: number;
  /** With the logical channel; bit 6 says secure messaging on channels 4 to 19. */
  readonly wire: number;
  readonly channel: number;
}

/**
 * The classes for a plain class octet.
 *
 * @throws UsageError `USAGE_ARGUMENT` for a class that is secured already, or that GlobalPlatform does not know
 *   (the GSM class A0, for example)
 */
export function secureCla(cla: number): SecureCla {
  const further = (cla & 0x40) !== 0;
  if (!further && (cla & 0x2c) !== 0) {
    throw new UsageError('USAGE_ARGUMENT', `class ${hex8(cla)} cannot be secured by GlobalPlatform`);
  }
  if (further && (cla & 0x20) !== 0) {
    throw new UsageError('USAGE_ARGUMENT', `class ${hex8(cla)} says that the command is secured already`);
  }
  const channel = channelOfCla(cla);
  const chaining = cla & 0x10;
  const base = (cla & 0x80) === 0 ? 0x00 : 0x80;
  return {
    mac: base | chaining | 0x04,
    wire: claForChannel(base, channel) | chaining | (further ? 0x20 : 0x04),
    channel,
  };
}
