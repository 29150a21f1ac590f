/** Push information over HTTP: the service-based form of Zpn (TS 29.309, push-info-retrieval), requests and answers. */
import { fromHex, toHex } from '../bytes/index.js';
import { DataError } from '../errors/index.js';

/** The path below the API root. */
export const ZPN_PATH = '/nbsp-gba/v1/push-info-retrieval';

export interface PushInfoRequest {
  readonly ueId: string;
  /** `PUBLIC` is an IMPU or MSISDN, `PRIVATE` an IMPI. */
  readonly ueIdType: 'PUBLIC' | 'PRIVATE';
  readonly uiccAppLabel: string;
  readonly nafId: { readonly nafFqdn: string /** Five octets. */; readonly uaSecProtId: Uint8Array };
  readonly ptId: string;
  readonly uiccOrMe: 'GBA_ME' | 'GBA_U';
  readonly requestedLifeTime: Date;
  readonly privateIdRequest?: boolean;
  /** Of a card whose sequence number is ahead: 14 octets, with the RAND of the challenge that it refused. */
  readonly resynchronisation?: { readonly auts: Uint8Array; readonly rand: Uint8Array };
}

export interface PushInfoAnswer {
  /** Ks_NAF or Ks_ext_NAF, 32 octets. */
  readonly meKeyMaterial: Uint8Array;
  /** Ks_int_NAF of GBA_U, 32 octets. */
  readonly uiccKeyMaterial?: Uint8Array;
  readonly gbaPushInfo: Uint8Array;
  readonly keyExpiryTime?: Date;
  readonly impi?: string;
}

type Json = Readonly<Record<string, unknown>>;

/** A request as the service writes it. */
export function pushInfoRequestToJson(request: PushInfoRequest): Json {
  const { nafId, requestedLifeTime, resynchronisation, ...plain } = request;
  return {
    ...plain,
    nafId: { nafFqdn: nafId.nafFqdn, uaSecProtId: toHex(nafId.uaSecProtId) },
    requestedLifeTime: requestedLifeTime.toISOString(),
    ...(resynchronisation === undefined
      ? {}
      : { auts: toHex(resynchronisation.auts), rand: toHex(resynchronisation.rand) }),
  };
}

/**
 * A request from parsed JSON; members that this service does not use are ignored.
 *
 * @throws DataError `DATA_ZPN` with the JSON path
 */
export function pushInfoRequestFromJson(json: unknown): PushInfoRequest {
  const body = new Members(json, '$');
  const nafId = new Members(body.value('nafId'), '$.nafId');
  const [auts, rand] = [body.optionalHex('auts', 14), body.optionalHex('rand', 16)];
  if ((auts === undefined) !== (rand === undefined)) refuse('$.auts', 'auts and rand come together');
  const privateIdRequest = body.optional('privateIdRequest');
  if (privateIdRequest !== undefined && typeof privateIdRequest !== 'boolean')
    refuse('$.privateIdRequest', 'true or false is required');
  return {
    ueId: body.text('ueId'),
    ueIdType: body.oneOf('ueIdType', ['PUBLIC', 'PRIVATE']),
    uiccAppLabel: body.text('uiccAppLabel'),
    nafId: { nafFqdn: nafId.text('nafFqdn'), uaSecProtId: nafId.hex('uaSecProtId', 5) },
    ptId: body.text('ptId'),
    uiccOrMe: body.oneOf('uiccOrMe', ['GBA_ME', 'GBA_U']),
    requestedLifeTime: body.date('requestedLifeTime'),
    ...(privateIdRequest === undefined ? {} : { privateIdRequest }),
    ...(auts === undefined || rand === undefined ? {} : { resynchronisation: { auts, rand } }),
  };
}

/** An answer as the service writes it. */
export function pushInfoAnswerToJson(answer: PushInfoAnswer): Json {
  const { meKeyMaterial, uiccKeyMaterial, gbaPushInfo, keyExpiryTime, impi } = answer;
  return {
    meKeyMaterial: toHex(meKeyMaterial),
    ...(uiccKeyMaterial === undefined ? {} : { uiccKeyMaterial: toHex(uiccKeyMaterial) }),
    gbaPushInfo: toHex(gbaPushInfo),
    ...(keyExpiryTime === undefined ? {} : { keyExpiryTime: keyExpiryTime.toISOString() }),
    ...(impi === undefined ? {} : { impi }),
  };
}

/**
 * An answer from parsed JSON.
 *
 * @throws DataError `DATA_ZPN` with the JSON path
 */
export function pushInfoAnswerFromJson(json: unknown): PushInfoAnswer {
  const body = new Members(json, '$');
  const uiccKeyMaterial = body.optionalHex('uiccKeyMaterial', 32);
  return {
    meKeyMaterial: body.hex('meKeyMaterial', 32),
    ...(uiccKeyMaterial === undefined ? {} : { uiccKeyMaterial }),
    gbaPushInfo: body.hex('gbaPushInfo'),
    ...(body.optional('keyExpiryTime') === undefined ? {} : { keyExpiryTime: body.date('keyExpiryTime') }),
    ...(body.optional('impi') === undefined ? {} : { impi: body.text('impi') }),
  };
}

const LONGEST_TEXT = 512;

class Members {
  readonly #object: Json;

  constructor(
    json: unknown,
    private readonly path: string,
  ) {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      refuse(path, 'an object is required');
    this.#object = json as Json;
  }

  optional(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
  }

  value(name: string): unknown {
    return this.optional(name) ?? refuse(`${this.path}.${name}`, 'it is missing');
  }

  text(name: string): string {
    const value = this.value(name);
    if (typeof value === 'string' && value !== '' && value.length <= LONGEST_TEXT) return value;
    return refuse(`${this.path}.${name}`, `a text of 1 to ${LONGEST_TEXT} characters is required`);
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T {
    const text = this.text(name);
    return values.find((each) => each === text) ?? refuse(`${this.path}.${name}`, values.join(' or '));
  }

  hex(name: string, octets?: number): Uint8Array {
    const text = this.value(name);
    const right = typeof text === 'string' && /^([0-9a-fA-F]{2})+$/.test(text);
    if (right && (octets === undefined || text.length === 2 * octets)) return fromHex(text);
    return refuse(
      `${this.path}.${name}`,
      `${octets === undefined ? '' : `${2 * octets} `}hexadecimal digits`,
    );
  }

  optionalHex(name: string, octets: number): Uint8Array | undefined {
    return this.optional(name) === undefined ? undefined : this.hex(name, octets);
  }

  date(name: string): Date {
    const text = this.text(name);
    const date = new Date(text);
    if (/^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(date.getTime())) return date;
    return refuse(`${this.path}.${name}`, 'a date and time (RFC 3339) is required');
  }
}

function refuse(path: string, reason: string): never {
  throw new DataError('DATA_ZPN', `${path}: ${reason}`, { details: { path } });
}
