/** Records as rows: what is searched for and told goes into `data`, what may hold secrets into `sealed`. */
import { decodeUtf8, encodeUtf8 } from '../../bytes/index.js';
import type { SealingKey } from '../../crypto/index.js';
import type {
  AccountCredential,
  AccountRecord,
  AlertRecord,
  CacheRecord,
  CommandRecord,
  DeviceRecord,
  JobRecord,
  NotificationRecord,
  ReportRecord,
  RepositoryRecord,
  ResultRecord,
  SessionRecord,
  UiRecord,
} from '../../dm/index.js';
import type { PushRecord, SubscriberRecord, SubscriptionKeys } from '../../gba/index.js';
import { decodeBase64, encodeBase64 } from '../../mo/index.js';

/** A record in two parts. */
interface Parts {
  readonly data: string;
  readonly secret?: Uint8Array;
}

interface RecordForm<T> {
  split(record: T): Parts;
  join(data: string, secret: Uint8Array | undefined): T;
}

/** The members named go into the secret part, as JSON. */
function form<T extends object>(...secret: readonly (keyof T & string)[]): RecordForm<T> {
  return {
    split(record) {
      const entries = Object.entries(record);
      const isSecret = ([name]: [string, unknown]) => (secret as readonly string[]).includes(name);
      const data = JSON.stringify(Object.fromEntries(entries.filter((entry) => !isSecret(entry))));
      if (secret.length === 0) return { data };
      return { data, secret: encodeUtf8(JSON.stringify(Object.fromEntries(entries.filter(isSecret)))) };
    },
    join: (data, octets) => ({
      ...(JSON.parse(data) as T),
      ...(octets === undefined ? {} : (JSON.parse(decodeUtf8(octets)) as Partial<T>)),
    }),
  };
}

/** The member `body` is the secret part, as it is. */
function withBody<T extends { readonly body: Uint8Array }>(): RecordForm<T> {
  return {
    split: ({ body, ...rest }) => ({ data: JSON.stringify(rest), secret: body }),
    join: (data, body) => ({ ...JSON.parse(data), body: body ?? new Uint8Array() }) as T,
  };
}

/** A form whose octets are written as base64 inside the JSON. */
function mapped<T, U extends object>(
  inner: RecordForm<U>,
  to: (record: T) => U,
  from: (written: U) => T,
): RecordForm<T> {
  return {
    split: (record) => inner.split(to(record)),
    join: (data, secret) => from(inner.join(data, secret)),
  };
}

type Written<T> = { [K in keyof T]: T[K] extends Uint8Array ? string : T[K] };
type WrittenCredential =
  | Written<Extract<AccountCredential, { kind: 'identity-secret' }>>
  | Extract<AccountCredential, { kind: 'x509' }>;
interface WrittenAccount extends Omit<AccountRecord, 'credentials' | 'noti' | 'bootstrap'> {
  readonly credentials: readonly WrittenCredential[];
  readonly noti?: { readonly secret: string; readonly data: string };
  readonly bootstrap?: string;
}

const octets = (text: string): Uint8Array => decodeBase64(text) ?? new Uint8Array();

const account = mapped<AccountRecord, WrittenAccount>(
  form<WrittenAccount>('credentials', 'noti', 'bootstrap', 'afterBootstrap'),
  ({ credentials, noti, bootstrap, ...rest }) => ({
    ...rest,
    credentials: credentials.map((one) =>
      one.kind === 'x509' ? one : { ...one, secret: encodeBase64(one.secret) },
    ),
    ...(noti === undefined
      ? {}
      : { noti: { secret: encodeBase64(noti.secret), data: encodeBase64(noti.data) } }),
    ...(bootstrap === undefined ? {} : { bootstrap: encodeBase64(bootstrap) }),
  }),
  ({ credentials, noti, bootstrap, ...rest }) => ({
    ...rest,
    credentials: credentials.map((one) =>
      one.kind === 'x509' ? one : { ...one, secret: octets(one.secret) },
    ),
    ...(noti === undefined ? {} : { noti: { secret: octets(noti.secret), data: octets(noti.data) } }),
    ...(bootstrap === undefined ? {} : { bootstrap: octets(bootstrap) }),
  }),
);

type WrittenRepository = Omit<RepositoryRecord, 'variants'> & {
  readonly variants: readonly Written<RepositoryRecord['variants'][number]>[];
};

const repository = mapped<RepositoryRecord, WrittenRepository>(
  form<WrittenRepository>('variants'),
  (record) => ({
    ...record,
    variants: record.variants.map((variant) => ({ ...variant, body: encodeBase64(variant.body) })),
  }),
  (written) => ({
    ...written,
    variants: written.variants.map((variant) => ({ ...variant, body: octets(variant.body) })),
  }),
);

