/** The addresses of the server: sessions, data repository, web pages, push registration, bootstrap (DM 2.0 §5, §8.3, E.2). */
import {
  type AccountRecord,
  admit,
  devIdOf,
  MEDIA_TYPES,
  parseMediaType,
  parsePushRegistration,
  type ScriptSource,
  type ServerRequest,
  type ServerStore,
  servePage,
  speaksFor,
} from '../../dm/index.js';
import { DataError } from '../../errors/index.js';
import type { HttpRequest, HttpResponse } from '../../net/index.js';
import type { DmServerEvent } from './events.js';
import type { Identified, Identifier, Purpose } from './identify.js';
import type { DeviceSteps, StepEvent, StepOutcome } from './steps.js';

/** What the routes share. */
export interface Routing {
  readonly store: ServerStore;
  readonly steps: DeviceSteps;
  readonly identifier: Identifier;
  readonly policy: { readonly anonymous: boolean };
  readonly onEvent: (event: DmServerEvent) => void;
  /** What is to be done after a step: notifications. */
  readonly afterStep: (devId: string, outcome: StepOutcome) => void;
  /** Scripts for devices that come for the first time. */
  readonly welcome: readonly ScriptSource[];
  /** Time, for pages. */
  readonly clock: () => Date;
}

/** Tokens of repository items and UI sessions. */
const TOKEN = /^[A-Za-z0-9_-]{32}$/;

/** Serves one request. */
export async function route(routing: Routing, request: HttpRequest): Promise<HttpResponse> {
  const [path = '/'] = request.path.split('?', 1);
  const [, first, second = '', third] = path.split('/');
  if (first === 'dm' && path === '/dm') return session(routing, request);
  if (first === 'repository' && third === undefined) return repository(routing, request, second);
  if (first === 'ui' && third === undefined) return page(routing, request, second);
  if (path === '/push/gcm/register') return push(routing, request, 'gcm-registered');
  if (path === '/push/gcm/unregister') return push(routing, request, 'gcm-unregistered');
  if (path === '/bootstrap') return bootstrap(routing, request);
  return { status: 404, headers: {} };
}

/** Package#1 and Package#3 (§5.2). Who the peer is comes first: a stranger learns nothing about packages. */
async function session(routing: Routing, request: HttpRequest): Promise<HttpResponse> {
  const who = await identify(routing, request, 'trsp', '/dm');
  if ('challenge' in who) return who.challenge;
  const devId = devIdOf(request.headers);
  if (devId === undefined) return refused(routing, 400, 'no OMADM-DevID header');
  if (routing.welcome.length > 0) await greet(routing, devId, who);
  const served = serverRequest(request, who);
  const event = withAccount(routing, who, (account) => ({ type: 'package', request: served, ...account }));
  const { response, outcome } = await reply(routing, devId, event, 'package');
  if (outcome.session?.state !== 'open') return response;
  const { sessionId, rounds } = outcome.session;
  return { ...response, onLost: () => giveUp(routing, devId, sessionId, rounds) };
}

/** Queues what every new device gets. Only for a peer that may speak for it: nobody else makes the server remember. */
async function greet({ store, steps, welcome, policy }: Routing, devId: string, who: Known): Promise<void> {
  const state = await store.load(devId);
  if (state.device !== undefined || state.jobs.length > 0) return;
  if (admit(state, who.identity, who.account, policy) === 'no') return;
  for (const script of welcome) await steps.run(devId, () => ({ type: 'submit', script }));
}

/** A reply that did not reach the device ends the session: the device has given it up (§5.6). */
function giveUp({ store, steps, onEvent }: Routing, devId: string, sessionId: string, rounds: number): void {
  const lost = steps.run(devId, async () => {
    const { session } = await store.load(devId);
    const isStill = session?.sessionId === sessionId && session.rounds === rounds;
    return isStill ? { type: 'aborted' } : undefined;
  });
  lost.catch((error: unknown) => onEvent({ type: 'failed', what: 'a lost reply', error }));
}

/** The data repository (§5.1.4): one-time addresses that work for their own device. */
async function repository(routing: Routing, request: HttpRequest, token: string): Promise<HttpResponse> {
  const { store } = routing;
  const item = TOKEN.test(token) ? await store.repository(token) : undefined;
  if (item === undefined) return { status: 404, headers: {} };
  const who = await identify(routing, request, 'trsp', '/repository');
  if ('challenge' in who) return who.challenge;
  const { devId } = item;
  const served = serverRequest(request, who);
  const event = withAccount(routing, who, async (account) => {
    const current = await store.repository(token);
    if (current === undefined) return undefined;
    return { type: 'repository', request: served, item: current, ...account };
  });
  return (await reply(routing, devId, event, 'repository')).response;
}

