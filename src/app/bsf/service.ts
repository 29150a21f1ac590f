/** The BSF over HTTP: push-info-retrieval of Zpn in its service-based form (TS 29.309). */
import { encodeUtf8 } from '../../bytes/index.js';
import { SimbootError } from '../../errors/index.js';
import {
  type BsfEnvironment,
  type BsfRefusal,
  type PushInfoRequest,
  pushInfoAnswerToJson,
  pushInfoRequestFromJson,
  retrievePushInfo,
  type SubscriberStore,
  subscriptionFunctions,
  ZPN_PATH,
} from '../../gba/index.js';
import { parseJson } from '../../mo/index.js';
import {
  authenticate,
  type HttpAuthenticator,
  type HttpHandler,
  type HttpResponse,
} from '../../net/index.js';

export interface BsfServiceOptions {
  readonly subscribers: SubscriberStore;
  readonly clock: () => Date;
  readonly random: (octets: number) => Uint8Array;
  /** The longest life of a security association, in seconds; one day unless told. */
  readonly longestLife?: number;
  /** A NAF proves by these that it is the FQDN it asks for; without them everybody may ask. */
  readonly authenticators?: readonly HttpAuthenticator[];
  /** Told of every request; never a key. */
  readonly onEvent?: (event: BsfEvent) => void;
}

export interface BsfEvent {
  readonly naf: string;
  readonly ueId: string;
  readonly outcome: 'answered' | BsfRefusal | 'BUSY';
}

const DAY = 86_400;
/** A request is some hundred octets. */
const MAX_REQUEST = 16 << 10;
/** How often a step is decided anew when another request took the SQN first. */
const TRIES = 20;

const STATUS: Readonly<Record<BsfRefusal, number>> = {
  USER_UNKNOWN: 404,
  NAF_NOT_AUTHORIZED: 403,
  GBA_U_NOT_SUPPORTED: 403,
  LIFETIME_OVER: 400,
  RESYNCHRONISATION_FAILED: 403,
  KEY_SIZE_NOT_SUPPORTED: 403,
};

/** What serves the requests of NAFs. */
export function bsfService(options: BsfServiceOptions): HttpHandler {
  const { authenticators } = options;
  return async (request) => {
    if (new URL(request.path, 'http://bsf').pathname !== ZPN_PATH) return problem(404, 'RESOURCE_NOT_FOUND');
    if (request.method !== 'POST')
      return { ...problem(405, 'METHOD_NOT_ALLOWED'), headers: { allow: 'POST' } };
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
      return problem(415, 'UNSUPPORTED_MEDIA_TYPE');
    let naf: string | undefined;
    if (authenticators !== undefined) {
      const outcome = await authenticate(request, authenticators);
      if (!outcome.ok)
        return { ...problem(401, 'UNAUTHORIZED'), headers: { 'www-authenticate': outcome.challenges } };
      naf = outcome.user;
    }
    try {
      const asked = pushInfoRequestFromJson(parseJson(request.body, { maxOctets: MAX_REQUEST }));
      return await serve(asked, naf, options);
    } catch (error) {
      if (!(error instanceof SimbootError) || (error.kind !== 'data' && error.kind !== 'usage')) throw error;
      return problem(400, 'MANDATORY_IE_INCORRECT', error.message);
    }
  };
}

async function serve(
  asked: PushInfoRequest,
  naf: string | undefined,
  { subscribers, clock, random, longestLife = DAY, onEvent = () => {} }: BsfServiceOptions,
): Promise<HttpResponse> {
  const told = { naf: asked.nafId.nafFqdn, ueId: asked.ueId };
  for (let tries = 0; tries < TRIES; tries++) {
    const record = await subscribers.subscriber(asked.ueId, asked.ueIdType);
    const functions = record && subscriptionFunctions(record.keys);
    const environment: BsfEnvironment = {
      now: clock(),
      random,
      longestLife,
      ...(naf === undefined ? {} : { nafs: new Set([naf]) }),
    };
    const subscriber = record && functions && { ...record, functions };
    const result = retrievePushInfo(asked, subscriber, environment);
    functions?.wipe();
    if (result.kind === 'refused') {
      onEvent({ ...told, outcome: result.cause });
      return problem(STATUS[result.cause], result.cause);
    }
    if (record !== undefined && (await subscribers.advanceSqn(record.impi, record.sqn, result.sqn))) {
      onEvent({ ...told, outcome: 'answered' });
      return json(200, 'application/json', pushInfoAnswerToJson(result.answer));
    }
  }
  onEvent({ ...told, outcome: 'BUSY' });
  return problem(503, 'NF_CONGESTION');
}

function problem(status: number, cause: string, detail?: string): HttpResponse {
  return json(status, 'application/problem+json', {
    status,
    cause,
    ...(detail === undefined ? {} : { detail }),
  });
}

function json(status: number, type: string, body: unknown): HttpResponse {
  return {
    status,
    headers: { 'content-type': type, 'cache-control': 'no-store' },
    body: encodeUtf8(JSON.stringify(body)),
  };
}
