/** BEGIN and END R-MAC SESSION: more protection of responses for a while (GPC Amendment D v1.2 §7.1.3, §7.1.4). */
import { SW } from '../../../apdu/index.js';
import type { Answer, Command, Machine } from '../../machine/machine.js';
import { LEVEL } from '../session.js';

const P1_R_MAC = LEVEL.R_MAC;
const P1_BOTH = LEVEL.R_MAC | LEVEL.R_ENCRYPTION;
const P2 = { BEGIN: 0x01, END: 0x03 } as const;

/** Its own response has the protection from before; the data, LV coded, only go into the MAC. */
export function beginRmacSession(machine: Machine, { p1, p2, data }: Command, channel: number): Answer {
  const session = machine.domain!.session(channel)!;
  if (p2 !== P2.BEGIN || (p1 !== P1_R_MAC && p1 !== P1_BOTH)) return { sw: SW.INCORRECT_P1P2 };
  if (data.length > 0 && data[0] !== data.length - 1) return { sw: SW.WRONG_DATA };
  const { level } = session;
  const needed = p1 === P1_BOTH ? LEVEL.C_MAC | LEVEL.C_DECRYPTION : LEVEL.C_MAC;
  const isPossible = (level & needed) === needed && (level & p1) !== p1 && machine.domain!.offers(level | p1);
  if (!isPossible) return { sw: SW.CONDITIONS_NOT_SATISFIED };
  session.changeLevel(level | p1);
  return { sw: SW.OK };
}

/** Back to the level of EXTERNAL AUTHENTICATE; the response to this command is the last with the additional MAC. */
export function endRmacSession(machine: Machine, { p1, p2, data }: Command, channel: number): Answer {
  const session = machine.domain!.session(channel)!;
  if (p1 !== 0 || p2 !== P2.END) return { sw: SW.INCORRECT_P1P2 };
  if (data.length > 0) return { sw: SW.WRONG_LENGTH };
  if (session.level === session.authenticatedLevel) return { sw: SW.CONDITIONS_NOT_SATISFIED };
  session.changeLevel(session.authenticatedLevel);
  return { sw: SW.OK };
}
