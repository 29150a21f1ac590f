/** What a session on the channel makes of a command (GPC Amendment D v1.2 §5.6; GPC 2.3.1 §6.3, §11.1.4). */
import { SW } from '../../apdu/index.js';
import type { Route, SecurityDomain } from './domain.js';

const INS = { MANAGE_CHANNEL: 0x70, SELECT: 0xa4, INITIALIZE_UPDATE: 0x50, EXTERNAL_AUTHENTICATE: 0x82 };
const P1_BY_NAME = 0x04;

/** The part of a class octet that routing looks at. */
export interface RoutedClass {
  readonly channel: number;
  readonly proprietary: boolean;
  readonly secured: boolean;
}

/**
 * SELECT by name and MANAGE CHANNEL are the card's own and never secured. In a protected session everything else is
 * secured; a command that is not aborts the session.
 *
 * @param header CLA, INS, P1, P2
 */
export function route(domain: SecurityDomain, where: RoutedClass, header: Uint8Array): Route {
  const [cla, ins, p1] = header as unknown as [number, number, number];
  const { channel, proprietary, secured } = where;
  const ofTheCard = !proprietary && (ins === INS.MANAGE_CHANNEL || (ins === INS.SELECT && p1 === P1_BY_NAME));
  if (ofTheCard) return secured ? { sw: SW.SECURE_MESSAGING_NOT_SUPPORTED } : 'plain';
  if (proprietary && ins === INS.INITIALIZE_UPDATE && !secured) return 'plain';
  if (domain.session(channel)?.state === 'aborted') return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  if (domain.protectedSession(channel) !== undefined) {
    if (isProtected(cla)) return 'secured';
    domain.abort(channel);
    return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
  }
  if (!secured) return 'plain';
  if (!isProtected(cla)) return { sw: SW.SECURE_MESSAGING_NOT_SUPPORTED };
  if (proprietary && ins === INS.EXTERNAL_AUTHENTICATE) return 'plain';
  return { sw: SW.CONDITIONS_NOT_SATISFIED };
}

/** Commands of 2G mode have no secure messaging: they end a protected session of the basic channel. */
export function route2g(domain: SecurityDomain): Route {
  if (domain.session(0)?.state !== 'aborted' && domain.protectedSession(0) === undefined) return 'plain';
  domain.abort(0);
  return { sw: SW.SECURITY_STATUS_NOT_SATISFIED };
}

/** Secure messaging of GlobalPlatform: b4 b3 = 01, or b6 in the further form (tables 11-11 and 11-12). */
function isProtected(cla: number): boolean {
  return (cla & 0x40) === 0 ? (cla & 0x0c) === 0x04 : (cla & 0x20) !== 0;
}

/** The class octet as the application sees it. */
export function plainClass(cla: number): number {
  return (cla & 0x40) === 0 ? cla & ~0x0c : cla & ~0x20;
}
