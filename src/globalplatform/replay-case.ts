/** The file that a replay reads: recorded sessions and derivations with their keys. */
import { z } from 'zod';
import { decodeUtf8 } from '../bytes/index.js';
import { DataError } from '../errors/index.js';

const hex = z
  .string()
  .regex(/^(?:[0-9a-fA-F]{2})*$/, 'an even number of hex digits')
  .transform((digits) => Uint8Array.from(Buffer.from(digits, 'hex')));
const octet = z
  .string()
  .regex(/^[0-9a-fA-F]{2}$/, 'one octet as two hex digits')
  .transform((digits) => Number.parseInt(digits, 16));
const key = hex.refine(({ length }) => [16, 24, 32].includes(length), 'a key of 16, 24 or 32 octets');
const challenge = hex.refine(({ length }) => length === 8 || length === 16, '8 or 16 octets');

const common = {
  mode: z.enum(['S8', 'S16']).optional(),
  key_enc: key,
  key_mac: key,
  host_challenge: challenge,
  kvn: octet.default(0),
  logical_channel: z.int().min(0).max(19).default(0),
  security_level: octet.optional(),
  sd_aid: hex.refine(({ length }) => length >= 5 && length <= 16, 'an AID of 5 to 16 octets').optional(),
  sequence_counter: hex.refine(({ length }) => length === 3, '3 octets').optional(),
  empty_data: z.enum(['strict', 'pad-and-encrypt', 'not-counted']).default('strict'),
  initialize_update_response: hex.optional(),
  card_challenge: challenge.optional(),
  card_cryptogram: challenge.optional(),
  commands: z
    .array(z.object({ plain: hex, response_wire: hex.optional() }))
    .nullish()
    .transform((list) => list ?? []),
};

const inputsSchema = z.object(common);

/** Kinds of cases that can be replayed, and what each must give besides keys and host challenge. */
const REQUIRED = {
  session: 'initialize_update_response',
  negative_handshake: undefined,
  session_nochallenge: 'card_challenge',
  derive: undefined,
} as const;
export type ReplayKind = keyof typeof REQUIRED;

/** Everything a case may give, whatever its kind. */
export type ReplayInputs = z.infer<typeof inputsSchema>;

/** One case; of a kind that is not replayed only the name is kept. */
export type ReplayCase =
  | { readonly id: string; readonly kind: undefined; readonly namedKind: string }
  | {
      readonly id: string;
      readonly kind: ReplayKind;
      readonly inputs: ReplayInputs;
      readonly expected: Readonly<Record<string, unknown>>;
    };

const envelope = z.object({
  id: z.string().optional(),
  kind: z.string(),
  inputs: z.unknown(),
  expected: z.record(z.string(), z.unknown()).nullish(),
});

/**
 * The cases of a replay file: one case, an array of cases, or `{"cases": […]}`.
 *
 * @throws DataError `DATA_SCP03_CASE` with the case and field that is wrong; never with a value
 */
export function parseReplayFile(bytes: Uint8Array): ReplayCase[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(decodeUtf8(bytes));
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError('DATA_SCP03_CASE', 'the replay file is not JSON', { cause });
  }
  const wrapped = z.object({ cases: z.array(z.unknown()) }).safeParse(parsed);
  const list = wrapped.success ? wrapped.data.cases : Array.isArray(parsed) ? parsed : [parsed];
  return list.map((one, index) => parseCase(one, index));
}

function parseCase(value: unknown, index: number): ReplayCase {
  const frame = check(envelope, value, `case ${index + 1}`);
  const id = frame.id ?? `case ${index + 1}`;
  if (!isReplayKind(frame.kind)) return { id, kind: undefined, namedKind: frame.kind };
  const inputs = check(inputsSchema, frame.inputs, `${id}: inputs`);
  const required = REQUIRED[frame.kind];
  if (required !== undefined && inputs[required] === undefined) {
    throw new DataError('DATA_SCP03_CASE', `${id}: inputs.${required} is missing`, {
      details: { where: id, field: required },
    });
  }
  return { id, kind: frame.kind, inputs, expected: frame.expected ?? {} };
}

function isReplayKind(kind: string): kind is ReplayKind {
  return Object.hasOwn(REQUIRED, kind);
}

function check<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const field = issue.path.join('.');
  throw new DataError('DATA_SCP03_CASE', `${where}${field === '' ? '' : `.${field}`}: ${issue.message}`, {
    details: { where, field },
  });
}
