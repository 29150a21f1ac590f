/** Package#1 and Package#3 come in, Package#2 goes out (DM 2.0 §5.2.2 to §5.2.4, §5.5). */
import { DataError } from '../../errors/index.js';
import type { Finding } from '../../mo/index.js';
import type { Package1, WireCommand } from '../messages.js';
import {
  decodeResponse,
  findFormat,
  formatAccept,
  MEDIA_TYPES,
  negotiate,
  type PackageFormat,
} from '../packages/index.js';
import { admit, devIdOf } from './admit.js';
import { originOf, takeAlerts } from './alerts.js';
import { wireOf } from './cache.js';
import { nextBatch, sendBatch, settleJobs } from './jobs.js';
import type { AccountRecord, DeviceRecord } from './records.js';
import {
  awaitsLatePackage,
  endSession,
  inFlight,
  keepFindings,
  openSession,
  updateSession,
} from './session.js';
import { takeStatuses } from './statuses.js';
import { submitAfterBootstrap } from './submit.js';
import { respond, type Turn } from './turn.js';
import type { AuthenticatedIdentity, ServerEnvironment, ServerRequest, ServerResponse } from './types.js';

/**
 * A POST to the address of the DM server. Refusals: 405 no POST, 400 no DevID or a malformed package, 403 not the
 * device's identity, 413 too long, 415 no format of ours, 406 no Package#2 that the device reads, 409 a Package#3 that
 * answers nothing. None of them says why, and none changes what is known, except that 406 and later ones come after
 * the identity was proved.
 */
export function takePackage(
  turn: Turn,
  request: ServerRequest,
  account: AccountRecord | undefined,
): ServerResponse {
  const { env, state } = turn;
  if (request.method !== 'POST') return respond(405, { allow: 'POST' });
  if (devIdOf(request.headers) !== state.devId) return respond(400);
  const admission = admit(state, request.identity, account, env.policy);
  if (admission === 'no') {
    turn.note('IDENTITY', `a peer that is not ${state.devId} claims to be`);
    return respond(403);
  }
  if (request.body.length > env.policy.maxPackageOctets) return respond(413);
  const opening = read(turn, request);
  if (typeof opening === 'number') {
    return respond(opening, opening === 415 ? omadmAccept(env) : {});
  }
  const format = replyFormat(env, request.headers.accept, opening.format);
  if (format === undefined) return respond(406);
  const bind = admission === 'bind' ? account : undefined;
  if (opening.kind === 1) startSession(turn, opening, { bind, account, as: nameOf(request.identity) });
  else if (!continueSession(turn, opening)) return respond(409);
  return answer(turn, format);
}

interface OpeningPackage {
  readonly kind: 1;
  readonly format: PackageFormat;
  readonly value: Package1;
  readonly findings: readonly Finding[];
}

interface ResponsePackage {
  readonly kind: 3;
  readonly format: PackageFormat | undefined;
  readonly value: ReturnType<typeof decodeResponse>;
  readonly findings: readonly Finding[];
}

/** The package, or the status that refuses it. */
function read(
  turn: Turn,
  { headers, body }: ServerRequest,
): OpeningPackage | ResponsePackage | 400 | 413 | 415 {
  const { formats, policy } = turn.env;
  const limits = { maxOctets: policy.maxPackageOctets };
  try {
    const contentType = headers['content-type'] ?? '';
    const format = findFormat(formats, contentType, 'package1');
    if (format !== undefined) {
      const { value, findings } = format.decodePackage1(body, limits);
      return { kind: 1, format, value, findings };
    }
    const { session } = turn.state;
    const commands = session === undefined ? [] : inFlight(turn, session).map(wireOf);
    const value = decodeResponse(contentType, body, { formats, limits, commands });
    return { kind: 3, format: findFormat(formats, contentType, 'package3'), value, findings: value.findings };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    if (error.code === 'DATA_MEDIA_TYPE_UNSUPPORTED' || error.code === 'DATA_MEDIA_TYPE') return 415;
    return 400;
  }
}