/** The web component (§5.3.7). Whoever knows the address of a question may answer it: it is random and expires. */
async function page(routing: Routing, request: HttpRequest, uiId: string): Promise<HttpResponse> {
  const record = TOKEN.test(uiId) ? await routing.store.ui(uiId) : undefined;
  const { response, answer } = servePage(record, request, routing.clock());
  if (record !== undefined && answer !== undefined) {
    const outcome = await routing.steps.run(record.devId, () => ({ type: 'ui-answer', uiId, answer }));
    routing.afterStep(record.devId, outcome);
  }
  return response;
}

/** Registration with a push service (E.2.3): the account says which device it is. */
async function push(
  routing: Routing,
  request: HttpRequest,
  type: 'gcm-registered' | 'gcm-unregistered',
): Promise<HttpResponse> {
  if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST' } };
  const who = await identify(routing, request, 'trsp', '/push/gcm');
  if ('challenge' in who) return who.challenge;
  const devId = who.account?.devId ?? devIdOf(request.headers);
  if (devId === undefined || !speaksFor(devId, who, who.account, routing.policy)) {
    return refused(routing, 403, 'push registration of an account without device');
  }
  const regId = registrationId(request);
  if (typeof regId === 'number') return refused(routing, regId, 'push registration', devId);
  const outcome = await routing.steps.run(devId, () => ({ type, regId }));
  routing.afterStep(devId, outcome);
  return { status: 200, headers: {} };
}

/** The RegId in the form (docs/decisions/gcm-registration.md), or the status that refuses it. */
function registrationId({ headers, body }: HttpRequest): string | 400 | 413 | 415 {
  try {
    const { essence } = parseMediaType(headers['content-type'] ?? '');
    if (essence !== 'application/x-www-form-urlencoded') return 415;
    return parsePushRegistration(body).regId;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    if (error.code === 'DATA_MEDIA_TYPE') return 415;
    return error.code === 'DATA_LIMIT' ? 413 : 400;
  }
}

/** Client-initiated bootstrap (§8.3): the document of the account whose bootstrap credentials the peer has (§9.3.2). */
async function bootstrap(routing: Routing, request: HttpRequest): Promise<HttpResponse> {
  if (request.method !== 'GET') return { status: 405, headers: { allow: 'GET' } };
  if (request.tls === undefined) return refused(routing, 403, 'a bootstrap leaves over TLS only (§9.3.1.1)');
  const who = await identify(routing, request, 'bootstrap', '/bootstrap');
  if ('challenge' in who) return who.challenge;
  const document = who.account?.bootstrap;
  if (document === undefined) return refused(routing, 404, 'no bootstrap for this peer');
  const headers = { 'content-type': MEDIA_TYPES.mo, 'cache-control': 'no-store' };
  return { status: 200, headers, body: document };
}

async function identify(
  routing: Routing,
  request: HttpRequest,
  purpose: Purpose,
  where: string,
): Promise<Identified> {
  const who = await routing.identifier.identify(request, purpose);
  if ('challenge' in who && request.headers.authorization !== undefined) {
    const { address } = request.peer;
    routing.onEvent({ type: 'refused', address, status: 401, reason: `${where}: ${who.reason}` });
  }
  return who;
}

type Known = Exclude<Identified, { challenge: HttpResponse }>;

/**
 * An event with the account of the peer: as it was found, and where the step is decided anew as it is by then, such as
 * bound to a device.
 */
function withAccount(
  { store }: Routing,
  { account }: Known,
  event: (account: { account?: AccountRecord }) => ReturnType<StepEvent>,
): StepEvent {
  if (account === undefined) return () => event({});
  let isFirst = true;
  return () => {
    if (!isFirst)
      return store.account(account.accountId).then((found) => event(found ? { account: found } : {}));
    isFirst = false;
    return event({ account });
  };
}

function serverRequest(
  { method, path, headers, body, tls }: HttpRequest,
  { identity }: Known,
): ServerRequest {
  return { method, path, headers, body, identity, secure: tls !== undefined };
}

async function reply(
  routing: Routing,
  devId: string,
  event: StepEvent,
  what: string,
): Promise<{ response: HttpResponse; outcome: StepOutcome }> {
  const outcome = await routing.steps.run(devId, event);
  const response = outcome.reply ?? { status: 404, headers: {} };
  if (response.status >= 400)
    routing.onEvent({ type: 'answered-with', devId, status: response.status, what });
  routing.afterStep(devId, outcome);
  return { response, outcome };
}

function refused({ onEvent }: Routing, status: number, what: string, devId?: string): HttpResponse {
  onEvent({ type: 'answered-with', status, what, ...(devId === undefined ? {} : { devId }) });
  return { status, headers: {} };
}
