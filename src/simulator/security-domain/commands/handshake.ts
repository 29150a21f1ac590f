/** INITIALIZE UPDATE and EXTERNAL AUTHENTICATE (GPC Amendment D v1.2 §5.2, §6.2.2, §7.1.1, §7.1.2). */
import { SW } from '../../../apdu/index.js';
import { concat, fromHex, uint16 } from '../../../bytes/index.js';
import { AesKey } from '../../../crypto/index.js';
import type { Selection } from '../../files/select.js';
import type { Answer, Command, Machine } from '../../machine/machine.js';
import { DERIVE, derive } from '../derivation.js';
import type { SecurityDomain } from '../domain.js';
import type { CompleteSet } from '../keys.js';
import { CardSession } from '../session.js';

const SCP03 = 0x03;
const SW_HOST_CRYPTOGRAM = 0x6300;
const LAST_SEQUENCE = 0xffffff;

export function initializeUpdate(machine: Machine, at: Selection, command: Command, channel: number): Answer {
  const domain = machine.domain!;
  const { p1, p2, data } = command;
  domain.terminate(channel);
  if (p2 !== 0) return { sw: SW.INCORRECT_P1P2 };
  if (data.length !== domain.rules.size) return { sw: SW.WRONG_LENGTH };
  const aid = applicationAid(domain, at);
  if (aid === undefined) return { sw: SW.CONDITIONS_NOT_SATISFIED };
  const set = domain.keys.set(p1);
  if (set === undefined) return { sw: SW.REFERENCED_DATA_NOT_FOUND };
  if (isLocked(domain, set.version)) return { sw: domain.profile.lockedStatus };
  const challenge = cardChallenge(domain, set, aid);
  if (challenge === undefined) return { sw: SW.CONDITIONS_NOT_SATISFIED };
  const session = new CardSession(set, data, challenge.octets, domain.rules);
  domain.begin(channel, session);
  const { diversificationData, reportedI, i } = domain.profile;
  const keyInformation = [set.version, SCP03, reportedI ?? i];
  const answer = concat(
    fromHex(diversificationData),
    keyInformation,
    challenge.octets,
    session.cardCryptogram,
    challenge.counter,
  );
  return { sw: SW.OK, data: answer };
}

/** The application that uses the services of the domain: the domain itself, or one associated with it (§7.2 of GPC). */
function applicationAid(domain: SecurityDomain, at: Selection): Uint8Array | undefined {
  return at.inDomain ? domain.aid : at.application?.aid;
}

interface Challenge {
  readonly octets: Uint8Array;
  /** Sent only with pseudo-random challenges. */
  readonly counter: Uint8Array;
}

/** Random, or from the sequence counter, which moves on first (§6.2.2.1); nothing when the counter is used up. */
function cardChallenge(domain: SecurityDomain, set: CompleteSet, aid: Uint8Array): Challenge | undefined {
  const { size } = domain.rules;
  if (!domain.isPseudoRandom) {
    return { octets: (domain.givenChallenge ?? domain.random)(size), counter: new Uint8Array(0) };
  }
  const counters = domain.keys.of(set.version);
  if (counters.sequence >= LAST_SEQUENCE) return undefined;
  counters.sequence++;
  const counter = sequenceOctets(counters.sequence);
  if (domain.givenChallenge !== undefined) return { octets: domain.givenChallenge(size), counter };
  const key = new AesKey(set.enc);
  const octets = derive(key, DERIVE.CARD_CHALLENGE, size, concat(counter, aid));
  key.wipe();
  return { octets, counter };
}

export function sequenceOctets(sequence: number): Uint8Array {
  return concat([sequence >> 16], uint16(sequence & 0xffff));
}

/** A failure of any kind ends the handshake: it has to start again with INITIALIZE UPDATE (§5.2). */
export function externalAuthenticate(
  machine: Machine,
  _at: Selection,
  command: Command,
  channel: number,
): Answer {
  const domain = machine.domain!;
  const session = domain.session(channel);
  if (session?.state !== 'initiated') return { sw: SW.CONDITIONS_NOT_SATISFIED };
  const sw = authenticate(domain, session, command);
  machine.extraMilliseconds += sw === SW.OK ? 0 : failureDelay(domain, session.version);
  if (sw === SW.OK) session.open(command.p1);
  else domain.terminate(channel);
  return { sw };
}

function authenticate(domain: SecurityDomain, session: CardSession, command: Command): number {
  const { cla, ins, p1, p2, data } = command;
  const { size } = domain.rules;
  if (data.length !== 2 * size) return SW.WRONG_LENGTH;
  if (p2 !== 0 || !domain.offers(p1)) return SW.INCORRECT_P1P2;
  if (isLocked(domain, session.version)) return domain.profile.lockedStatus;
  const counters = domain.keys.of(session.version);
  // counted before the comparison, so that power lost in between spends the try
  counters.failures++;
  if (!session.provesHost(data.subarray(0, size))) return SW_HOST_CRYPTOGRAM;
  const header = Uint8Array.of(cla, ins, p1, p2);
  const lc = Uint8Array.of(data.length);
  if (session.verifyMac({ header, lc, data }) === undefined) return SW.SECURITY_STATUS_NOT_SATISFIED;
  counters.failures = 0;
  return SW.OK;
}

function isLocked(domain: SecurityDomain, version: number): boolean {
  const { failureLimit } = domain.profile;
  return failureLimit > 0 && domain.keys.of(version).failures >= failureLimit;
}

function failureDelay(domain: SecurityDomain, version: number): number {
  return domain.profile.failureDelay * domain.keys.of(version).failures;
}