/** The format of Package#2: what Accept likes best; without Accept, the format of the request. */
function replyFormat(
  { formats }: ServerEnvironment,
  accept: string | undefined,
  asked: PackageFormat | undefined,
): PackageFormat | undefined {
  if (accept === undefined || accept.trim() === '') return asked ?? formats[0];
  try {
    const best = negotiate(
      accept,
      formats.map(({ mediaTypes }) => mediaTypes.package2),
    );
    return formats.find(({ mediaTypes }) => mediaTypes.package2 === best);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

/** What HPUT, HPOST and SUB may be written in (§5.5). */
export function omadmAccept({ formats }: Pick<ServerEnvironment, 'formats'>): { 'omadm-accept': string } {
  let accept = accepts.get(formats);
  if (accept === undefined) {
    accept = formatAccept([...formats.map(({ mediaTypes }) => mediaTypes.mo), MEDIA_TYPES.text]);
    accepts.set(formats, accept);
  }
  return { 'omadm-accept': accept };
}

const accepts = new WeakMap<readonly PackageFormat[], string>();

/** Who opens a session. */
interface Opener {
  /** The account that the device takes for its own by this session. */
  readonly bind: AccountRecord | undefined;
  readonly account: AccountRecord | undefined;
  readonly as: string | undefined;
}

function nameOf(identity: AuthenticatedIdentity): string | undefined {
  switch (identity.kind) {
    case 'psk':
      return identity.identity;
    case 'user':
      return identity.user;
    case 'x509':
      return identity.fingerprint256;
    case 'none':
      return undefined;
  }
}

function startSession(turn: Turn, { value, findings }: OpeningPackage, { bind, account, as }: Opener): void {
  const { state, now } = turn;
  if (bind !== undefined) turn.write({ type: 'bind', accountId: bind.accountId, devId: state.devId });
  const origin = originOf(value.alerts);
  const { devId, device = { devId, addresses: [], lastNotificationId: -1, firstSeenAt: now } } = state;
  const before = device.bootstrappedAs;
  const record: { -readonly [Member in keyof DeviceRecord]: DeviceRecord[Member] } = {
    ...device,
    lastSeenAt: now,
  };
  if (account !== undefined) record.accountId = account.accountId;
  if (origin === 'bootstrap') {
    record.bootstrappedAt = now;
    if (as !== undefined) record.bootstrappedAs = as;
  }
  if (value.mos !== undefined) record.mos = { at: now, entries: value.mos };
  turn.write({ type: 'device', record });
  if (account !== undefined) turn.attach({ ...account, devId: state.devId });
  openSession(turn, origin);
  if (origin === 'bootstrap') submitAfterBootstrap(turn, account, as, before);
  keepFindings(turn, findings);
  takeAlerts(turn, 1, value.alerts);
}

/** @returns false where no session waits for a Package#3 */
function continueSession(turn: Turn, { value, findings }: ResponsePackage): boolean {
  const { session } = turn.state;
  if (session?.state === 'open' && turn.now > session.deadline) endSession(turn, session, 'timeout');
  const current = turn.state.session;
  if (current?.state !== 'open' && !awaitsLatePackage(current)) return false;
  keepFindings(turn, findings);
  takeStatuses(turn, value);
  takeAlerts(turn, 3, value.package3.alerts);
  return true;
}

function answer(turn: Turn, format: PackageFormat): ServerResponse {
  const session = turn.state.session!;
  const wire: WireCommand[] = [];
  const mayGoOn = session.state === 'open' && session.rounds < turn.env.policy.maxRounds;
  const batch = mayGoOn ? nextBatch(turn) : [];
  const final = batch.some((command) => command.final);
  if (batch.length > 0) wire.push(...sendBatch(turn, batch));
  if (batch.length === 0 || final) wire.push(['END']);
  if (wire.at(-1)?.[0] === 'END') finish(turn, final, mayGoOn);
  else updateSession(turn, { rounds: session.rounds + 1, inFlight: batch.map(({ commandId }) => commandId) });
  const headers = { ...omadmAccept(turn.env), 'content-type': format.mediaTypes.package2 };
  return respond(200, headers, format.encodePackage2({ commands: wire }));
}

function finish(turn: Turn, final: boolean, complete: boolean): void {
  const before = turn.state.session!;
  const session = { ...before, lastAt: turn.now, inFlight: [], rounds: before.rounds + 1 };
  if (session.state === 'open') endSession(turn, session, complete ? 'finished' : 'too-many-rounds');
  else turn.write({ type: 'session', record: session });
  if (final || !complete) settleJobs(turn);
}