/** The sequence number stands in a column of its own. */
type KeptSubscriber = Omit<SubscriberRecord, 'sqn'>;
type WrittenKeys =
  | Written<Extract<SubscriptionKeys, { algorithm: 'milenage' }>>
  | Written<Extract<SubscriptionKeys, { algorithm: 'tuak' }>>;
type WrittenSubscriber = Omit<KeptSubscriber, 'keys' | 'amf'> & {
  readonly keys: WrittenKeys;
  readonly amf: string;
};

const subscriber = mapped<KeptSubscriber, WrittenSubscriber>(
  form<WrittenSubscriber>('keys'),
  ({ keys, amf, ...rest }) => ({
    ...rest,
    amf: encodeBase64(amf),
    keys:
      keys.algorithm === 'milenage'
        ? { ...keys, k: encodeBase64(keys.k), opc: encodeBase64(keys.opc) }
        : { ...keys, k: encodeBase64(keys.k), topc: encodeBase64(keys.topc) },
  }),
  ({ keys, amf, ...rest }) => ({
    ...rest,
    amf: octets(amf),
    keys:
      keys.algorithm === 'milenage'
        ? { ...keys, k: octets(keys.k), opc: octets(keys.opc) }
        : { ...keys, k: octets(keys.k), topc: octets(keys.topc) },
  }),
);

type WrittenPush = Omit<PushRecord, 'document' | 'resynchronisation'> & {
  readonly document?: string;
  readonly resynchronisation?: Written<NonNullable<PushRecord['resynchronisation']>>;
};

const push = mapped<PushRecord, WrittenPush>(
  form<WrittenPush>('document'),
  ({ document, resynchronisation: told, ...rest }) => ({
    ...rest,
    ...(document === undefined ? {} : { document: encodeBase64(document) }),
    ...(told === undefined
      ? {}
      : { resynchronisation: { rand: encodeBase64(told.rand), auts: encodeBase64(told.auts) } }),
  }),
  ({ document, resynchronisation: told, ...rest }) => ({
    ...rest,
    ...(document === undefined ? {} : { document: octets(document) }),
    ...(told === undefined
      ? {}
      : { resynchronisation: { rand: octets(told.rand), auts: octets(told.auts) } }),
  }),
);

/** How each kind of record is split. */
const FORMS = {
  accounts: account,
  devices: form<DeviceRecord>(),
  sessions: form<SessionRecord>(),
  jobs: form<JobRecord>('script'),
  commands: form<CommandRecord>('parameters', 'completion'),
  results: withBody<ResultRecord>(),
  alerts: form<AlertRecord>('alert'),
  repository,
  reports: withBody<ReportRecord>(),
  ui: form<UiRecord>('question', 'answer'),
  notifications: form<NotificationRecord>(),
  cache: form<CacheRecord>('object'),
  subscribers: subscriber,
  pushes: push,
} as const;

/** Tables that hold records. */
export type RecordTable = keyof typeof FORMS;
/** The record that a table holds. */
export type RecordOf<K extends RecordTable> = (typeof FORMS)[K] extends RecordForm<infer T> ? T : never;

/** The columns `data` and `sealed` of any table. */
export interface Content {
  readonly data: string;
  readonly sealed: Uint8Array | null;
}

/** Writes and reads the two columns under the store key; a sealed part opens in its own row only. */
export class RecordSealer {
  readonly #key: SealingKey;
  readonly #random: (octets: number) => Uint8Array;

  constructor(key: SealingKey, random: (octets: number) => Uint8Array) {
    this.#key = key;
    this.#random = random;
  }

  /** @param key of the row: its identifier, or several joined by `/` */
  columns<K extends RecordTable>(table: K, key: string, record: RecordOf<K>): Content {
    const { data, secret } = (FORMS[table] as unknown as RecordForm<RecordOf<K>>).split(record);
    return {
      data,
      sealed: secret === undefined ? null : this.#key.seal(secret, place(table, key), this.#random),
    };
  }

  /** Seals texts by name to one place: a table, its key, and a column, joined by NUL. */
  sealTexts(at: string, texts: Readonly<Record<string, string>>): Uint8Array {
    return this.#key.seal(encodeUtf8(JSON.stringify(texts)), encodeUtf8(at), this.#random);
  }

  /** @throws SecurityError `SECURITY_SEALED` where somebody altered or moved the column */
  openTexts(at: string, sealed: Uint8Array): Record<string, string> {
    return JSON.parse(decodeUtf8(this.#key.open(sealed, encodeUtf8(at)))) as Record<string, string>;
  }

  /** @throws SecurityError `SECURITY_SEALED` where somebody altered or moved the row */
  record<K extends RecordTable>(table: K, key: string, { data, sealed }: Content): RecordOf<K> {
    const secret = sealed === null ? undefined : this.#key.open(sealed, place(table, key));
    return (FORMS[table] as unknown as RecordForm<RecordOf<K>>).join(data, secret);
  }
}

function place(table: RecordTable, key: string): Uint8Array {
  return encodeUtf8(`${table}\0${key}`);
}
